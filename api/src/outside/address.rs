//! Who asks, as far as the network tells.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::edge::ClientAddress;
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
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        Self::of(ip)
    }
}

impl FromRequestParts<App> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let client = ClientAddress::of(parts);
        let client = client.ok_or_else(|| Problem::internal("nobody says who asks"))?;
        Ok(Self::of(client.ip))
    }
}

#[cfg(test)]
pub fn of_text(text: &str) -> Address {
    Address::of(text.parse().expect("an address"))
}

#[cfg(test)]
mod tests {
    use super::of_text as of;

    #[test]
    fn a_network_of_version_6_is_one_address() {
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
        assert_eq!(of("::ffff:10.0.0.7"), of("10.0.0.7"));
    }
}
