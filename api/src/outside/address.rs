//! Who asks, as far as the network tells.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use axum::http::request::Parts;

use crate::problem::Problem;
use crate::state::App;

/// An address, of IPv6 only the network: whoever has one has all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            ip => ip,
        })
    }

    /// What the proxy says, else the peer. Of several addresses the last is the one that the proxy itself saw.
    fn behind(header: Option<&HeaderName>, headers: &HeaderMap, peer: IpAddr) -> Self {
        let said = header.and_then(|name| headers.get_all(name).iter().next_back());
        let said = said.and_then(|value| value.to_str().ok());
        let last = said.and_then(|text| text.rsplit(',').next());
        let ip = last.and_then(|text| text.trim().parse().ok());
        Self::of(ip.unwrap_or(peer))
    }
}

impl FromRequestParts<App> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.ok_or_else(|| Problem::internal("nobody says who asks"))?;
        let header = app.outside.address_header.as_ref();
        Ok(Self::behind(header, &parts.headers, peer.0.ip()))
    }
}

#[cfg(test)]
pub fn of_text(text: &str) -> Address {
    Address::of(text.parse().expect("an address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_believed_only_where_there_is_one() {
        let name = HeaderName::from_static("x-forwarded-for");
        let mut headers = HeaderMap::new();
        let said = "6.6.6.6, 10.0.0.7".parse().expect("a value");
        headers.append(&name, said);
        let peer: IpAddr = "127.0.0.1".parse().expect("an address");
        let of = of_text;
        assert_eq!(Address::behind(None, &headers, peer), of("127.0.0.1"));
        assert_eq!(Address::behind(Some(&name), &headers, peer), of("10.0.0.7"));
        let nothing = HeaderMap::new();
        assert_eq!(
            Address::behind(Some(&name), &nothing, peer),
            of("127.0.0.1")
        );
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
        assert_eq!(of("::ffff:10.0.0.7"), of("10.0.0.7"));
    }
}
