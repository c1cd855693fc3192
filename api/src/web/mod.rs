//! Plain pages for a phone: a rider's account, a counter, a desk. They work without JavaScript.
//!
//! Who one is is a demo's choice, kept in a cookie that only names one of [`Web::people`]: these pages are to be served with the
//! demo, on loopback, until there are log-ins.

mod assets;
mod audit;
mod counter;
mod deed_form;
mod desk;
mod door;
mod format;
mod guard;
mod me;
mod page;
mod pay;
#[cfg(test)]
mod tests;
mod trail;
mod trail_words;
mod visitor;
mod why;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use ledger::Ledger;
use ledger::clock::Timestamp;
use ledger::community::Program;

use crate::demo::DemoPerson;

/// What the pages rest on.
#[derive(Debug)]
pub struct Web {
    /// The points.
    pub ledger: Arc<Ledger>,
    /// Who the demo can be entered as.
    pub people: Vec<DemoPerson>,
    /// The one programme these pages are about.
    pub program: Program,
}

impl Web {
    fn now(&self) -> Timestamp {
        self.ledger.clock().now()
    }

    /// The zone in which pages tell the time.
    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.program.zone).unwrap_or(TimeZone::UTC)
    }

    fn path(&self, rest: &str) -> String {
        format!("/{}/{rest}", self.program.code)
    }
}

/// Every page. `/` is the door, the rest lies under the programme's code, `/assets` holds the style sheet and script.
pub fn router(web: Arc<Web>) -> Router {
    Router::new()
        .route("/", get(door::show))
        .route("/enter", post(door::enter))
        .route("/leave", post(door::leave))
        .route("/{program}/me", get(me::show))
        .route("/{program}/me/code", post(pay::draw))
        .route("/{program}/me/awards/{id}", get(why::my_award))
        .route("/{program}/me/redemptions/{id}", get(why::my_redemption))
        .route(
            "/{program}/counter",
            get(counter::show).post(counter::charge),
        )
        .route("/{program}/counter/redemptions/{id}", post(counter::act))
        .route("/{program}/desk", get(desk::show))
        .route("/{program}/desk/deed", get(deed_form::show))
        .route("/{program}/desk/preview", post(deed_form::preview))
        .route("/{program}/desk/award", post(deed_form::award))
        .route("/{program}/desk/awards/{id}", post(desk::decide))
        .route("/{program}/awards/{id}", get(why::award))
        .route("/{program}/audit", get(audit::show))
        .route("/{program}/audit/changes", get(trail::show))
        .route("/assets/{file}", get(assets::serve))
        .layer(middleware::from_fn(guard::guard))
        .with_state(web)
}
