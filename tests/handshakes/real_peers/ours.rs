//! Our side of a connection.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::ops::DerefMut;
use std::sync::{Arc, mpsc};

use rustls_policy_verifier::pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::rustls::{
    self, ClientConfig, ClientConnection, ConnectionCommon, ProtocolVersion, ServerConfig,
    ServerConnection, SideData, StreamOwned,
};

use super::tool::{LONGEST, Tool};
use crate::kit::HOST;

/// What our side has of a connection that worked.
#[derive(Debug)]
pub(super) struct Met {
    pub(super) version: ProtocolVersion,
    pub(super) peer: Vec<CertificateDer<'static>>,
    /// What the other side said.
    pub(super) heard: String,
}

/// How a connection went for our side, and all that the other side wrote.
pub(super) struct Meeting {
    pub(super) ours: std::io::Result<Met>,
    pub(super) theirs: String,
}

impl fmt::Display for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ours, theirs } = self;
        write!(f, "our side: {ours:?}\nthe other side wrote:\n{theirs}")
    }
}

impl Meeting {
    /// rustls's error, if that is why the connection failed.
    pub(super) fn error(&self) -> Option<&rustls::Error> {
        let error = self.ours.as_ref().err()?;
        error.get_ref()?.downcast_ref()
    }
}

/// What is said over a connection that stands; what was heard.
pub(super) type Talk = fn(&mut dyn ReadWrite) -> std::io::Result<String>;

pub(super) trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}

/// Our client meets a server that listens on `port`.
pub(super) fn meet_server(
    config: &Arc<ClientConfig>,
    (tool, port): (Tool, u16),
    talk: Talk,
) -> Meeting {
    let name = ServerName::try_from(HOST).unwrap();
    let connection = ClientConnection::new(config.clone(), name).unwrap();
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let ours = converse(connection, socket, talk);
    let theirs = tool.output();
    Meeting { ours, theirs }
}

/// Our server meets the client that `start` lets connect to a port.
pub(super) fn meet_client(
    config: &Arc<ServerConfig>,
    start: impl FnOnce(u16) -> Tool,
    talk: Talk,
) -> Meeting {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let connection = ServerConnection::new(config.clone()).unwrap();
    let (done, outcome) = mpsc::channel();
    // The port stays ours to the end, so that no other test's listener gets it.
    let accepting = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        let (socket, _) = accepting.accept().unwrap();
        let _ = done.send(converse(connection, socket, talk));
    });
    // It ends when our side has closed the connection, or at once if it cannot even connect.
    let theirs = start(port).output();
    // Then this connects in its place, so that nobody waits for it.
    let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    let ours = outcome
        .recv_timeout(LONGEST)
        .unwrap_or_else(|_| panic!("our server was not done. The client wrote:\n{theirs}"));
    Meeting { ours, theirs }
}

fn converse<C, S>(connection: C, socket: TcpStream, talk: Talk) -> std::io::Result<Met>
where
    C: DerefMut<Target = ConnectionCommon<S>>,
    S: SideData,
{
    socket.set_read_timeout(Some(LONGEST)).unwrap();
    socket.set_write_timeout(Some(LONGEST)).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let heard = talk(&mut stream);
    if heard.is_ok() {
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
    // A socket that is closed with octets unread resets the connection, and the peer never reads our alert.
    let _ = stream.sock.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
    heard.map(|heard| Met {
        version: stream.conn.protocol_version().unwrap(),
        peer: stream.conn.peer_certificates().unwrap_or_default().to_vec(),
        heard,
    })
}

/// A line, and one in return.
pub(super) fn say_a_line(stream: &mut dyn ReadWrite) -> std::io::Result<String> {
    stream.write_all(b"drawer\n")?;
    stream.flush()?;
    line(stream)
}

/// A line in return for one.
pub(super) fn answer_a_line(stream: &mut dyn ReadWrite) -> std::io::Result<String> {
    let heard = line(stream)?;
    stream.write_all(b"reward\n")?;
    stream.flush()?;
    Ok(heard)
}

/// A page in return for a request.
pub(super) fn answer_a_request(stream: &mut dyn ReadWrite) -> std::io::Result<String> {
    let mut heard = String::new();
    let mut reader = BufReader::new(&mut *stream);
    while !heard.ends_with("\r\n\r\n") {
        if reader.read_line(&mut heard)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nreward\n")?;
    stream.flush()?;
    Ok(heard)
}

/// Says nothing: what the other side sends is why the connection fails.
pub(super) fn listen(stream: &mut dyn ReadWrite) -> std::io::Result<String> {
    line(stream)
}

fn line(stream: &mut dyn ReadWrite) -> std::io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
