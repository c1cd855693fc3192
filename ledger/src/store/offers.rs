//! Offers as rows, and rows as offers.

use uuid::Uuid;

use super::columns::Column;
use super::save::{Save, images};
use super::{StoreError, offer_text as text};
use crate::community::merchant::{MerchantReason, MerchantState};
use crate::community::offer::{Offer, OfferState};
use crate::ids::{MerchantId, OfferId};
use crate::machine::State;
use crate::store::views::MerchantView;

/// Offers as a batch made, changed or counted them. What revisions belong to comes before them.
pub fn saves(state: &State) -> Vec<Save> {
    let mut saves = Vec::new();
    let offers = &state.offers;
    for (statement, keys) in [
        (&text::NEW_OFFERS, &offers.rows.new),
        (&text::CHANGED_OFFERS, &offers.rows.changed),
    ] {
        let offers = images(keys, |id: &OfferId| offers.get(*id));
        if !offers.is_empty() {
            saves.push((statement, rows(&offers)));
        }
    }
    if !offers.revisions.is_empty() {
        let rows = || offers.revisions.iter();
        let columns = vec![
            Column::uuids(rows().map(|v| v.offer.0)),
            Column::ints(rows().map(|v| v.number)),
            Column::texts(rows().map(|v| serde_json::to_string(&v.terms).unwrap_or_default())),
            Column::ints(rows().map(|_| state.now.as_micros())),
        ];
        saves.push((&text::NEW_REVISIONS, columns));
    }
    saves
}

fn rows(offers: &[&Offer]) -> Vec<Column> {
    let rows = || offers.iter();
    vec![
        Column::uuids(rows().map(|o| o.id.0)),
        Column::uuids(rows().map(|o| o.merchant.0)),
        Column::texts(rows().map(|o| o.state.name())),
        Column::ints(rows().map(|o| o.revision)),
        Column::texts(rows().map(|o| stores(o))),
        Column::Int(rows().map(|o| o.terms.stock).collect()),
        Column::ints(rows().map(|o| o.taken)),
    ]
}

/// Each with a space before and after it; or *.
fn stores(offer: &Offer) -> String {
    let named = offer.terms.stores.iter();
    match offer.terms.stores.is_empty() {
        true => "*".to_owned(),
        false => named.fold(" ".to_owned(), |text, store| text + &format!("{store} ")),
    }
}

/// offer, merchant, state, revision, taken, terms.
pub type OfferRow = (Uuid, Uuid, String, i64, i64, String);

/// An offer's row.
pub fn offer((id, merchant, state, revision, taken, terms): OfferRow) -> Result<Offer, StoreError> {
    let unknown = || StoreError::corrupt("offers", "state", id, &state);
    Ok(Offer {
        id: OfferId(id),
        merchant: MerchantId(merchant),
        state: OfferState::from_name(&state).ok_or_else(unknown)?,
        revision,
        terms: serde_json::from_str(&terms)
            .map_err(|error| StoreError::corrupt("offer_revisions", "terms", id, error))?,
        taken,
    })
}

/// A merchant's state, by its name.
pub fn merchant_state(id: Uuid, name: &str) -> Result<MerchantState, StoreError> {
    let state = MerchantState::from_name(name);
    state.ok_or_else(|| StoreError::corrupt("merchants", "state", id, name))
}

/// merchant, name, state, reason.
pub type MerchantRow = (Uuid, String, String, Option<String>);

/// A merchant's row.
pub fn merchant((id, name, state, reason): MerchantRow) -> Result<MerchantView, StoreError> {
    let read = |name: &str| {
        let reason = MerchantReason::from_name(name);
        reason.ok_or_else(|| StoreError::corrupt("merchants", "reason", id, name))
    };
    Ok(MerchantView {
        id: MerchantId(id),
        name,
        state: merchant_state(id, &state)?,
        reason: reason.as_deref().map(read).transpose()?,
    })
}
