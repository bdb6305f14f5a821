//! A server at the other end: reached, secured, and waited for no longer than each step may take.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How a connection is secured. There is no "if offered": whoever stands between could then take the offer away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Not at all: for a server on this machine.
    None,
    /// By STARTTLS (RFC 3207, RFC 2595), usually on port 587 or 25 for mail out, 143 for mail in. A server that does not
    /// offer it is not used.
    #[default]
    StartTls,
    /// From the first byte (RFC 8314), usually on port 465 for mail out, 993 for mail in.
    Implicit,
}

/// Why a server could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// A setting that cannot work.
    #[error("the {setting} of {server} cannot be used: {why}")]
    Setting {
        /// `host:port`.
        server: String,
        /// Which: `host`, `ca_file`.
        setting: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The host was not found or did not take the connection.
    #[error("cannot connect to {server}")]
    Connect {
        /// `host:port`.
        server: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A step took too long.
    #[error("{server} did not answer within {} s: {step}", .after.as_secs_f64())]
    Deadline {
        /// `host:port`.
        server: String,
        /// Which step.
        step: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// The handshake failed, as for a certificate of another name, an unknown authority, or one past its time.
    #[error("no secure connection with {server}")]
    Handshake {
        /// `host:port`.
        server: String,
        /// What the TLS library said.
        source: std::io::Error,
    },
}

/// A server, by its address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer<'a> {
    /// Its name, which its certificate must carry, or its address.
    pub(super) host: &'a str,
    /// Its port.
    pub(super) port: u16,
    /// Certificates (PEM) trusted beside those of the system.
    pub(super) extra_ca: Option<&'a [u8]>,
}

impl Peer<'_> {
    /// `host:port`.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Waits for a step no longer than it may take.
    pub(super) async fn within<F: Future>(
        &self,
        after: Duration,
        step: &'static str,
        future: F,
    ) -> Result<F::Output, PeerError> {
        let elapsed = |_| PeerError::Deadline { server: self.name(), step, after };
        tokio::time::timeout(after, future).await.map_err(elapsed)
    }

    /// Connects. Small writes go at once: waiting for acknowledgements made 22 mails a second of thousands (measured).
    pub(super) async fn dial(&self, after: Duration) -> Result<TcpStream, PeerError> {
        let failed = |source| PeerError::Connect { server: self.name(), source };
        let connecting = TcpStream::connect((self.host, self.port));
        let tcp = self.within(after, "connecting", connecting).await?.map_err(failed)?;
        tcp.set_nodelay(true).map_err(failed)?;
        Ok(tcp)
    }

    /// Secures a connection, and makes sure that it is this server's.
    pub(super) async fn handshake(&self, tcp: TcpStream, after: Duration) -> Result<TlsStream<TcpStream>, PeerError> {
        let unusable = |setting, why: String| PeerError::Setting { server: self.name(), setting, why };
        let host = ServerName::try_from(self.host.to_owned()).map_err(|error| unusable("host", error.to_string()))?;
        let roots = roots(self.extra_ca).map_err(|why| unusable("ca_file", why))?;
        // The provider is named here, so that a second one somewhere in the program cannot make the choice a panic.
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring serves the default protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connecting = TlsConnector::from(Arc::new(config)).connect(host, tcp);
        self.within(after, "TLS handshake", connecting)
            .await?
            .map_err(|source| PeerError::Handshake { server: self.name(), source })
    }
}

/// The system's authorities, and the user's. One of the system's that cannot be read is left out: it could only have
/// made a server trusted, and a server then not trusted is an error that is seen.
fn roots(extra_ca: Option<&[u8]>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = extra_ca {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| error.to_string())?;
        }
        if roots.len() == before {
            return Err("it holds no certificate".to_owned());
        }
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_that_holds_no_certificate_is_an_error() {
        assert_eq!(roots(Some(b"not a certificate")).err().as_deref(), Some("it holds no certificate"));
        assert!(roots(Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")).is_err());
        assert!(roots(None).is_ok());
    }
}
