//! 优惠: what merchants give for points: all of it, one of it with what it said before, and the form that says it.

mod flaws;
pub mod form;
mod listed;
pub mod one;
mod reading;
mod said;
mod typed;

use std::collections::HashMap;

use ledger::ids::OfferId;
use ledger::views::{OfferView, Register};
use ledger::{Request, StoreError};
use uuid::Uuid;

use crate::web::Web;
use crate::web::page::Trouble;

pub use listed::list;

/// Something to choose: what is sent, what it is called, and whether it is chosen.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

impl Choice {
    fn of(value: impl Into<String>, label: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self {
            chosen: value == chosen,
            label: label.into(),
            value,
        }
    }
}

/// An offer as it stands.
async fn found(web: &Web, id: OfferId) -> Result<OfferView, Trouble> {
    let view = web.ledger.offer(web.program.id, id, web.now()).await?;
    view.ok_or(Trouble::Missing)
}

/// What these are called, by id.
async fn called(
    web: &Web,
    register: Register,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let named = web
        .ledger
        .registered_of(web.program.id, register, ids)
        .await?;
    Ok(named.into_iter().map(|one| (one.id, one.name)).collect())
}

/// Whether this key has done something already; what that was, is not asked.
async fn is_done(web: &Web, request: &Request, operation: &str) -> Result<bool, StoreError> {
    let before = web.ledger.outcome_of(request, operation).await?;
    Ok(matches!(before, Some(Ok(_))))
}
