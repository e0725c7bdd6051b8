//! A way to the database that can be cut: the server itself is not the tests' to stop.

use std::{future::pending, io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
};

use super::ConnectOptions;

/// What a client sends to see whether the server is there: the message Sync, alone.
const PING: &[u8] = b"S\0\0\0\x04";

/// Passes on what comes to a port of its own, for as long as it is not cut.
pub struct Proxy {
    address: SocketAddr,
    database: ConnectOptions,
    answers_pings: bool,
    passing: JoinHandle<()>,
    /// Keeps others from the port while nobody listens there.
    closed: Option<TcpSocket>,
}

impl Proxy {
    /// Listens on a free port.
    pub async fn start(database: &ConnectOptions) -> Self {
        Self::listen(database, true).await
    }

    /// Listens on a free port. A connection that is asked for a sign of life is silent from then on,
    /// as where the machine of the server is gone.
    pub async fn start_without_pings(database: &ConnectOptions) -> Self {
        Self::listen(database, false).await
    }

    async fn listen(database: &ConnectOptions, answers_pings: bool) -> Self {
        let is_tcp = database.get_socket().is_none();
        assert!(is_tcp, "name the host and port of the server in DATABASE_URL, not its socket");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passing = tokio::spawn(pass_on(listener, database.clone(), answers_pings));
        Self { address, database: database.clone(), answers_pings, passing, closed: None }
    }

    /// Describes the database as it is reached through here.
    pub fn options(&self) -> ConnectOptions {
        let options = self.database.clone().port(self.address.port());
        options.host(&self.address.ip().to_string())
    }

    /// Resets all connections and refuses new ones, as where the server is gone.
    pub async fn cut(&mut self) {
        self.passing.abort();
        assert!((&mut self.passing).await.unwrap_err().is_cancelled());
        self.closed = Some(bind(self.address).unwrap());
    }

    /// Listens again.
    pub fn restore(&mut self) {
        let socket = self.closed.take().expect("it is cut");
        let listener = socket.listen(1024).unwrap();
        self.passing = tokio::spawn(pass_on(listener, self.database.clone(), self.answers_pings));
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn pass_on(listener: TcpListener, database: ConnectOptions, answers_pings: bool) {
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        client.set_zero_linger().unwrap();
        connections.spawn(connect(client, database.clone(), answers_pings));
    }
}

/// How a connection ends is the business of its two ends.
async fn connect(
    mut client: TcpStream,
    database: ConnectOptions,
    answers_pings: bool,
) -> io::Result<()> {
    let mut server = TcpStream::connect((database.get_host(), database.get_port())).await?;
    if answers_pings {
        copy_bidirectional(&mut client, &mut server).await.map(|_| ())
    } else {
        copy_until_ping(&mut client, &mut server).await
    }
}

async fn copy_until_ping(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<()> {
    let (mut sent, mut answered) = (vec![0; 8192], vec![0; 8192]);
    loop {
        tokio::select! {
            length = client.read(&mut sent) => match &sent[..length?] {
                [] => return Ok(()),
                PING => pending().await,
                message => server.write_all(message).await?,
            },
            length = server.read(&mut answered) => match &answered[..length?] {
                [] => return Ok(()),
                message => client.write_all(message).await?,
            },
        }
    }
}
