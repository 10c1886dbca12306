//! An HTTPS server of several tenants, each with a name, trust anchors, a policy and CRLs of its own, which are read again when
//! they change: hyper.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme && cargo run --bin tenants -- 127.0.0.1:8443 /tmp/acme/tenants
//! ```
//!
//! Every folder in the one named is a tenant, by the name of the folder. In another terminal:
//!
//! ```sh
//! cd /tmp/acme/tenants
//! call() { curl --cacert $1/roots.pem --cert $2/client.pem --key $2/client.key --connect-to ::127.0.0.1:8443 "${@:3}"; }
//! call acme.localhost acme.localhost https://acme.localhost:8443/
//! call globex.localhost acme.localhost https://globex.localhost:8443/
//! call acme.localhost acme.localhost https://acme.localhost:8443/ --header "Host: globex.localhost"
//! call acme.localhost acme.localhost https://initech.localhost:8443/
//! mv acme.localhost/revoking.crl acme.localhost/clients.crl; sleep 2
//! call acme.localhost acme.localhost https://acme.localhost:8443/
//! ```
//!
//! - The answer says whose name was asked for, and who called. Without a certificate it is 403.
//! - At the other tenant Acme's client is nobody: the handshake fails, and the server prints why.
//! - A request for the other tenant on this one's connection is 421: which policy has judged the client is decided by the name in
//!   the handshake, and HTTP could name another afterwards.
//! - A name that is nobody's is refused by an alert, and so are clients that ask for none.
//! - A CRL that is put in the place of the one before counts for the next request, also on connections that stand and where
//!   sessions resume. Files that cannot be used are reported, and the last good ones stay. So it is with policies and
//!   anchors; another tenant, or another certificate of the server, takes another start.

use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{Listener, PATIENCE, certificates, finish, hang_up, identity, log, of};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::HOST;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls::server::Acceptor;
use rustls_policy_verifier::*;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

type BoxError = Box<dyn Error + Send + Sync>;

/// Between two looks at a tenant's files. A look is cheap: only what has changed is read.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What a tenant has beside its name.
struct Settings {
    tls: Arc<ServerConfig>,
    /// Of the same verifier as `tls`.
    files: LiveFiles,
}

/// One that hears for a tenant what became of its files.
#[derive(Debug)]
struct Log {
    tenant: String,
}

impl Observer for Log {
    fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
        match outcome {
            Ok(replacement) => eprintln!("{}: {replacement}", self.tenant),
            Err(refused) => eprintln!("{}: {refused}", self.tenant),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, directory] = arguments.as_slice() else {
        return Err("usage: tenants ADDRESS DIRECTORY".into());
    };
    let provider = Arc::new(ring::default_provider());
    let mut tenants = Tenants::new();
    for entry in of(directory, fs::read_dir(directory))? {
        let folder = entry?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let settings = of(&name, settings(&name, &folder, &provider))?;
        tokio::spawn(follow(settings.files.clone()));
        tenants = of(directory, tenants.with(name, Arc::new(settings)))?;
    }

    let tenants = Arc::new(tenants);
    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let tenants = tenants.clone();
        tokio::spawn(async move {
            serve(socket, from, &tenants).await;
            drop(permit);
        });
    }
}

/// What stands in a tenant's folder.
fn settings(
    name: &str,
    folder: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Settings, BoxError> {
    let path = |file| folder.join(file).to_string_lossy().into_owned();
    let files = VerifierFiles::new(path("policy.toml"))
        .anchors(name, path("roots.pem"))
        .crls(path("clients.crl"));
    let observer = Arc::new(Log {
        tenant: name.to_owned(),
    });
    let of_files = provider.clone();
    let files = files.load_with(move |anchors, policy| {
        let verifier = Verifier::builder_with_provider(anchors, policy, &of_files);
        verifier.observer(observer.clone())
    })?;

    // A configuration for each, so that sessions do not cross; and this constructor applies what a policy asks of TLS itself.
    let clients = PolicyClientCertVerifier::new(files.verifier().clone())?.allow_unauthenticated();
    let tls = PolicyServerConfig::from_verifier(provider, Arc::new(clients))?;
    if let Some(report) = tls.tls_report() {
        eprintln!("{name}: {report}");
    }
    let key = path("server.key");
    let key = of(&key, PrivateKeyDer::from_pem_file(&key))?;
    let tls = Arc::new(tls.with_single_cert(certificates(&path("server.pem"))?, key)?);
    Ok(Settings { tls, files })
}

/// Reads a tenant's files again whenever they have changed.
async fn follow(files: LiveFiles) {
    let mut looks = interval(BETWEEN_LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let files = files.clone();
        // Off the threads that serve, for a CRL may be long. What came of it the observer hears.
        if let Err(panic) = spawn_blocking(move || files.poll().map(drop)).await {
            eprintln!("files not read: {panic}");
        }
    }
}

async fn serve(socket: TcpStream, from: SocketAddr, tenants: &Tenants<Settings>) {
    match choose(socket, tenants).await {
        Ok((start, tenant)) => {
            if let Err(error) = answer_all(start, from, &tenant).await {
                let name = tenant.name().unwrap_or_default();
                log(format_args!("{from} at {name}"), &*error);
            }
        }
        Err(error) => log(from, &*error),
    }
}

/// Whose name a client asks for.
async fn choose(
    socket: TcpStream,
    tenants: &Tenants<Settings>,
) -> Result<(StartHandshake<TcpStream>, Tenant<Settings>), BoxError> {
    let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), socket);
    let start = match timeout(PATIENCE, &mut acceptor).await? {
        Ok(start) => start,
        Err(error) => {
            if let Some(socket) = acceptor.take_io() {
                hang_up(socket).await;
            }
            return Err(error.into());
        }
    };
    match tenants.of_hello(&start.client_hello()) {
        Ok(tenant) => Ok((start, tenant)),
        Err(unknown) => {
            let mut socket = start.io;
            let _ = timeout(PATIENCE, socket.write_all(&unknown.alert_record())).await;
            hang_up(socket).await;
            Err(unknown.into())
        }
    }
}

async fn answer_all(
    start: StartHandshake<TcpStream>,
    from: SocketAddr,
    tenant: &Tenant<Settings>,
) -> Result<(), BoxError> {
    let stream = finish(start.into_stream(tenant.config().tls.clone())).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let certificates = certificates.unwrap_or_default().to_vec();
    let service = service_fn(async |request| {
        let (status, text) = answer(&request, from, tenant, &certificates);
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        Ok::<_, Infallible>(response)
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    // With a timer, hyper ends connections whose next request does not come.
    http.timer(TokioTimer::new());
    Ok(http.serve_connection(TokioIo::new(stream), service).await?)
}

/// First whether the request is this tenant's at all, then whose it is, and only then what it asks for.
fn answer<B>(
    request: &Request<B>,
    from: SocketAddr,
    tenant: &Tenant<Settings>,
    certificates: &[CertificateDer<'_>],
) -> (StatusCode, String) {
    let name = tenant.name().unwrap_or_default();
    let Some(host) = host(request) else {
        return (StatusCode::BAD_REQUEST, "one Host is needed\n".to_owned());
    };
    if !tenant.is(host) {
        let text = format!("this connection is for {name}\n");
        return (StatusCode::MISDIRECTED_REQUEST, text);
    }
    if certificates.is_empty() {
        let text = format!("present a client certificate of {name}\n");
        return (StatusCode::FORBIDDEN, text);
    }
    // By the files of now: connections are kept alive while certificates end or are revoked.
    let verifier = tenant.config().files.verifier().current();
    let caller = match verifier.recheck(certificates, Peer::Client, UnixTime::now()) {
        Ok(path) => path.identity(),
        Err(refusal) => {
            // The reasons are this side's to know.
            log(format_args!("{from} at {name}"), &refusal);
            let text = "client certificate refused\n".to_owned();
            return (StatusCode::FORBIDDEN, text);
        }
    };
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => {
            let answer = serde_json::json!({"tenant": name, "client": identity(&caller)});
            (StatusCode::OK, format!("{answer}\n"))
        }
        _ => (StatusCode::NOT_FOUND, String::new()),
    }
}

/// Whom a request is for: the authority of its target if that has one, else its Host, of which there must be one whatever
/// the target is (RFC 9112 sections 3.2 and 3.2.2).
fn host<B>(request: &Request<B>) -> Option<&str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return None;
    };
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => host.to_str().ok(),
    }
}
