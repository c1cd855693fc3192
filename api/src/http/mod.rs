//! The JSON API under /v1. One file a resource; a handler and its documentation stand side by side.

mod accounts;
mod activities;
mod activity_plan;
mod approvals;
mod attachments;
mod attendance;
mod audit;
mod award_batch;
mod awards;
mod budgets;
mod charge_objections;
mod clerks;
mod closing;
mod codes;
mod consents;
mod coverage;
mod decided;
mod decisions;
mod deeds;
mod deliveries;
mod docs;
mod drafts;
mod enrolment;
mod exceptional;
mod grids;
mod hazard_steps;
mod hazard_view;
mod hazards;
mod health;
mod identities;
mod imports;
mod jobs;
mod joining;
mod keys;
mod lang;
mod layers;
mod live;
mod logins;
mod members;
mod merchants;
mod merging;
mod model;
mod notices;
mod offer_body;
mod offers;
mod order_body;
mod order_parts;
mod orders;
mod own_phone;
mod page;
mod paying;
mod payments;
mod personal;
mod phone_login;
mod places;
mod pledges;
mod point_reports;
mod policies;
mod problems;
mod public_notices;
mod reconciling;
mod redemption_steps;
mod redemptions;
mod register;
mod reporting_in;
mod reports;
mod residents;
mod service_records;
mod sessions;
mod settlement;
mod shifts;
mod simulation;
mod staffing;
mod statement;
mod statement_body;
mod statement_steps;
mod teams;
mod transfers;
mod webhooks;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::state::App;

/// The API, its description at /openapi.json and its pages at /docs.
pub fn router() -> Router<App> {
    let (router, description) = described().split_for_parts();
    router.merge(docs::router(description))
}

/// Every route with its description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(docs::about())
        .merge(awards::router())
        .merge(award_batch::router())
        .merge(imports::router())
        .merge(decisions::router())
        .merge(approvals::router())
        .merge(public_notices::router())
        .merge(service_records::router())
        .merge(reports::router())
        .merge(point_reports::router())
        .merge(coverage::router())
        .merge(activities::router())
        .merge(attendance::router())
        .merge(deeds::router())
        .merge(hazards::router())
        .merge(hazard_steps::router())
        .merge(orders::router())
        .merge(order_parts::router())
        .merge(exceptional::router())
        .merge(teams::router())
        .merge(pledges::router())
        .merge(attachments::router())
        .merge(grids::router())
        .merge(shifts::router())
        .merge(members::router())
        .merge(enrolment::router())
        .merge(personal::router())
        .merge(own_phone::router())
        .merge(consents::router())
        .merge(joining::router())
        .merge(reporting_in::router())
        .merge(residents::router())
        .merge(notices::router())
        .merge(merging::router())
        .merge(codes::router())
        .merge(closing::router())
        .merge(merchants::router())
        .merge(offers::router())
        .merge(places::router())
        .merge(redemptions::router())
        .merge(live::router())
        .merge(paying::router())
        .merge(charge_objections::router())
        .merge(redemption_steps::router())
        .merge(budgets::router())
        .merge(webhooks::router())
        .merge(deliveries::router())
        .merge(register::router())
        .merge(staffing::router())
        .merge(keys::router())
        .merge(phone_login::router())
        .merge(identities::router())
        .merge(sessions::router())
        .merge(clerks::router())
        .merge(logins::router())
        .merge(settlement::router())
        .merge(statement_steps::router())
        .merge(payments::router())
        .merge(reconciling::router())
        .merge(accounts::router())
        .merge(transfers::router())
        .merge(audit::router())
        .merge(policies::router())
        .merge(drafts::router())
        .merge(layers::router())
        .merge(jobs::router())
        .merge(simulation::router())
        .merge(problems::router())
        .merge(health::router())
}
