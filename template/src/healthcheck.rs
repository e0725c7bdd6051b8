//! The health check of a container, which has no shell and no other program to run one with.

use std::time::Duration;

use reqwest::{Client, StatusCode};

use crate::{config::AdminConfig, tls};

/// How long the service may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Why a service is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not answer.
    #[error("the service does not answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// It does not want requests.
    #[error("the service is not ready: it answers {0}")]
    NotReady(StatusCode),
}

/// Asks the service that runs with these settings whether it is ready.
///
/// # Errors
/// It is not ready, or does not answer within two seconds.
pub async fn run(admin: &AdminConfig) -> Result<(), Error> {
    tls::install_provider();
    let url = format!("http://{}/readyz", admin.authority());
    // The certificates of the system would be read for nothing, and there may be none.
    let client = Client::builder().timeout(TIMEOUT).no_proxy().tls_certs_only([]).build()?;
    match client.get(url).send().await?.status() {
        StatusCode::OK => Ok(()),
        status => Err(Error::NotReady(status)),
    }
}
