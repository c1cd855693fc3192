//! From whom a request comes, when proxies may stand in between.
//!
//! What a header says of the client is believed only of a proxy that was named as trusted, and only that header which the proxy is known to
//! write: whoever can reach the server directly, or get a header of the other kind through the proxy, can write what they like.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The most hops that are looked at, from the nearest.
const HOPS: usize = 32;

/// The header by which proxies say for whom they ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`, and `X-Forwarded-Proto` for whether they were asked over TLS
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

/// Headers by which some proxy says that somebody else asked, believed or not.
const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Which proxies are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Their networks.
    pub trusted: Vec<IpNet>,
    /// What they write.
    pub by: ForwardedBy,
}

/// From whom a request comes: the nearest address that is no trusted proxy's. In the extensions of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// Their address; one of version 4 is never written as version 6.
    pub ip: IpAddr,
    /// Whether they came over TLS, to us or to the proxy.
    pub secure: bool,
}

/// The connection a request came by, beside its peer's address.
#[derive(Clone, Copy, Debug)]
pub struct OverTls(pub bool);

impl ClientAddress {
    /// What was found out when the request came in; `None` for a request that came by no connection.
    pub fn of(parts: &Parts) -> Option<Self> {
        parts.extensions.get::<Self>().copied()
    }

    /// Whether they are on this machine, and no proxy speaks for them: one here that nobody named would make everybody local.
    pub fn is_local(&self, headers: &HeaderMap) -> bool {
        let proxied = PROXIED.iter().any(|name| headers.contains_key(*name));
        self.ip.is_loopback() && !proxied
    }
}

impl Proxies {
    /// Finds out from whom a request comes; `None` when it came by no connection.
    pub fn client_of(&self, request: &Request) -> Option<ClientAddress> {
        let of = |extensions: &Extensions| extensions.get::<ConnectInfo<SocketAddr>>().copied();
        let ConnectInfo(peer) = of(request.extensions())?;
        let over_tls = request.extensions().get::<OverTls>();
        let secure = over_tls.is_some_and(|OverTls(over_tls)| *over_tls);
        Some(self.client(peer.ip().to_canonical(), secure, request.headers()))
    }

    fn client(&self, peer: IpAddr, secure: bool, headers: &HeaderMap) -> ClientAddress {
        if !self.trusts(peer) {
            return ClientAddress { ip: peer, secure };
        }
        let hops = match self.by {
            ForwardedBy::XForwardedFor => x_forwarded(headers),
            ForwardedBy::Forwarded => forwarded(headers),
        };
        let mut client = ClientAddress { ip: peer, secure };
        for hop in hops {
            client.secure = hop.secure.unwrap_or(client.secure);
            // A name in place of an address hides the client; the proxy that wrote it is as near as can be told.
            let Some(ip) = hop.ip else { break };
            client.ip = ip;
            if !self.trusts(ip) {
                break;
            }
        }
        client
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&ip))
    }
}

/// For whom a proxy asks.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hop {
    ip: Option<IpAddr>,
    secure: Option<bool>,
}

/// Each text of a header that may come several times, last first. What cannot be read is empty, and hides what is before it.
fn lines<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    let texts = lines.into_iter().rev();
    texts.map(|line| line.to_str().unwrap_or_default())
}

/// The hops of X-Forwarded-For, nearest first. Only the nearest proxy's word on the protocol is taken.
fn x_forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let protocol = lines(headers, "x-forwarded-proto").next();
    let protocol = protocol.and_then(|line| line.rsplit(',').next());
    let secure = protocol.map(|protocol| protocol.trim().eq_ignore_ascii_case("https"));
    let names = lines(headers, "x-forwarded-for").flat_map(|line| line.rsplit(','));
    let hops = names.take(HOPS).map(|name| Hop {
        ip: address(name.trim()),
        secure: None,
    });
    let mut hops: Vec<Hop> = hops.collect();
    match hops.first_mut() {
        Some(nearest) => nearest.secure = secure,
        None => hops.push(Hop { ip: None, secure }),
    }
    hops
}

/// The elements of Forwarded, nearest first.
fn forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let elements = lines(headers, "forwarded").flat_map(|line| {
        let mut elements = split(line, ',');
        elements.reverse();
        elements
    });
    elements.take(HOPS).map(element).collect()
}

fn element(text: &str) -> Hop {
    let mut hop = Hop::default();
    for pair in split(text, ';') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.ip = address(value),
            "proto" => hop.secure = Some(value.eq_ignore_ascii_case("https")),
            _ => {}
        }
    }
    hop
}

/// Parts between marks that stand outside quotes.
fn split(text: &str, mark: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == mark && !quoted
    })
    .collect()
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let ip = bare.unwrap_or(text).parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|at| at.ip());
    ip.or_else(with_port).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    fn client(by: ForwardedBy, peer: &str, pairs: &[(&'static str, &'static str)]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8", "127.0.0.1/32"];
        let proxies = Proxies {
            trusted: trusted.map(|net| net.parse().expect("a network")).to_vec(),
            by,
        };
        let peer: IpAddr = peer.parse().expect("an address");
        let found = proxies.client(peer.to_canonical(), false, &headers(pairs));
        format!("{}{}", found.ip, if found.secure { " tls" } else { "" })
    }

    #[test]
    fn x_forwarded_for_is_read_from_the_right_past_trusted_hops() {
        let of = |peer, pairs: &[(&'static str, &'static str)]| {
            client(ForwardedBy::XForwardedFor, peer, pairs)
        };
        let xff = "x-forwarded-for";
        for (peer, pairs, found) in [
            ("10.0.0.1", vec![(xff, "203.0.113.7")], "203.0.113.7"),
            // The proxy appended what it saw to what the client made up.
            (
                "10.0.0.1",
                vec![(xff, "1.2.3.4, 203.0.113.7")],
                "203.0.113.7",
            ),
            (
                "10.0.0.1",
                vec![(xff, "1.2.3.4"), (xff, "203.0.113.7, 10.0.0.9")],
                "203.0.113.7",
            ),
            // From outside the trusted networks nothing is believed.
            (
                "198.51.100.2",
                vec![(xff, "203.0.113.7"), ("x-forwarded-proto", "https")],
                "198.51.100.2",
            ),
            // Neither is the header that this proxy is not known to write.
            ("10.0.0.1", vec![("forwarded", "for=1.2.3.4")], "10.0.0.1"),
            // What is no address ends the search at the last proxy known.
            (
                "10.0.0.1",
                vec![(xff, "203.0.113.7, unknown, 10.0.0.9")],
                "10.0.0.9",
            ),
            ("10.0.0.1", vec![(xff, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ("10.0.0.1", vec![(xff, "[2001:db8::1]:443")], "2001:db8::1"),
            (
                "::ffff:10.0.0.1",
                vec![(xff, "::ffff:203.0.113.7")],
                "203.0.113.7",
            ),
            (
                "fd00::1",
                vec![(xff, "2001:db8::1"), ("x-forwarded-proto", "https")],
                "2001:db8::1 tls",
            ),
            (
                "10.0.0.1",
                vec![("x-forwarded-proto", "http, https")],
                "10.0.0.1 tls",
            ),
        ] {
            assert_eq!(of(peer, &pairs), found, "{pairs:?}");
        }
    }

    #[test]
    fn who_a_proxy_speaks_for_is_not_local() {
        let proxies = Proxies::default();
        let local = |peer: &str, pairs: &[(&'static str, &'static str)]| {
            let peer: IpAddr = peer.parse().expect("an address");
            let headers = headers(pairs);
            let client = proxies.client(peer.to_canonical(), false, &headers);
            client.is_local(&headers)
        };
        assert!(local("127.0.0.1", &[]) && local("::1", &[]));
        assert!(local("::ffff:127.0.0.1", &[]));
        assert!(!local("10.0.0.7", &[]));
        assert!(!local("127.0.0.1", &[("x-forwarded-for", "10.0.0.7")]));
        assert!(!local("127.0.0.1", &[("via", "1.1 proxy")]));
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_has_it() {
        let of = |value| client(ForwardedBy::Forwarded, "127.0.0.1", &[("forwarded", value)]);
        for (value, found) in [
            ("for=203.0.113.7", "203.0.113.7"),
            (
                "For=\"[2001:db8::1]:4711\";Proto=https;by=10.0.0.1",
                "2001:db8::1 tls",
            ),
            (
                "for=1.2.3.4, for=203.0.113.7;proto=http, for=10.0.0.9",
                "203.0.113.7",
            ),
            (
                "for=\"1.2.3.4, for=9.9.9.9\", for=203.0.113.7",
                "203.0.113.7",
            ),
            ("for=203.0.113.7, for=_hidden", "127.0.0.1"),
            ("for=unknown;proto=https", "127.0.0.1 tls"),
            ("nonsense", "127.0.0.1"),
        ] {
            assert_eq!(of(value), found, "{value}");
        }
        let spoofed = [("forwarded", "for=203.0.113.7;proto=https")];
        assert_eq!(
            client(ForwardedBy::Forwarded, "203.0.113.99", &spoofed),
            "203.0.113.99"
        );
    }
}
