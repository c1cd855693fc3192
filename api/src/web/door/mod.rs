//! Who comes in: the demo's people, log-ins, invitations, joining, one's own account.

pub mod account;
pub mod entrance;
pub mod invitation;
pub mod join;
pub mod login;
pub mod outside;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::Site;

/// For who has not logged in: forms are bound to the visit.
pub fn outside() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(entrance::show))
        .route("/enter", post(entrance::enter))
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
}

/// For who has logged in: forms are bound to the session.
pub fn inside() -> Router<Arc<Site>> {
    Router::new()
        .route("/leave", post(entrance::leave))
        .route("/{program}/home", get(login::home))
        .route("/{program}/account", get(account::show))
        .route("/{program}/account/sessions/{id}", post(account::end))
        .route("/{program}/account/password", post(account::password))
        .route("/{program}/account/pin", post(account::pin))
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
}
