//! Plain pages for a phone: a rider's account, a counter, a desk. They work without JavaScript.
//!
//! Whoever is in has a session, in the demo too: there one chooses whose. Every form carries its session's token.

mod assets;
mod audit;
mod chart;
mod counter;
mod desk;
mod door;
mod fields;
mod format;
mod guard;
mod install;
mod lists;
mod names;
mod nav;
mod page;
mod photos;
mod public;
mod reading;
mod rider;
mod scanning;
mod settled;
mod square;
mod styleguide;
#[cfg(test)]
mod tests;
mod visitor;
mod words;
mod wrong;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use jiff::tz::TimeZone;
use ledger::clock::Timestamp;
use ledger::community::Program;
use ledger::ids::ProgramId;
use ledger::{Ledger, StoreError};

use crate::demo::DemoPerson;
use crate::state::App;

/// The pages of all programmes.
#[derive(Debug)]
pub struct Site {
    app: App,
    /// The demo's programme, and who it can be entered as.
    demo: Option<(ProgramId, Vec<DemoPerson>)>,
    known: RwLock<HashMap<String, Arc<Web>>>,
}

/// The pages of one programme.
#[derive(Debug)]
pub struct Web {
    app: App,
    /// The points.
    ledger: Arc<Ledger>,
    /// Who the demo can be entered as.
    people: Vec<DemoPerson>,
    /// The programme.
    program: Program,
}

impl Site {
    /// Of this server.
    pub fn new(app: App, demo: Option<(ProgramId, Vec<DemoPerson>)>) -> Self {
        Self {
            app,
            demo,
            known: RwLock::default(),
        }
    }

    /// The programme of this code. Programmes never change, and new ones are looked for when they are asked for.
    async fn web(&self, code: &str) -> Result<Option<Arc<Web>>, StoreError> {
        if let Some(web) = self.remembered(code) {
            return Ok(Some(web));
        }
        let programs = self.app.ledger.programs().await?;
        let found = programs.into_iter().find(|program| program.code == code);
        Ok(found.map(|program| self.remember(program)))
    }

    fn remembered(&self, code: &str) -> Option<Arc<Web>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(code).cloned()
    }

    fn remember(&self, program: Program) -> Arc<Web> {
        let demo = self.demo.iter().filter(|(id, _)| *id == program.id);
        let web = Arc::new(Web {
            app: self.app.clone(),
            ledger: Arc::clone(&self.app.ledger),
            people: demo.flat_map(|(_, people)| people.clone()).collect(),
            program,
        });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(web.program.code.clone(), Arc::clone(&web));
        web
    }
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

/// What somebody reads where there is no page.
pub fn missing(headers: &HeaderMap, uri: &Uri) -> Response {
    reading::said_to(headers, uri, || page::Trouble::Missing.into_response())
}

/// What somebody reads who opens the answer to a form by itself, as when they choose another language there.
pub fn sent_only(headers: &HeaderMap, uri: &Uri) -> Response {
    reading::said_to(headers, uri, || page::Trouble::SentOnly.into_response())
}

/// Every page. `/` is the door, the rest lies under a programme's code, `/assets` holds the style sheet and script.
pub fn router(site: Arc<Site>) -> Router {
    outside(&site)
        .merge(inside(&site))
        .merge(sending())
        .route("/assets/{file}", get(assets::serve))
        .route("/{program}/manifest.webmanifest", get(install::manifest))
        .route("/{program}/sw.js", get(install::worker))
        .route("/{program}/offline", get(install::offline))
        .route("/{program}/queued", get(install::queued))
        .route("/reading", post(reading::choose))
        .route("/styleguide", get(styleguide::page))
        .layer(middleware::from_fn(guard::guard))
        .layer(middleware::from_fn(reading::follow))
        .with_state(site)
}

/// For who has not logged in: forms are bound to the visit.
fn outside(site: &Arc<Site>) -> Router<Arc<Site>> {
    let bound = middleware::from_fn_with_state(Arc::clone(site), guard::of_visit);
    let at_door = middleware::from_fn_with_state(Arc::clone(site), guard::at_door);
    Router::new()
        .merge(door::outside())
        .merge(rider::outside())
        .merge(public::outside())
        .route_layer(bound)
        .route_layer(at_door)
}

/// Forms with photos, for who has logged in: too large for the guard, so each page looks for the session's token itself.
fn sending() -> Router<Arc<Site>> {
    Router::new()
        .merge(rider::sending())
        .merge(desk::sending())
        .route("/{program}/scan", post(scanning::scan))
        .layer(DefaultBodyLimit::max(photos::LARGEST_FORM))
}

/// For who has: forms are bound to the session.
fn inside(site: &Arc<Site>) -> Router<Arc<Site>> {
    let bound = middleware::from_fn_with_state(Arc::clone(site), guard::of_session);
    Router::new()
        .merge(door::inside())
        .merge(rider::inside())
        .merge(counter::inside())
        .merge(desk::inside())
        .merge(public::inside())
        .merge(audit::inside())
        .route_layer(bound)
}
