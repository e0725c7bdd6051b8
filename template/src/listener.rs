//! A socket that listens, and who connects to it.

use std::{
    io::{self, ErrorKind},
    iter,
    net::{self, SocketAddr},
    os::fd::AsFd as _,
    time::Duration,
};

use axum::http::uri::Authority;
use tokio::{
    net::{TcpListener, TcpStream, ToSocketAddrs},
    time::sleep,
};

use crate::exception;

/// How long to wait when no connection can be accepted, as when there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The other end of the connection on which a request came.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub SocketAddr);

impl PeerAddress {
    /// Returns the address without the port, an IPv4 one as such on every listener:
    /// `client.address`.
    pub fn client_address(&self) -> String {
        self.0.ip().to_canonical().to_string()
    }
}

/// Returns the host that a client asked for, an IPv6 address without its brackets:
/// `server.address`.
pub fn server_address(authority: &Authority) -> &str {
    authority.host().trim_matches(['[', ']'])
}

/// A socket that listens until it is dropped.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on an address; with port 0, on a free port.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next connection.
    pub async fn accept(&self) -> (TcpStream, PeerAddress) {
        loop {
            match self.socket.accept().await {
                Ok((stream, peer)) => return (stream, PeerAddress(peer)),
                // The client went away before it was its turn.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    exception!(WARN, &error, "a connection was not accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Returns the connections that wait to be accepted: closing the socket would reset them.
    ///
    /// The system is asked, as the runtime may not have heard of the last ones yet.
    pub fn waiting(&self) -> impl Iterator<Item = (TcpStream, PeerAddress)> {
        let socket = self.socket.as_fd().try_clone_to_owned().map(net::TcpListener::from);
        let accepted =
            socket.into_iter().flat_map(|socket| iter::from_fn(move || socket.accept().ok()));
        accepted.filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, PeerAddress(peer)))
        })
    }
}
