//! The exporter that sends spans to a collector, over gRPC or HTTP.

use std::{cmp, fs, io, thread, time::Duration};

use opentelemetry_otlp::{
    Compression, ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _,
    WithHttpConfig as _, WithTonicConfig as _,
    tonic_types::transport::{Certificate, ClientTlsConfig, Identity},
};

use super::environment::Environment;

/// The content of a file with certificates or a key.
type Pem = Vec<u8>;

/// Why spans cannot be exported as configured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate or key cannot be read.
    #[error("cannot read `{path}`, named by OTEL_EXPORTER_OTLP_{setting}: {source}")]
    Certificate {
        /// The variable's name after `OTEL_EXPORTER_OTLP_`.
        setting: &'static str,
        /// The file.
        path: String,
        /// What reading it said.
        source: io::Error,
    },
    /// There is a client certificate without a key, or a key without a certificate.
    #[error(
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY need each other: \
         only one is set"
    )]
    HalfIdentity,
    /// The HTTP client refuses the certificates.
    #[error("cannot set up OTLP over HTTP: {0}")]
    Client(#[from] reqwest::Error),
    /// The exporter refuses its settings.
    #[error("cannot set up the OTLP exporter: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// What the exporter is told, whatever it speaks.
struct Settings {
    timeout: Duration,
    compression: Option<Compression>,
    /// The certificates to trust instead of the system's.
    trusted: Option<Pem>,
    /// The certificate to show, and its key.
    identity: Option<(Pem, Pem)>,
}

/// Builds the exporter for `OTEL_EXPORTER_OTLP_PROTOCOL`, which is `http/protobuf` by default.
///
/// It reads endpoint and headers from the environment by itself.
pub(super) fn exporter(environment: &mut Environment) -> Result<SpanExporter, Error> {
    let protocol = environment.otlp_as("PROTOCOL", "grpc or http/protobuf", |text| match text {
        "grpc" => Some(Protocol::Grpc),
        "http/protobuf" => Some(Protocol::HttpBinary),
        _ => None,
    });
    // The exporter leaves out what it cannot read, without a word.
    environment.otlp_as("HEADERS", "key=value pairs", |text| {
        text.split(',').all(|pair| pair.trim().is_empty() || pair.contains('=')).then_some(())
    });
    let settings = Settings::read(environment)?;
    match protocol {
        Some(Protocol::Grpc) => {
            // The exporter takes an endpoint without a scheme for one with TLS.
            let plain = environment.otlp("ENDPOINT").is_some_and(|url| url.starts_with("http:"));
            over_grpc(settings, plain)
        }
        _ => over_http(settings),
    }
}

impl Settings {
    fn read(environment: &mut Environment) -> Result<Self, Error> {
        let limit = environment.milliseconds("OTEL_BSP_EXPORT_TIMEOUT", Duration::from_secs(30));
        let timeout = environment.otlp_milliseconds("TIMEOUT").unwrap_or(Duration::from_secs(10));
        let compression = environment.otlp_as("COMPRESSION", "gzip or none", |text| match text {
            "gzip" => Some(Some(Compression::Gzip)),
            "none" => Some(None),
            _ => None,
        });
        let certificate = file(environment, "CLIENT_CERTIFICATE")?;
        let key = file(environment, "CLIENT_KEY")?;
        if certificate.is_some() != key.is_some() {
            return Err(Error::HalfIdentity);
        }
        Ok(Self {
            // The batch processor leaves it to the exporter to come to an end.
            timeout: cmp::min(timeout, limit),
            compression: compression.flatten(),
            trusted: file(environment, "CERTIFICATE")?,
            identity: certificate.zip(key),
        })
    }
}

fn over_grpc(settings: Settings, plain: bool) -> Result<SpanExporter, Error> {
    let mut exporter = SpanExporter::builder()
        .with_tonic()
        .with_protocol(Protocol::Grpc)
        .with_timeout(settings.timeout);
    if let Some(compression) = settings.compression {
        exporter = exporter.with_compression(compression);
    }
    if !plain {
        let mut tls = match settings.trusted {
            Some(trusted) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted)),
            None => ClientTlsConfig::new().with_enabled_roots(),
        };
        if let Some((certificate, key)) = settings.identity {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        exporter = exporter.with_tls_config(tls);
    }
    Ok(exporter.build()?)
}

/// Builds the exporter over HTTP. Its client blocks, as the thread that exports is its own.
fn over_http(settings: Settings) -> Result<SpanExporter, Error> {
    let mut client = reqwest::blocking::Client::builder().timeout(settings.timeout);
    if let Some(trusted) = settings.trusted {
        client = client.tls_certs_only(reqwest::Certificate::from_pem_bundle(&trusted)?);
    }
    if let Some((mut certificate, key)) = settings.identity {
        certificate.extend(key);
        client = client.identity(reqwest::Identity::from_pem(&certificate)?);
    }
    // A blocking client cannot be built on a thread of the runtime.
    let client =
        thread::spawn(|| client.build()).join().expect("building an HTTP client does not panic")?;
    let mut exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(settings.timeout)
        .with_http_client(client);
    if let Some(compression) = settings.compression {
        exporter = exporter.with_compression(compression);
    }
    Ok(exporter.build()?)
}

fn file(environment: &Environment, setting: &'static str) -> Result<Option<Pem>, Error> {
    let Some(path) = environment.otlp(setting) else {
        return Ok(None);
    };
    fs::read(path).map(Some).map_err(|source| Error::Certificate {
        setting,
        path: path.to_owned(),
        source,
    })
}
