//! The cryptography of TLS connections.

/// Installs the provider of cryptography for all TLS clients of the process.
///
/// It does nothing where there is one already. A client that is built before fails.
pub fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
