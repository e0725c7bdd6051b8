//! The load generators: wrk for HTTP, h2load for gRPC.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use crate::{Result, server::Server};

/// How many connections there are, each with one request at a time.
pub const CONNECTIONS: u32 = 32;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/overhead/users.lua");

/// A call of `GetUser` with the id 1: no compression, the length, the message.
const CALL: &[u8] = b"\0\0\0\0\x02\x08\x01";

/// The answer holds a user, and is longer than one that holds a status only.
const SHORTEST_ANSWER: u64 = 40;

#[derive(Clone, Copy)]
pub enum Load {
    Read,
    Write,
    Call,
}

/// What a load generator saw.
#[derive(Clone, Copy)]
pub struct Seen {
    pub requests: f64,
    pub per_second: f64,
    /// Percentiles of the time to the answer.
    pub p50: Duration,
    pub p99: Duration,
}

/// Finds out whether the load generators are there.
pub fn check_tools() -> Result<()> {
    for tool in ["wrk", "h2load"] {
        let mut version = Command::new(tool);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().map_err(|error| format!("cannot run `{tool}`: {error}"))?;
    }
    Ok(())
}

impl Load {
    /// Keeps a server busy; an answer that is no success is an error.
    pub fn run(self, server: &Server, time: Duration) -> Result<Seen> {
        match self {
            Self::Read => wrk(server, "read", time),
            Self::Write => wrk(server, "write", time),
            Self::Call => h2load(server, time),
        }
    }
}

fn wrk(server: &Server, what: &str, time: Duration) -> Result<Seen> {
    /// With the number of the process, a name that no other run has.
    static RUN: AtomicU32 = AtomicU32::new(0);
    let run = format!("{}-{}", std::process::id(), RUN.fetch_add(1, Relaxed));
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{}s", time.as_secs())])
        .args(["--script", SCRIPT])
        .args([&format!("http://127.0.0.1:{}", server.http), "--", what, &run])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("result "));
    let numbers = line.ok_or_else(|| format!("wrk reports nothing: {text}"))?.split(' ');
    let numbers: Vec<u32> = numbers.map(str::parse).collect::<Result<_, _>>()?;
    let &[requests, failures, microseconds, p50, p99] = numbers.as_slice() else {
        return Err(format!("wrk reports something else: {text}").into());
    };
    if failures > 0 {
        return Err(format!("{failures} of {requests} requests failed").into());
    }
    Ok(Seen {
        requests: f64::from(requests),
        per_second: f64::from(requests) * 1e6 / f64::from(microseconds),
        p50: Duration::from_micros(p50.into()),
        p99: Duration::from_micros(p99.into()),
    })
}

fn h2load(server: &Server, time: Duration) -> Result<Seen> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (call, log) = (folder.join("call"), folder.join("h2load.log"));
    fs::write(&call, CALL)?;
    // h2load adds to a file that is there.
    fs::write(&log, "")?;
    let output = Command::new("h2load")
        .args(["--clients", &CONNECTIONS.to_string(), "--threads", "1"])
        .args(["--duration", &time.as_secs().to_string()])
        .args(["--header", "content-type: application/grpc", "--header", "te: trailers"])
        .arg("--data")
        .arg(&call)
        .arg("--log-file")
        .arg(&log)
        .arg(format!("http://127.0.0.1:{}/user.v1.UserService/GetUser", server.grpc))
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut durations = Vec::new();
    for line in fs::read_to_string(&log)?.lines() {
        let mut columns = line.split('\t').skip(1);
        match (columns.next(), columns.next()) {
            (Some("200"), Some(microseconds)) => durations.push(microseconds.parse::<u64>()?),
            // Cut off by the end of the measurement.
            (Some("-1"), _) => {}
            _ => return Err(format!("a call failed: {line}").into()),
        }
    }
    durations.sort_unstable();
    let percentile = |percent: usize| {
        let place = (durations.len() * percent / 100).min(durations.len().saturating_sub(1));
        durations.get(place).copied().map(Duration::from_micros).ok_or("no call was answered")
    };
    let requests = f64::from(u32::try_from(durations.len())?);
    if data(&text)? < SHORTEST_ANSWER * durations.len() as u64 {
        return Err(format!("the calls are not answered with users: {text}").into());
    }
    let (p50, p99) = (percentile(50)?, percentile(99)?);
    Ok(Seen { requests, per_second: requests / time.as_secs_f64(), p50, p99 })
}

/// Reads how many bytes of data came: `traffic: … total, … headers …, 1.23MB (1234567) data`.
fn data(text: &str) -> Result<u64> {
    let traffic = text.lines().find(|line| line.starts_with("traffic:"));
    let before = traffic.and_then(|line| line.strip_suffix(") data"));
    let (_, bytes) = before.and_then(|line| line.rsplit_once('(')).ok_or("h2load has changed")?;
    Ok(bytes.parse()?)
}
