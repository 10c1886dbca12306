//! Clients of servers that keep the policy and misbehave all the same.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use certificates::{HOST, Pki};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::kit::{Files, LONGEST, der};

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves one connection, whose handshake it leaves to the first read or write.
fn serve(
    serve: impl FnOnce(StreamOwned<ServerConnection, std::net::TcpStream>) + Send + 'static,
) -> SocketAddr {
    let (chain, key) = der(&Pki::default().server(|it| it));
    let tls = ServerConfig::builder().with_no_client_auth();
    let tls = Arc::new(tls.with_single_cert(chain, key).unwrap());
    let (listener, address) = listen();
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(LONGEST)).unwrap();
        socket.set_write_timeout(Some(LONGEST)).unwrap();
        serve(StreamOwned::new(
            ServerConnection::new(tls).unwrap(),
            socket,
        ));
    });
    address
}

#[track_caller]
fn assert_nobody_connected(listener: &TcpListener) {
    listener.set_nonblocking(true).unwrap();
    let error = listener.accept().expect_err("nobody connects");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

/// Neither by the server's word nor by the user's.
#[test]
fn reqwest_asks_nobody_in_clear() {
    let files = Files::new();
    let (elsewhere, clear) = listen();
    let address = serve(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let answer =
            format!("HTTP/1.1 302 Found\r\nLocation: http://{clear}/\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        let _ = stream.read(&mut [0]);
    });
    let url = format!("https://{HOST}:{}/", address.port());
    let client = files.run("reqwest-client", &[&url], "client.pem");
    assert_nobody_connected(&elsewhere);
    assert_eq!(client.code, Some(0), "{client:?}");
    assert_eq!(client.stdout, "302 Found\n\n");

    let url = format!("http://{clear}/");
    let client = files.run("reqwest-client", &[&url], "client.pem");
    assert_nobody_connected(&elsewhere);
    assert_eq!(client.code, Some(1), "{client:?}");
    assert!(client.stderr.starts_with("failed: "), "{client:?}");
}

/// What a server sends may be meant for the terminal it is printed on, and may have no end.
#[test]
fn clients_take_a_bounded_answer_and_print_it_escaped() {
    let files = Files::new();
    let endless = |head: &'static [u8]| {
        serve(move |mut stream| {
            // An HTTP server answers what was asked.
            if !head.is_empty() {
                let _ = stream.read(&mut [0; 4096]).unwrap();
            }
            let mut sent = stream.write_all(head);
            while sent.is_ok() {
                sent = stream.write_all(&b"\x1b[2J\n".repeat(1000));
            }
        })
    };
    let address = endless(b"").to_string();
    let tokio = files.run("tokio-client", &[&address, HOST], "client.pem");
    assert_eq!(tokio.code, Some(0), "{tokio:?}");
    let (met, said) = tokio.stdout.split_once('\n').unwrap();
    assert_eq!(met, "connected to O=Acme,CN=payments");
    assert!(said.starts_with(r"\u{1b}[2J\n\u{1b}[2J\n"), "{said}");
    assert!(said.len() < 5000, "{}", said.len());
    assert!(!said.contains('\x1b'));

    let address = endless(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    let url = format!("https://{HOST}:{}/", address.port());
    let reqwest = files.run("reqwest-client", &[&url], "client.pem");
    assert_eq!(reqwest.code, Some(1), "{}", reqwest.stderr);
    assert!(reqwest.stderr.contains("octets"), "{}", reqwest.stderr);
}

/// Connected, and never an octet.
#[test]
fn clients_do_not_wait_for_ever() {
    let files = Files::new();
    let (_listener, tcp) = listen();
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let udp = silent.local_addr().unwrap().to_string();
    let (url, tcp) = (format!("https://{HOST}:{}/", tcp.port()), tcp.to_string());
    let programs: [(&str, &[&str]); 4] = [
        ("reqwest-client", &[&url]),
        ("tokio-client", &[&tcp, HOST]),
        ("tonic-client", &[&tcp, HOST]),
        ("quinn-client", &[&udp, HOST]),
    ];
    // Builds them all.
    files.run_with("certificates", &["elsewhere"]);
    let began = Instant::now();
    thread::scope(|scope| {
        for (program, to) in programs {
            let files = &files;
            scope.spawn(move || {
                let client = files.run(program, to, "client.pem");
                assert_eq!(client.code, Some(1), "{program} {client:?}");
                assert!(
                    client.stderr.starts_with("failed: "),
                    "{program} {client:?}"
                );
                assert_eq!(client.stderr.lines().count(), 1, "{program} {client:?}");
                // Each waits for ten seconds.
                let took = began.elapsed();
                assert!(took < Duration::from_secs(25), "{program} took {took:?}");
            });
        }
    });
}
