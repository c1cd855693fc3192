//! What several resources say in the same way.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use ledger::clock::Timestamp;
use ledger::machine::{Outcome, Receipt};
use ledger::points::Points;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// Points, as a decimal string with two places; requests may also give a number of at most two places.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "12.50")]
pub struct Amount(pub Points);

impl From<Points> for Amount {
    fn from(points: Points) -> Self {
        Self(points)
    }
}

/// A moment (RFC 3339).
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-03-05T10:00:00+08:00")]
pub struct Moment(pub Timestamp);

impl From<Timestamp> for Moment {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

/// 201 with where the new thing is found.
pub type Created<T> = (StatusCode, [(HeaderName, String); 1], Json<T>);

/// 201 with where the new thing is found.
pub fn created<T>(path: String, body: T) -> Created<T> {
    (StatusCode::CREATED, [(header::LOCATION, path)], Json(body))
}

/// The transfer a command made, if it moved points.
pub fn transfer_of(receipt: &Receipt) -> Option<Uuid> {
    receipt.moved.then_some(receipt.id.0)
}

/// A receipt of another kind than its command makes is a bug.
pub fn unexpected(outcome: &Outcome) -> Problem {
    Problem::internal(format!("a receipt of another kind: {outcome:?}"))
}
