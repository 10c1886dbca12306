//! Policies on both sides of a handshake, with aws-lc-rs as rustls's crypto provider.
//!
//! rustls chooses the provider whose feature is on, and panics if there are two: the policy verifier's `ring` is none.

use std::error::Error;
use std::ops::DerefMut;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, ConnectionCommon, ServerConfig, ServerConnection};
use rustls_policy_verifier::{Policy, TrustAnchors, WithPolicy};

fn main() -> Result<(), Box<dyn Error>> {
    let pki = certificates::Pki::default();
    let anchors = TrustAnchors::new().with_pem("acme", pki.roots())?;
    let (chain, key) = chain_and_key(&pki.client(|it| it))?;
    let client = ClientConfig::builder()
        .with_policy(anchors.clone(), Policy::server())?
        .with_client_auth_cert(chain, key)?;
    let (chain, key) = chain_and_key(&pki.server(|it| it))?;
    let server = ServerConfig::builder()
        .with_policy(anchors, Policy::client())?
        .with_single_cert(chain, key)?;

    println!("provider: {:?}", client.crypto_provider().key_provider);
    let name = certificates::HOST.try_into()?;
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        pass_on(&mut client, &mut server)?;
        pass_on(&mut server, &mut client)?;
    }
    println!("version: {:?}", client.protocol_version());
    Ok(())
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn chain_and_key(own: &certificates::Own) -> Result<Own, Box<dyn Error>> {
    let chain = CertificateDer::pem_slice_iter(own.chain.as_bytes()).collect::<Result<_, _>>()?;
    Ok((chain, PrivateKeyDer::from_pem_slice(own.key.as_bytes())?))
}

/// Gives what one side has to send to the other.
fn pass_on<A, B>(
    from: &mut impl DerefMut<Target = ConnectionCommon<A>>,
    to: &mut impl DerefMut<Target = ConnectionCommon<B>>,
) -> Result<(), Box<dyn Error>> {
    let mut message = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut message)?;
    }
    let mut unread = message.as_slice();
    while !unread.is_empty() {
        to.read_tls(&mut unread)?;
        to.process_new_packets()?;
    }
    Ok(())
}
