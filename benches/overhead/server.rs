//! A server under load: started, watched, stopped.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::Result;

/// How long a server may take to start.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How often Prometheus would scrape, at the most eager.
const SCRAPE_INTERVAL: Duration = Duration::from_secs(1);

/// How many users there are to read.
const USERS: usize = 100;

pub struct Server {
    process: Child,
    pub http: u16,
    pub grpc: u16,
    admin: u16,
}

/// When memory is looked at.
#[derive(Clone, Copy)]
pub enum Memory {
    /// Now
    Resident,
    /// When there was most of it
    Peak,
}

/// Telemetry that did not arrive, and what did.
#[derive(Clone, Copy, Default)]
pub struct Lost {
    pub spans: f64,
    pub lines: f64,
    pub spans_exported: f64,
}

impl Server {
    /// Starts a program and waits until it answers.
    pub fn start(binary: &Path, url: &str, variables: &[(&str, String)]) -> Result<Self> {
        let [http, grpc, admin] = free_ports()?;
        let mut process = Command::new(binary)
            .env("DATABASE_URL", url)
            .env("HTTP_ADDRESS", format!("127.0.0.1:{http}"))
            .env("GRPC_ADDRESS", format!("127.0.0.1:{grpc}"))
            .env("OTEL_EXPORTER_PROMETHEUS_PORT", admin.to_string())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = process.stdout.take().expect("it is a pipe");
        // Somebody reads the log, as in production. The thread ends with the server.
        thread::Builder::new().spawn(move || io::copy(&mut lines, &mut io::sink()))?;
        let server = Self { process, http, grpc, admin };
        wait_until_open(http)?;
        wait_until_open(grpc)?;
        Ok(server)
    }

    /// Returns the processor time that all threads have used so far.
    pub fn cpu_time(&self) -> Result<Duration> {
        /// The unit of these figures on Linux.
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program, in parentheses, may hold blanks.
        let (_, fields) = stat.rsplit_once(')').ok_or("/proc has another form")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        let ticks: f64 = ticks.sum::<Result<_, _>>()?;
        Ok(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
    }

    /// Returns how much memory is resident, in bytes.
    pub fn memory(&self, when: Memory) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let name = match when {
            Memory::Resident => "VmRSS:",
            Memory::Peak => "VmHWM:",
        };
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kibibytes.ok_or("/proc has another form")?.parse::<f64>()? * 1024.0)
    }

    /// Does `work` while the metrics are scraped regularly.
    pub fn scraped_while<R>(&self, work: impl FnOnce(&Self) -> Result<R>) -> Result<R> {
        let (done, is_done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while is_done.recv_timeout(SCRAPE_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    // A scrape that fails shows when the figures are read at the end.
                    let _ = request(self.admin, "GET", "/metrics", "");
                }
            });
            let result = work(self);
            drop(done);
            result
        })
    }

    /// Reads from the metrics what telemetry was lost.
    pub fn lost(&self) -> Result<Lost> {
        let metrics = request(self.admin, "GET", "/metrics", "")?;
        let value = |series: &str| -> Result<f64> {
            let line = metrics.lines().find_map(|line| line.strip_prefix(series));
            Ok(line.ok_or_else(|| format!("there is no metric {series}"))?.trim().parse()?)
        };
        let dropped = "otel_sdk_processor_span_processed_total{error_type=\"queue_full\"}";
        let failed = "otel_sdk_exporter_span_exported_total{error_type=\"export_failed\"}";
        Ok(Lost {
            spans: value(dropped)? + value(failed)?,
            lines: value("log_lines_dropped_total ")?,
            spans_exported: value("otel_sdk_exporter_span_exported_total ")?,
        })
    }

    /// Asks the server to end, and waits until it has.
    pub fn stop(&mut self) -> Result<()> {
        let id = self.process.id().to_string();
        Command::new("kill").arg(id).status()?;
        let status = self.process.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }
}

/// A server that was not stopped, because of an error.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Has the service prepare its database, and creates users.
pub fn seed(service: &Path, url: &str) -> Result<()> {
    let mut server = Server::start(service, url, &[("RUST_LOG", "warn".to_owned())])?;
    for number in 1..=USERS {
        let user = format!(r#"{{"name": "Ada Lovelace", "email": "ada-{number}@example.com"}}"#);
        request(server.http, "POST", "/users", &user)?;
    }
    server.stop()
}

/// Sends a request of its own connection, and returns the body of an answer that is a success.
fn request(port: u16, method: &str, path: &str, body: &str) -> Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 2") {
        Ok(answer)
    } else {
        Err(format!("{method} {path}: {}", answer.lines().next().unwrap_or("no answer")).into())
    }
}

/// Waits until somebody listens on a port.
pub fn wait_until_open(port: u16) -> Result<()> {
    let deadline = Instant::now() + START_LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > deadline {
            return Err(format!("nobody listens on port {port}").into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Finds ports that nobody uses.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    let mut sockets = Vec::new();
    for port in &mut ports {
        let socket = TcpListener::bind(("127.0.0.1", 0))?;
        *port = socket.local_addr()?.port();
        sockets.push(socket);
    }
    Ok(ports)
}
