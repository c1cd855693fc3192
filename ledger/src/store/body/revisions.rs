//! What offers said, revision by revision. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Snapshot, Store};
use crate::clock::Timestamp;
use crate::community::offer::OfferTerms;
use crate::ids::{OfferId, ProgramId};
use crate::store::views::RevisionView;
use crate::store::{StoreError, audit_text, offer_text as text};

fn terms(offer: Uuid, terms: &str) -> Result<OfferTerms, StoreError> {
    let read = serde_json::from_str(terms);
    read.map_err(|error| StoreError::corrupt("offer_revisions", "terms", offer, error))
}

impl Store {
    /// A page of an offer's revisions before one, newest first.
    pub async fn revisions_of(
        &self,
        program: ProgramId,
        offer: OfferId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<RevisionView>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        let values = [offer.0.into(), before.into(), limit.into()];
        let rows: Vec<(i64, String, i64)> = self.query(program, &text::REVISIONS, values).await?;
        let read = |(number, said, recorded_at): (i64, String, i64)| {
            Ok(RevisionView {
                number,
                terms: terms(offer.0, &said)?,
                recorded_at: Timestamp::from_micros(recorded_at),
            })
        };
        rows.into_iter().map(read).collect()
    }
}

impl Snapshot {
    /// Every revision of every offer, readable or not.
    pub async fn offer_revisions(
        &mut self,
    ) -> Result<Vec<(OfferId, i64, Result<OfferTerms, StoreError>)>, StoreError> {
        let rows: Vec<(Uuid, i64, String)> = self.fetch(&audit_text::OFFER_REVISIONS, []).await?;
        let read = |(offer, revision, said): (Uuid, i64, String)| {
            (OfferId(offer), revision, terms(offer, &said))
        };
        Ok(rows.into_iter().map(read).collect())
    }
}
