//! The flags of `jifen serve` that are about the network.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use ledger::buckets::Quota;

use super::{Bounds, Certificate, ForwardedBy, Proxies, Quotas, TlsError};

/// Over which window requests are counted.
const MINUTE: u32 = 60;

#[derive(clap::Args)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// The certificate to serve with, and those between it and a root: PEM. Read again on SIGHUP and when it changes. Without, it serves plain HTTP,
    /// for loopback or behind a proxy
    #[arg(
        long,
        env = "JIFEN_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,
    /// Its private key: PEM
    #[arg(
        long,
        env = "JIFEN_TLS_KEY",
        value_name = "FILE",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,
    /// A proxy's network that is believed when it says for whom it asks, such as 10.0.0.0/8; several times or with commas
    #[arg(long, env = "JIFEN_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    /// How it says so; the other header is not looked at, because the proxy would pass on what callers write there
    #[arg(
        long,
        env = "JIFEN_FORWARDED_BY",
        default_value = "x-forwarded-for",
        value_enum
    )]
    forwarded_by: ForwardedBy,
    /// How many connections may be open; more wait to be taken
    #[arg(
        long,
        env = "JIFEN_CONNECTIONS",
        default_value_t = 8_192,
        value_name = "N"
    )]
    connections: usize,
    /// How long a connection may take to shake hands or to send a request's head, in seconds; also how long it may rest
    #[arg(
        long,
        env = "JIFEN_HEAD_TIMEOUT",
        default_value_t = 30,
        value_name = "SECONDS"
    )]
    head_timeout: u64,
    /// Requests a minute with one API key; 0 is no limit. These limits are each server process's own
    #[arg(
        long,
        env = "JIFEN_LIMIT_KEY",
        default_value_t = 600_000,
        value_name = "N"
    )]
    limit_key: u32,
    /// Requests a minute in one session
    #[arg(
        long,
        env = "JIFEN_LIMIT_SESSION",
        default_value_t = 600,
        value_name = "N"
    )]
    limit_session: u32,
    /// Requests a minute without key or session from one address
    #[arg(
        long,
        env = "JIFEN_LIMIT_ADDRESS",
        default_value_t = 3_000,
        value_name = "N"
    )]
    limit_address: u32,
    /// Wrong keys a minute from one address
    #[arg(
        long,
        env = "JIFEN_LIMIT_FAILURES",
        default_value_t = 60,
        value_name = "N"
    )]
    limit_failures: u32,
    /// How often a minute somebody at one address may ask for, or try, something to log in with from outside; 0 is no limit
    #[arg(long, env = "JIFEN_LOGIN_RATE", default_value_t = 30, value_name = "N")]
    login_rate: u32,
    /// From which addresses changes were made is kept for so many days
    #[arg(long, env = "JIFEN_KEEP_ADDRESSES", default_value_t = 180, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep_addresses: u32,
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse().map(|ip: std::net::IpAddr| IpNet::from(ip));
    text.parse()
        .or_else(|_| one())
        .map_err(|_| "expected a network such as 10.0.0.0/8 or fd00::/8, or an address".to_owned())
}

impl Network {
    pub fn proxies(&self) -> Proxies {
        Proxies {
            trusted: self.trusted_proxy.clone(),
            by: self.forwarded_by,
        }
    }

    pub fn quotas(&self) -> Quotas {
        let all = [
            self.limit_key,
            self.limit_session,
            self.limit_address,
            self.limit_failures,
            self.login_rate,
        ];
        Quotas::new(all.map(|most| {
            (most > 0).then_some(Quota {
                most,
                seconds: MINUTE,
            })
        }))
    }

    pub fn bounds(&self) -> Bounds {
        Bounds {
            connections: self.connections.max(1),
            head: Duration::from_secs(self.head_timeout.max(1)),
        }
    }

    /// How long addresses are kept, in seconds.
    pub fn keep_addresses(&self) -> i64 {
        i64::from(self.keep_addresses) * 24 * 3_600
    }

    /// The certificate to serve with, read, if there is to be one.
    ///
    /// # Errors
    /// One of the files cannot be used.
    pub fn certificate(&self) -> Result<Option<Certificate>, TlsError> {
        let (Some(chain), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        Certificate::read(chain, key).map(Some)
    }
}
