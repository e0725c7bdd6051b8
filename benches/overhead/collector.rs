//! The OTLP receiver: rotel, which takes all spans and forgets them.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{Result, server};

pub struct Collector {
    process: Child,
    port: u16,
}

impl Collector {
    pub fn start(binary: &Path) -> Result<Self> {
        let [port, grpc_port] = server::free_ports()?;
        let log = fs::File::create(concat!(env!("CARGO_TARGET_TMPDIR"), "/collector.log"))?;
        let process = Command::new(binary)
            .args(["start", "--exporter", "blackhole"])
            .args(["--otlp-http-endpoint", &format!("127.0.0.1:{port}")])
            .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc_port}")])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("cannot start `{}`: {error}", binary.display()))?;
        let collector = Self { process, port };
        server::wait_until_open(port)?;
        Ok(collector)
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
