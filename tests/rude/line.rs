//! A server's end of a connection, with TLS and without.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::identity::Identity;

pub(crate) enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Line {
    /// A connection to a client that may be silent for so long; with TLS if there is an identity to show.
    pub(crate) fn new(
        stream: TcpStream,
        identity: Option<&Identity>,
        patience: Duration,
    ) -> io::Result<Self> {
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.set_nodelay(true)?;
        Ok(match identity {
            None => Self::Plain(stream),
            Some(identity) => {
                let connection = ServerConnection::new(Arc::clone(&identity.config)).unwrap();
                Self::Tls(Box::new(StreamOwned::new(connection, stream)))
            }
        })
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    /// The `close_notify` of TLS, as far as anybody is there to hear it.
    pub(crate) fn say_goodbye(&mut self) {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
            while stream.conn.wants_write() && stream.conn.write_tls(&mut stream.sock).is_ok() {}
        }
    }
}

impl Read for Line {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(octets),
            Self::Tls(stream) => match stream.read(octets) {
                // The client says no goodbye.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                outcome => outcome,
            },
        }
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(octets),
            Self::Tls(stream) => stream.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
