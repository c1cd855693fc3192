//! Plain pages for a phone: a rider's account, a counter, a desk. They work without JavaScript.
//!
//! Whoever is in has a session, in the demo too: there one chooses whose. Every form carries its session's token.

mod account;
mod activities;
mod approving;
mod assets;
mod audit;
mod charging;
mod counter;
mod deed_form;
mod desk;
mod door;
mod exceptional;
mod format;
mod grids;
mod guard;
mod hazard_map;
mod hazards;
mod invitation;
mod join;
mod login;
mod me;
mod mine;
mod my_phone;
mod my_teams;
mod notice;
mod objecting;
mod order_words;
mod ordering;
mod orders;
mod organizing;
mod outside;
mod page;
mod patrol;
mod patrols;
mod pay;
mod paying_words;
mod person;
mod photos;
mod places;
mod pledges;
mod reports;
mod service;
mod station;
mod teams;
#[cfg(test)]
mod tests;
mod till;
mod trail;
mod trail_words;
mod triage;
mod visitor;
mod why;
mod wish;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::DefaultBodyLimit;
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

/// Every page. `/` is the door, the rest lies under a programme's code, `/assets` holds the style sheet and script.
pub fn router(site: Arc<Site>) -> Router {
    outside(&site)
        .merge(inside(&site))
        .merge(sending())
        .route("/assets/{file}", get(assets::serve))
        .layer(middleware::from_fn(guard::guard))
        .with_state(site)
}

/// For who has not logged in: forms are bound to the visit.
fn outside(site: &Arc<Site>) -> Router<Arc<Site>> {
    let bound = middleware::from_fn_with_state(Arc::clone(site), guard::of_visit);
    Router::new()
        .route("/", get(door::show))
        .route("/enter", post(door::enter))
        .route("/{program}/login", get(login::show).post(login::begin))
        .route("/{program}/login/code", get(login::ask).post(login::finish))
        .route(
            "/{program}/invitation",
            get(invitation::ask).post(invitation::accept),
        )
        .route("/{program}/invitation/offer", post(invitation::offer))
        .route(
            "/{program}/join/{code}",
            get(join::show_form).post(join::ask),
        )
        .route("/{program}/join/{code}/phone", post(join::prove))
        .route("/{program}/notice", get(notice::list))
        .route(
            "/{program}/notice/{id}/phone",
            get(objecting::show).post(objecting::act),
        )
        .route(
            "/{program}/records/verify",
            get(service::ask).post(service::verify),
        )
        .route(
            "/{program}/wish/{code}",
            get(wish::show_form).post(wish::ask),
        )
        .route("/{program}/pledges", get(pledges::board))
        .route("/{program}/pay", get(pay::scanned))
        .route("/{program}/pay/{digits}", get(pay::scanned_digits))
        .route(
            "/{program}/confirm/{id}",
            get(wish::show_confirm).post(wish::confirm),
        )
        .route(
            "/{program}/login/phone",
            get(outside::phone::show).post(outside::phone::ask),
        )
        .route("/{program}/login/phone/code", post(outside::phone::log_in))
        .route(
            "/{program}/login/oidc/{provider}",
            get(outside::provider::go),
        )
        .route(
            "/{program}/login/oidc/{provider}/callback",
            get(outside::provider::come_back),
        )
        .route_layer(bound)
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(site),
            guard::at_door,
        ))
}

/// Forms with photos, for who has logged in: too large for the guard, so each page looks for the session's token itself.
fn sending() -> Router<Arc<Site>> {
    Router::new()
        .route("/{program}/hazards", post(hazards::report))
        .route("/{program}/orders/mine/{id}/done", post(orders::done))
        .layer(DefaultBodyLimit::max(photos::LARGEST_FORM))
}

/// For who has: forms are bound to the session.
fn inside(site: &Arc<Site>) -> Router<Arc<Site>> {
    let bound = middleware::from_fn_with_state(Arc::clone(site), guard::of_session);
    Router::new()
        .route("/leave", post(door::leave))
        .route("/{program}/home", get(login::home))
        .route("/{program}/me", get(me::show))
        .route("/{program}/me/code", post(pay::draw))
        .route(
            "/{program}/me/awards/{id}",
            get(why::my_award).post(notice::appeal),
        )
        .route(
            "/{program}/me/service",
            get(service::mine).post(service::print_mine),
        )
        .route("/{program}/notice/{id}", get(notice::one).post(notice::act))
        .route(
            "/{program}/me/redemptions/{id}",
            get(why::my_redemption).post(why::object),
        )
        .route(
            "/{program}/counter",
            get(counter::show).post(counter::charge),
        )
        .route("/{program}/counter/redemptions/{id}", post(counter::act))
        .route(
            "/{program}/counter/code",
            get(till::show_code).post(till::print),
        )
        .route("/{program}/counter/till", get(till::till))
        .route(
            "/{program}/store/{till}",
            get(till::show_form).post(till::pay),
        )
        .route("/{program}/me/data", get(mine::show_data))
        .route("/{program}/me/data/export", post(mine::export))
        .route("/{program}/me/data/consent", post(mine::agree))
        .route(
            "/{program}/me/data/phone",
            get(my_phone::show).post(my_phone::ask),
        )
        .route("/{program}/me/data/phone/code", post(my_phone::change))
        .route(
            "/{program}/me/data/erase",
            get(mine::ask_erase).post(mine::erase),
        )
        .route("/{program}/desk", get(desk::show).post(desk::find))
        .route("/{program}/activities", get(activities::list))
        .route(
            "/{program}/activities/{id}",
            get(activities::one).post(activities::act),
        )
        .route(
            "/{program}/activities/{id}/calendar",
            get(activities::calendar_file),
        )
        .route("/{program}/hazards", get(hazards::list))
        .route(
            "/{program}/hazards/{id}",
            get(hazards::one).post(hazards::act),
        )
        .route("/{program}/desk/hazards", get(triage::list))
        .route(
            "/{program}/desk/hazards/{id}",
            get(triage::one).post(triage::act),
        )
        .route(
            "/{program}/desk/activities",
            get(organizing::list).post(organizing::plan),
        )
        .route("/{program}/desk/activities/{id}", get(organizing::screen))
        .route(
            "/{program}/desk/activities/{id}/cancel",
            post(organizing::cancel),
        )
        .route("/{program}/patrol", get(patrol::page).post(patrol::take))
        .route("/{program}/desk/patrols", get(patrols::list))
        .route("/{program}/desk/patrols/{id}", post(patrols::act))
        .route(
            "/{program}/desk/grids",
            get(grids::list)
                .post(grids::import)
                .layer(DefaultBodyLimit::max(grids::LARGEST)),
        )
        .route("/{program}/desk/grids/retire", post(grids::retire))
        .route(
            "/{program}/desk/exceptional",
            get(exceptional::list).post(exceptional::propose),
        )
        .route(
            "/{program}/desk/exceptional/{id}",
            post(exceptional::decide),
        )
        .route("/{program}/desk/teams", get(teams::list).post(teams::form))
        .route(
            "/{program}/desk/people/{id}/teams",
            get(my_teams::theirs).post(my_teams::change),
        )
        .route(
            "/{program}/me/teams",
            get(my_teams::mine).post(my_teams::leave),
        )
        .route(
            "/{program}/me/pledges",
            get(pledges::list).post(pledges::act),
        )
        .route("/{program}/places", get(places::list))
        .route("/{program}/orders", get(orders::list))
        .route("/{program}/orders/{id}", post(orders::claim))
        .route("/{program}/orders/mine/{id}", post(orders::act))
        .route(
            "/{program}/desk/orders",
            get(ordering::list).post(ordering::post),
        )
        .route(
            "/{program}/desk/orders/{id}",
            get(ordering::one).post(ordering::act),
        )
        .route("/{program}/desk/join", get(station::show_desk))
        .route("/{program}/desk/join/code", post(station::make_code))
        .route("/{program}/desk/join/{id}", post(station::decide))
        .route(
            "/{program}/desk/people/{id}",
            get(person::ask).post(person::look),
        )
        .route(
            "/{program}/desk/people/{id}/phone",
            post(person::change_phone),
        )
        .route(
            "/{program}/desk/people/{id}/service",
            get(service::theirs).post(service::print_theirs),
        )
        .route(
            "/{program}/desk/approvals",
            get(approving::show).post(approving::decide),
        )
        .route("/{program}/desk/objections/{id}", post(approving::review))
        .route("/{program}/desk/deed", get(deed_form::show))
        .route("/{program}/desk/preview", post(deed_form::preview))
        .route("/{program}/desk/award", post(deed_form::award))
        .route("/{program}/desk/awards/{id}", post(desk::take_back))
        .route("/{program}/awards/{id}", get(why::award))
        .route("/{program}/audit", get(audit::show))
        .route("/{program}/audit/changes", get(trail::show))
        .route("/{program}/audit/reports", get(reports::show))
        .route("/{program}/account", get(account::show))
        .route("/{program}/account/sessions/{id}", post(account::end))
        .route("/{program}/account/password", post(account::password))
        .route("/{program}/account/recovery", post(account::recovery))
        .route("/{program}/account/totp", post(account::totp))
        .route(
            "/{program}/account/identities",
            get(outside::identities::show),
        )
        .route(
            "/{program}/account/identities/link/{provider}",
            post(outside::identities::link),
        )
        .route(
            "/{program}/account/identities/{id}/unlink",
            post(outside::identities::unlink),
        )
        .route_layer(bound)
}
