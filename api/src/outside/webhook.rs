//! Telling events over HTTP (webhooks), to addresses that others name: only where anybody may ask, and nowhere that they send us on to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use ipnet::IpNet;
use ledger::clock::Timestamp;
use ledger::community::webhook::{Endpoint, signature};
use ledger::ids::ProgramId;
use ledger::views::Delivery;
use ledger::{Ledger, PersonalError};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

use super::{asking, built};

/// How long an answer may take, and a connection.
const PATIENCE: Duration = Duration::from_secs(15);
const TO_CONNECT: Duration = Duration::from_secs(5);
/// The longest address.
const LONGEST: usize = 2_000;

/// What is nobody's on the public network: the special-purpose registries of IANA (RFC 6890), for version 4 …
const NOT_PUBLIC: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
/// … and within what version 6 gives out at all, which is 2000::/3.
const NOT_PUBLIC_6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/// Which addresses may be asked.
#[derive(Clone, Debug)]
struct Guard {
    /// These as well, whatever they are.
    also: Arc<[IpNet]>,
    refused: Arc<[IpNet]>,
    public_6: IpNet,
}

/// See the module.
#[derive(Debug)]
pub struct Webhooks {
    client: reqwest::Client,
    guard: Guard,
}

/// Why nobody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// The address is none that may be asked.
    Address,
    /// Nobody was there.
    Unreachable,
    /// No answer came in time.
    Timeout,
    /// Something else went wrong on the way.
    Broken,
}

/// What came of telling somebody: the status of their answer, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply(pub Result<StatusCode, Untold>);

impl Reply {
    /// Whether they took it.
    pub fn is_taken(self) -> bool {
        self.0.is_ok_and(|status| status.is_success())
    }

    /// Whether they say that they will never take anything again.
    pub fn is_gone(self) -> bool {
        self.0 == Ok(StatusCode::GONE)
    }

    /// In a word, as it is kept with the delivery.
    pub fn word(self) -> String {
        let word = match self.0 {
            Ok(status) => return status.as_u16().to_string(),
            Err(Untold::Address) => "address_not_allowed",
            Err(Untold::Unreachable) => "unreachable",
            Err(Untold::Timeout) => "timeout",
            Err(Untold::Broken) => "broken",
        };
        word.to_owned()
    }
}

impl Webhooks {
    /// With networks that may be asked although they are not public.
    pub fn open(also: &[IpNet]) -> Result<Self, String> {
        let guard = Guard::new(also);
        let client = asking(PATIENCE)
            .no_proxy()
            .connect_timeout(TO_CONNECT)
            .dns_resolver(Arc::new(guard.clone()));
        let client = built(client)?;
        Ok(Self { client, guard })
    }

    /// Whether an address may be told anything, as far as that can be said without looking its name up.
    ///
    /// # Errors
    /// What would do.
    pub fn check(&self, address: &str) -> Result<Url, &'static str> {
        if address.len() > LONGEST {
            return Err("has at most 2,000 characters");
        }
        let url =
            Url::parse(address).map_err(|_| "is an address such as https://example.cn/jifen")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds no password: what we send is signed");
        }
        if url.fragment().is_some() {
            return Err("has no part after #");
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => None,
            None => return Err("is an address such as https://example.cn/jifen"),
        };
        if literal.is_some_and(|ip| !self.guard.allows(ip)) {
            return Err("is of a network that is not public");
        }
        let own = literal.is_some_and(|ip| self.guard.is_own(ip));
        match url.scheme() {
            "https" => Ok(url),
            "http" if own => Ok(url),
            _ => Err("begins with https://"),
        }
    }

    /// Posts a body. Only the status of the answer is read: nothing else of it matters.
    pub async fn tell(&self, address: &str, headers: HeaderMap, body: Vec<u8>) -> Reply {
        let Ok(url) = self.check(address) else {
            return Reply(Err(Untold::Address));
        };
        let sent = self.client.post(url).headers(headers).body(body).send();
        Reply(match sent.await {
            Ok(answer) => Ok(answer.status()),
            Err(error) if error.is_timeout() => Err(Untold::Timeout),
            Err(error) if is_refused(&error) => Err(Untold::Address),
            Err(error) if error.is_connect() => Err(Untold::Unreachable),
            Err(_) => Err(Untold::Broken),
        })
    }
}

/// An event as it is told: the headers that Standard Webhooks asks for, and the body that they sign. Its id is the event's, however often it is
/// told.
///
/// # Errors
/// There is no keyring.
pub fn message(
    ledger: &Ledger,
    program: ProgramId,
    endpoint: &Endpoint,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<(HeaderMap, Vec<u8>), PersonalError> {
    let mut secrets = Vec::new();
    for number in endpoint.secret.signing(now) {
        secrets.push(ledger.webhook_secret(program, endpoint.id, number)?);
    }
    let body = serde_json::json!({
        "type": delivery.kind,
        "timestamp": delivery.recorded_at,
        "data": {
            "event": delivery.event,
            "subject": delivery.subject,
            "reason": delivery.reason,
            "outcome": delivery.receipt.outcome.told(),
        },
    });
    let body = body.to_string().into_bytes();
    let id = format!("evt_{}", delivery.event.0.simple());
    let seconds = now.as_micros().div_euclid(1_000_000);
    let signing = secrets.iter().map(|secret| secret.as_slice());
    let signed = signature(signing, &id, seconds, &body);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signed),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok((headers, body))
}

/// Whether a name led to no address that may be asked.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
            return true;
        }
        cause = error.source();
    }
    false
}

impl Guard {
    fn new(also: &[IpNet]) -> Self {
        let nets = |nets: &[&str]| -> Vec<IpNet> {
            nets.iter().filter_map(|net| net.parse().ok()).collect()
        };
        let refused = [nets(&NOT_PUBLIC), nets(&NOT_PUBLIC_6)].concat();
        Self {
            also: also.into(),
            refused: refused.into(),
            public_6: IpNet::from(ipnet::Ipv6Net::new_assert(
                std::net::Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0),
                3,
            )),
        }
    }

    fn is_own(&self, ip: IpAddr) -> bool {
        self.also.iter().any(|net| net.contains(&ip.to_canonical()))
    }

    fn allows(&self, ip: IpAddr) -> bool {
        // An address of version 4 written as one of version 6 is the same one.
        let ip = ip.to_canonical();
        let public = !self.refused.iter().any(|net| net.contains(&ip))
            && (ip.is_ipv4() || self.public_6.contains(&ip));
        public || self.is_own(ip)
    }
}

impl Resolve for Guard {
    /// The addresses of a name that may be asked: the connection goes to one of these and no other.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| guard.allows(address.ip())).collect();
            if allowed.is_empty() {
                let why = "the name leads to no public address";
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhooks(also: &[&str]) -> Webhooks {
        let also: Vec<IpNet> = also.iter().map(|net| net.parse().expect("a net")).collect();
        Webhooks::open(&also).expect("a client")
    }

    #[test]
    fn every_net_is_one() {
        let guard = Guard::new(&[]);
        assert_eq!(guard.refused.len(), NOT_PUBLIC.len() + NOT_PUBLIC_6.len());
    }

    #[test]
    fn only_public_addresses_over_tls_are_told() {
        let webhooks = webhooks(&[]);
        for good in [
            "https://shop.example.cn/hooks?a=b",
            "https://8.8.8.8/",
            "https://[2400:3200::1]:8443/x",
        ] {
            assert!(webhooks.check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://shop.example.cn/",
            "ftp://shop.example.cn/",
            "https://user:pass@shop.example.cn/",
            "https://shop.example.cn/#x",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://10.1.2.3/",
            "https://100.64.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://192.168.1.1/",
            "https://0.0.0.0/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[ff02::1]/",
            "file:///etc/passwd",
            "shop.example.cn",
            "",
        ] {
            assert!(webhooks.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_that_is_named_is_told_too() {
        let webhooks = webhooks(&["127.0.0.0/8"]);
        assert!(webhooks.check("http://127.0.0.1:9/").is_ok());
        assert!(webhooks.check("http://[::ffff:127.0.0.1]:9/").is_ok());
        assert!(webhooks.check("http://10.0.0.1/").is_err());
        assert!(
            webhooks.check("http://localhost/").is_err(),
            "a name needs TLS"
        );
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_asked() {
        let webhooks = webhooks(&[]);
        let told = webhooks.tell("https://localhost:9/", HeaderMap::new(), Vec::new());
        assert_eq!(told.await, Reply(Err(Untold::Address)));
    }
}
