//! TLS 1.2 and 1.3 by rustls, with a certificate that is read again when it changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {file}: {why}")]
    Unreadable { file: String, why: String },
    #[error("{file} holds no certificate: it has to begin with -----BEGIN CERTIFICATE-----")]
    NoCertificate { file: String },
    #[error("{key} is not the private key of the certificate in {chain}: {why}")]
    Mismatch {
        key: String,
        chain: String,
        why: String,
    },
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// The files of a certificate, and what they held when they were last read.
#[derive(Debug)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    read: RwLock<Arc<CertifiedKey>>,
}

/// What connections are encrypted with.
pub type Tls = Arc<ServerConfig>;

impl Certificate {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// One of the files cannot be used.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, TlsError> {
        Ok(Self {
            chain: chain.to_owned(),
            key: key.to_owned(),
            read: RwLock::new(Arc::new(certified(chain, key)?)),
        })
    }

    /// Reads it again. What was read before stays in use when that fails.
    ///
    /// # Errors
    /// One of the files cannot be used.
    pub fn read_again(&self) -> Result<(), TlsError> {
        let read = Arc::new(certified(&self.chain, &self.key)?);
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// When the files were last changed.
    fn changed(&self) -> [Option<SystemTime>; 2] {
        let changed = |path| {
            std::fs::metadata(path)
                .and_then(|file| file.modified())
                .ok()
        };
        [changed(&self.chain), changed(&self.key)]
    }

    /// The settings to serve with; they always give the certificate that was read last.
    ///
    /// # Errors
    /// Never with the algorithms this is built with.
    pub fn tls(self: &Arc<Self>) -> Result<Tls, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?;
        let current = Arc::new(Current(Arc::clone(self)));
        let mut config = config.with_no_client_auth().with_cert_resolver(current);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Gives the certificate that was read last.
#[derive(Debug)]
struct Current(Arc<Certificate>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let read = self.0.read.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&read))
    }
}

fn certified(chain: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let unreadable = |file: &Path, why: rustls::pki_types::pem::Error| TlsError::Unreadable {
        file: file.display().to_string(),
        why: match why {
            rustls::pki_types::pem::Error::Io(error) => error.to_string(),
            rustls::pki_types::pem::Error::NoItemsFound => {
                "it holds no private key: expected -----BEGIN PRIVATE KEY-----".to_owned()
            }
            other => other.to_string(),
        },
    };
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(chain, error))?;
    if certificates.is_empty() {
        let file = chain.display().to_string();
        return Err(TlsError::NoCertificate { file });
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let provider = ring::default_provider();
    CertifiedKey::from_der(certificates, secret, &provider).map_err(|error| TlsError::Mismatch {
        key: key.display().to_string(),
        chain: chain.display().to_string(),
        why: error.to_string(),
    })
}

/// Reads the certificate again on SIGHUP and when its files have changed, until it is aborted.
///
/// # Errors
/// The system takes no handler for the signal.
pub fn keep_fresh(certificate: Arc<Certificate>) -> std::io::Result<JoinHandle<()>> {
    let mut asked = signal(SignalKind::hangup())?;
    let mut known = certificate.changed();
    Ok(tokio::spawn(async move {
        loop {
            let was_asked = tokio::select! {
                _ = asked.recv() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let changed = certificate.changed();
            if !was_asked && changed == known {
                continue;
            }
            match certificate.read_again() {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => tracing::error!(%error, "the certificate read before stays in use"),
            }
            known = changed;
        }
    }))
}
