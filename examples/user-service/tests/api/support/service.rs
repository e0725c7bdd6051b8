//! The service as operators run it: its binary, with an environment, signals and an exit code.

use std::process::{ExitStatus, Stdio};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use sqlx::ConnectOptions as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::{Answer, ConnectOptions, client, send};

/// A process of the service that is ready for requests.
pub struct Service {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    log: Vec<Value>,
    client: Client,
    http: String,
    admin: String,
}

/// How a process ended, and all that it logged.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub log: Vec<Value>,
}

impl Service {
    /// Starts the service on a database, with nothing but these variables set.
    pub async fn start<V: AsRef<str>>(database: &ConnectOptions, variables: &[(&str, V)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_user-service"))
            .env_clear()
            .env("DATABASE_URL", database.to_url_lossy().as_str())
            .env("HTTP_ADDRESS", "127.0.0.1:0")
            .env("OTEL_EXPORTER_PROMETHEUS_PORT", "0")
            .envs(variables.iter().map(|(name, value)| (name, value.as_ref())))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary runs");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut service = Self {
            child,
            stdout: BufReader::new(stdout).lines(),
            log: Vec::new(),
            client: client(),
            http: String::new(),
            admin: String::new(),
        };
        let ready = service.line("ready").await;
        service.http = format!("http://{}", ready["http"].as_str().unwrap());
        service.admin = format!("http://{}", ready["admin"].as_str().unwrap());
        service
    }

    /// Reads the log up to the line with a message.
    pub async fn line(&mut self, message: &str) -> Value {
        while let Some(line) = self.stdout.next_line().await.expect("the log is text") {
            let line = parse(&line);
            self.log.push(line.clone());
            if line["message"] == message {
                return line;
            }
        }
        panic!("the service ended without a line that says {message:?}: {:#?}", self.log);
    }

    /// Starts a request to the API.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.http))
    }

    /// Starts a request that creates a user.
    pub fn create(&self, email: &str) -> RequestBuilder {
        let body = serde_json::json!({ "name": "Ada Lovelace", "email": email });
        self.client.post(format!("{}/users", self.http)).json(&body)
    }

    /// Returns where the API is, without a scheme.
    pub fn authority(&self) -> &str {
        self.http.trim_start_matches("http://")
    }

    /// Asks the admin listener.
    pub async fn admin(&self, path: &str) -> Answer {
        send(self.client.get(format!("{}{path}", self.admin))).await
    }

    /// Returns where the admin listener is, without a scheme.
    pub fn admin_authority(&self) -> &str {
        self.admin.trim_start_matches("http://")
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let id = self.child.id().expect("the service runs");
        let id = Pid::from_raw(id.try_into().expect("a process id fits"));
        kill(id, Signal::SIGTERM).expect("the service can be signalled");
    }

    /// Waits for the end, and reads the rest of the log.
    pub async fn ended(mut self) -> Ended {
        while let Some(line) = self.stdout.next_line().await.expect("the log is text") {
            self.log.push(parse(&line));
        }
        let status = self.child.wait().await.expect("the service can be waited for");
        Ended { status, log: self.log }
    }

    /// Has the service stop in order, which must end in success.
    pub async fn stop(self) -> Ended {
        self.terminate();
        let ended = self.ended().await;
        assert!(ended.status.success(), "{ended:#?}");
        ended
    }
}

impl Ended {
    /// Returns the lines with a message.
    pub fn lines(&self, message: &str) -> Vec<&Value> {
        self.log.iter().filter(|line| line["message"] == message).collect()
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
