//! The service as operators run it: its binary, with an environment, signals and an exit code.

use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use sqlx::ConnectOptions as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

use super::{
    Answer, BINARY, ConnectOptions, OWN_PORTS, PATIENCE, SAMPLED, client, collector::Collector,
    send,
};

/// How long to wait before metrics are looked at again.
const PAUSE: Duration = Duration::from_millis(20);

/// A process of the service that is ready for requests.
pub struct Service {
    child: Child,
    stdout: Option<Lines<BufReader<ChildStdout>>>,
    log: Vec<Value>,
    client: Client,
    /// The line with the addresses that it listens on.
    ready: Value,
}

/// How a process ended, and all that it printed.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub log: Vec<Value>,
}

impl Service {
    /// Starts the service on a database, with nothing but these variables set.
    pub async fn start<V: AsRef<str>>(database: &ConnectOptions, variables: &[(&str, V)]) -> Self {
        Self::run(Command::new(BINARY), database, variables).await
    }

    /// Starts the service by a command that becomes it.
    pub async fn run<V: AsRef<str>>(
        mut command: Command,
        database: &ConnectOptions,
        variables: &[(&str, V)],
    ) -> Self {
        let mut child = command
            .env_clear()
            .env("DATABASE_URL", database.to_url_lossy().as_str())
            .envs(OWN_PORTS.iter().copied())
            .envs(variables.iter().map(|(name, value)| (name, value.as_ref())))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary runs");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut service = Self {
            child,
            stdout: Some(BufReader::new(stdout).lines()),
            log: Vec::new(),
            client: client(),
            ready: Value::Null,
        };
        service.ready = service.line("ready").await;
        service
    }

    /// Starts the service, lets it answer one request of a sampled trace, and stops it: what it
    /// exports has reached the collector then.
    pub async fn answer_once(
        database: &ConnectOptions,
        collector: &Collector,
        protocol: &'static str,
        variables: &[(&'static str, &str)],
    ) -> (Answer, Ended) {
        let mut settings: Vec<_> = collector.settings(protocol).into();
        settings.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let service = Self::start(database, &settings).await;
        let answer = send(service.get("/users/1").header("traceparent", SAMPLED)).await;
        (answer, service.stop().await)
    }

    /// Reads the log up to the line with a message.
    pub async fn line(&mut self, message: &str) -> Value {
        match timeout(PATIENCE, self.next(message)).await {
            Ok(Some(line)) => line,
            Ok(None) => panic!("the service ended without saying {message:?}: {:#?}", self.log),
            Err(error) => panic!("{error}: no line says {message:?}: {:#?}", self.log),
        }
    }

    async fn next(&mut self, message: &str) -> Option<Value> {
        while let Some(line) = self.next_line().await {
            self.log.push(line.clone());
            if line["message"] == message {
                return Some(line);
            }
        }
        None
    }

    async fn next_line(&mut self) -> Option<Value> {
        let line = self.stdout.as_mut()?.next_line().await;
        line.expect("the log is text").map(parse)
    }

    /// Reads the log no more: what is written to it fails from then on.
    pub fn stop_reading(&mut self) {
        self.stdout = None;
    }

    /// Returns the address of a listener, by the name that the log gives it.
    pub fn address(&self, listener: &str) -> &str {
        self.ready[format!("{listener}_address")].as_str().expect("the service listens")
    }

    /// Starts a request to the API.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Starts a request to the API with any method.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.authority()))
    }

    /// Starts a request that creates a user.
    pub fn create(&self, email: &str) -> RequestBuilder {
        let body = serde_json::json!({ "name": "Ada Lovelace", "email": email });
        self.request(Method::POST, "/users").json(&body)
    }

    /// Returns where the API is, without a scheme.
    pub fn authority(&self) -> &str {
        self.address("http")
    }

    /// Asks the admin listener.
    pub async fn admin(&self, path: &str) -> Answer {
        send(self.client.get(format!("http://{}{path}", self.admin_authority()))).await
    }

    /// Waits until the metrics hold a text, and returns them.
    pub async fn metrics_until(&self, text: &str) -> String {
        let mut metrics = String::new();
        let shown = async {
            loop {
                metrics = self.admin("/metrics").await.body;
                if metrics.contains(text) {
                    break;
                }
                sleep(PAUSE).await;
            }
        };
        let result = timeout(PATIENCE, shown).await;
        assert!(result.is_ok(), "the metrics do not show {text}: {metrics}");
        metrics
    }

    /// Returns where the admin listener is, without a scheme.
    pub fn admin_authority(&self) -> &str {
        self.address("admin")
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let id = self.child.id().expect("the service runs");
        let id = Pid::from_raw(id.try_into().expect("a process id fits"));
        kill(id, Signal::SIGTERM).expect("the service can be signalled");
    }

    /// Waits for the end, and reads the rest of the log.
    pub async fn ended(mut self) -> Ended {
        let end = async {
            while let Some(line) = self.next_line().await {
                self.log.push(line);
            }
            self.child.wait().await.expect("the service can be waited for")
        };
        match timeout(PATIENCE, end).await {
            Ok(status) => Ended { status, log: self.log },
            Err(error) => panic!("{error}: the service does not end: {:#?}", self.log),
        }
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

/// Keeps what is not JSON, which only the console exporter prints, as a text.
fn parse(line: String) -> Value {
    serde_json::from_str(&line).unwrap_or(Value::String(line))
}
