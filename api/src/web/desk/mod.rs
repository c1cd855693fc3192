//! The desk of community staff.

pub mod approving;
pub mod budgets;
pub mod deed_form;
pub mod exceptional;
pub mod grids;
pub mod hazard_map;
pub mod home;
pub mod listing;
pub mod members;
pub mod merchants;
pub mod offers;
pub mod ordering;
pub mod organizing;
pub mod patrols;
pub mod person;
pub mod policies;
pub mod settlement;
pub mod station;
pub mod teams;
pub mod triage;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::Site;

/// For who has logged in: forms are bound to the session.
pub fn inside() -> Router<Arc<Site>> {
    Router::new()
        .route("/{program}/desk/list", get(listing::ask))
        .route("/{program}/desk/members", get(members::list))
        .route(
            "/{program}/desk/policies/new",
            get(policies::form::first::ask).post(policies::form::first::begin),
        )
        .route(
            "/{program}/desk/policies/{policy}/form",
            get(policies::form::begin).post(policies::form::act),
        )
        .route(
            "/{program}/desk/members/doubles",
            get(members::doubles::show),
        )
        .route("/{program}/desk/members/{id}", get(members::one::show))
        .route(
            "/{program}/desk/members/{id}/awards",
            get(members::one::awards::list),
        )
        .route(
            "/{program}/desk/members/{id}/points",
            get(members::one::points::list),
        )
        .route(
            "/{program}/desk/members/{id}/merge",
            post(members::merging::act),
        )
        .route(
            "/{program}/desk/merchants",
            get(merchants::list).post(merchants::make),
        )
        .route(
            "/{program}/desk/merchants/{id}",
            get(merchants::one::show).post(merchants::one::act),
        )
        .route(
            "/{program}/desk/stores/{id}",
            get(merchants::store::show).post(merchants::store::act),
        )
        .route(
            "/{program}/desk/stores/{id}/clerks",
            post(merchants::clerks::act),
        )
        .route(
            "/{program}/desk/places",
            get(merchants::sites::list).post(merchants::sites::make),
        )
        .route(
            "/{program}/desk/places/{id}",
            get(merchants::sites::show).post(merchants::sites::act),
        )
        .route(
            "/{program}/desk/offers",
            get(offers::list).post(offers::form::publish),
        )
        .route("/{program}/desk/offers/new", get(offers::form::begin))
        .route(
            "/{program}/desk/offers/{id}",
            get(offers::one::show_one).post(offers::one::act),
        )
        .route(
            "/{program}/desk/offers/{id}/terms",
            get(offers::form::show_terms).post(offers::form::revise),
        )
        .route(
            "/{program}/desk/budgets",
            get(budgets::list).post(budgets::make),
        )
        .route(
            "/{program}/desk/budgets/{id}",
            get(budgets::one::show_one).post(budgets::one::change),
        )
        .route(
            "/{program}/desk/budgets/{id}/plan",
            post(budgets::one::plan),
        )
        .route(
            "/{program}/desk/settlement",
            get(settlement::show).post(settlement::freeze),
        )
        .route(
            "/{program}/desk/settlement/approve",
            post(settlement::approve),
        )
        .route(
            "/{program}/desk/settlement/gather",
            post(settlement::gather),
        )
        .route(
            "/{program}/desk/settlement/batches/{id}/file",
            post(settlement::paying::file),
        )
        .route(
            "/{program}/desk/settlement/batches/{id}/paid",
            post(settlement::paying::paid),
        )
        .route(
            "/{program}/desk/settlement/{id}",
            get(settlement::one::show).post(settlement::one::act),
        )
        .route("/{program}/desk/policies", get(policies::list))
        .route(
            "/{program}/desk/policies/{policy}",
            get(policies::read::one),
        )
        .route(
            "/{program}/desk/policies/{policy}/diff",
            get(policies::diff::show_pair),
        )
        .route(
            "/{program}/desk/policies/{policy}/edit",
            get(policies::edit::begin).post(policies::edit::act),
        )
        .route(
            "/{program}/desk/policies/{policy}/drafts/{id}",
            get(policies::draft::one).post(policies::draft::act),
        )
        .route("/{program}/desk", get(home::show).post(home::find))
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
            "/{program}/desk/approvals",
            get(approving::show).post(approving::decide),
        )
        .route("/{program}/desk/objections/{id}", post(approving::review))
        .route("/{program}/desk/deed", get(deed_form::show))
        .route("/{program}/desk/preview", post(deed_form::preview))
        .route("/{program}/desk/award", post(deed_form::award))
        .route("/{program}/desk/awards/{id}", post(home::take_back))
}

/// Forms with files: each page looks for the session's token itself.
pub fn sending() -> Router<Arc<Site>> {
    Router::new().route(
        "/{program}/desk/list",
        post(listing::act).layer(DefaultBodyLimit::max(listing::LARGEST)),
    )
}
