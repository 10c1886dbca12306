//! What the programs have in common beside the crate: files that errors name, sockets that run out, logs that stay short.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls_policy_verifier::{PeerIdentity, failure_in, refusal_in};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

/// Fewer than the files that a process may have open, often 1024: each connection is one.
pub const MOST_CONNECTIONS: usize = 1000;

/// For a handshake.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Names the file in the error.
pub fn of<T>(path: &str, read: Result<T, impl Display>) -> Result<T, String> {
    read.map_err(|error| format!("{path}: {error}"))
}

/// A chain in PEM.
pub fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_file_iter(path);
    of(path, certificates.and_then(Iterator::collect))
}

/// A listener that survives overload.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    permits: Arc<Semaphore>,
}

impl Listener {
    /// Listens, and prints where.
    pub async fn bind(address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        println!("listening on {}", listener.local_addr()?);
        let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        Ok(Self { listener, permits })
    }

    /// The next connection, where it comes from, and a permit to hold until it ends.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(io::Error::other)?;
        loop {
            match self.listener.accept().await {
                Ok((socket, from)) => return Ok((socket, from, permit)),
                // Too many open files, for one: connections that end make room. A server that gave up here could be ended by
                // anybody who opens sockets.
                Err(error) => eprintln!("not accepted: {error}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The handshake: bounded in time, and so that the client can read the alert of a refusal.
pub async fn handshake(
    acceptor: TlsAcceptor,
    socket: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    finish(acceptor.accept(socket)).await
}

/// The same, begun elsewhere.
pub async fn finish(handshake: Accept<TcpStream>) -> io::Result<TlsStream<TcpStream>> {
    match timeout(PATIENCE, handshake.into_fallible()).await? {
        Ok(stream) => Ok(stream),
        Err((error, socket)) => {
            hang_up(socket).await;
            Err(error)
        }
    }
}

/// Closes a connection on which an alert was written last.
pub async fn hang_up(mut socket: TcpStream) {
    // Closed with octets unread, the socket would be reset, and the client might never read the alert.
    let _ = socket.shutdown().await;
    let _ = timeout(Duration::from_secs(1), copy(&mut socket, &mut sink())).await;
}

/// Who calls, for the answer.
pub fn identity(caller: &PeerIdentity) -> Value {
    json!({
        "label": caller.label(),
        "identifiers": caller.identifiers().iter().map(|it| &*it.value).collect::<Vec<_>>(),
        "subject": caller.subject().to_string(),
        "fingerprint": caller.fingerprint().to_string(),
    })
}

/// Writes why a connection failed: our refusal of the client, or what `failure_in` makes of it, or the error. How much is
/// wrong with a chain is the peer's choice, hence at most eight lines.
pub fn log(from: impl Display, error: &(dyn Error + 'static)) {
    if let Some(refusal) = refusal_in(error) {
        for violation in refusal.violations().iter().take(8) {
            let (subject, hint) = (refusal.subject(), violation.hint());
            eprintln!("refused {from} {subject}: {violation}; {hint}");
        }
    } else if let Some(failure) = failure_in(error) {
        eprintln!("failed {from}: {failure}; {}", failure.hint());
    } else {
        eprintln!("failed {from}: {error}");
    }
}
