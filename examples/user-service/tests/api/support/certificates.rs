//! Certificates that are made when a test runs: one authority, a server and a client.

use std::{fs, path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use tokio_rustls::TlsAcceptor;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use super::install_provider;

type Authority = CertifiedIssuer<'static, KeyPair>;

/// An authority, and what it has certified.
pub struct Certificates {
    authority: Authority,
    server: Certified,
    client: Certified,
    folder: PathBuf,
}

struct Certified {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Certificates {
    /// Makes an authority, and certificates for a server on this machine and for a client.
    ///
    /// `test` names the folder of their files.
    pub fn new(test: &str) -> Self {
        install_provider();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = Authority::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let server = Certified::by(&authority, "127.0.0.1");
        let client = Certified::by(&authority, "client");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        fs::create_dir_all(&folder).unwrap();
        Self { authority, server, client, folder }
    }

    /// Writes the authority's certificate to a file, and returns its path.
    pub fn authority(&self) -> String {
        self.write("authority.pem", &self.authority.pem())
    }

    /// Writes the client's certificate to a file, and returns its path.
    pub fn client(&self) -> String {
        self.write("client.pem", &self.client.certificate.pem())
    }

    /// Writes the client's key to a file, and returns its path.
    pub fn client_key(&self) -> String {
        self.write("client.key", &self.client.key.serialize_pem())
    }

    /// Returns what a server needs that asks its clients for a certificate.
    pub(super) fn of_server(&self) -> TlsAcceptor {
        let mut trusted = RootCertStore::empty();
        trusted.add(self.authority.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder(trusted.into()).build().unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.server.key.serialize_pem().as_bytes());
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![self.server.certificate.der().clone()], key.unwrap());
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }

    /// Returns the same for a server of gRPC.
    pub(super) fn of_grpc_server(&self) -> ServerTlsConfig {
        let Certified { certificate, key } = &self.server;
        ServerTlsConfig::new()
            .identity(Identity::from_pem(certificate.pem(), key.serialize_pem()))
            .client_ca_root(Certificate::from_pem(self.authority.pem()))
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Certified {
    fn by(authority: &Authority, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        Self { certificate: params.signed_by(&key, authority).unwrap(), key }
    }
}
