//! What stands between the network and the routes: connections, TLS, from whom a request comes, how many they may send, and what every
//! answer tells browsers to leave alone.

mod args;
mod client;
mod headers;
mod listen;
mod quotas;
mod tls;

pub use args::Network;
pub use client::{ClientAddress, ForwardedBy, Proxies};
pub use headers::harden;
pub use listen::{Bounds, serve};
pub use quotas::{Counting, Quotas, TooMany, Who};
pub use tls::{Certificate, Tls, TlsError, keep_fresh};
