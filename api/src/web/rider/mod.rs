//! A rider's own pages.

pub mod activities;
pub mod hazards;
pub mod hub;
pub mod me;
pub mod mine;
pub mod my_phone;
pub mod my_teams;
pub mod offline;
pub mod orders;
pub mod patrol;
pub mod pay;
pub mod pending;
pub mod places;
pub mod pledges;
pub mod service;
pub mod why;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::Site;

/// For who has not logged in: forms are bound to the visit.
pub fn outside() -> Router<Arc<Site>> {
    Router::new()
        .route(
            "/{program}/records/verify",
            get(service::ask).post(service::verify),
        )
        .route("/{program}/pledges", get(pledges::board))
        .route("/{program}/pay", get(pay::scanned))
        .route("/{program}/pay/{digits}", get(pay::scanned_digits))
}

/// Forms with photos: each page looks for the session's token itself.
pub fn sending() -> Router<Arc<Site>> {
    Router::new()
        .route("/{program}/hazards", post(hazards::report))
        .route("/{program}/orders/mine/{id}/done", post(orders::done))
}

/// For who has logged in: forms are bound to the session.
pub fn inside() -> Router<Arc<Site>> {
    Router::new()
        .route("/{program}/me", get(me::show))
        .route("/{program}/deeds", get(hub::deeds))
        .route("/{program}/mine", get(hub::mine))
        .route("/{program}/me/code", post(pay::draw))
        .route("/{program}/me/offline", get(offline::page))
        .route(
            "/{program}/me/awards/{id}",
            get(why::my_award).post(super::public::notice::appeal),
        )
        .route(
            "/{program}/me/service",
            get(service::mine).post(service::print_mine),
        )
        .route(
            "/{program}/me/redemptions/{id}",
            get(why::my_redemption).post(why::object),
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
        .route("/{program}/patrol", get(patrol::page).post(patrol::take))
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
        .route("/{program}/places", get(places::list).post(places::near_me))
        .route("/{program}/orders", get(orders::list))
        .route("/{program}/orders/{id}", post(orders::claim))
        .route("/{program}/orders/mine/{id}", post(orders::act))
        .route(
            "/{program}/desk/people/{id}/service",
            get(service::theirs).post(service::print_theirs),
        )
        .route("/{program}/awards/{id}", get(why::award))
}
