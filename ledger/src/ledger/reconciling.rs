//! A merchant's own list beside what is on record of a store. Nothing of it is kept.

use std::collections::HashMap;

use super::{ImportError, Ledger, Request, claim_of};
use crate::clock::Timestamp;
use crate::ids::{RedemptionId, StoreId, before as before_id};
use crate::import::{self, Flaw, Own, Reconciled, Sale, Scope};
use crate::machine::{Outcome, RedemptionState};
use crate::store::views::RedemptionFilter;
use crate::store::{Store, StoreError, either};
use jiff::tz::TimeZone;
use uuid::Uuid;

/// How many redemptions are read at once, and at most.
const PAGE: i64 = 500;
const MOST: usize = 20_000;

/// Which stretch of time is looked at, where that is said.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// The first moment; that of the first sale if not said.
    pub from: Option<Timestamp>,
    /// The first moment after it; that after the last sale if not said.
    pub until: Option<Timestamp>,
    /// By how many seconds two clocks may differ.
    pub tolerance: i64,
}

impl Ledger {
    /// Puts a merchant's list of sales beside a store's redemptions. References are redemptions' ids, or keys of this request's actor.
    ///
    /// # Errors
    /// The file cannot be read, too many redemptions are in question, or the database cannot be read.
    pub async fn reconcile(
        &self,
        request: &Request,
        store: StoreId,
        file: &[u8],
        stretch: Stretch,
    ) -> Result<(Scope, Reconciled), ImportError> {
        let zone: TimeZone = self.zone(request.program).await?;
        let sales = import::sales(file, &zone)?;
        let scope = scope(&sales, stretch)?;
        let known = self.redemptions_called(request, &sales).await?;
        let own = self.captured_at(request, store, &scope).await?;
        Ok((scope, import::reconcile(&sales, &known, &own, &scope)))
    }

    /// By their ids, or by the keys under which this actor charged them.
    async fn redemptions_called(
        &self,
        request: &Request,
        sales: &[Sale],
    ) -> Result<HashMap<String, RedemptionId>, StoreError> {
        let mut known = HashMap::new();
        let mut claims = HashMap::new();
        for reference in sales.iter().map(|sale| &sale.reference) {
            if let Ok(id) = reference.parse() {
                known.insert(reference.clone(), id);
            } else if !reference.is_empty() {
                let claim = claim_of(request.actor.id, "redemption.authorise", reference);
                claims.insert(claim, reference);
            }
        }
        let ids: Vec<Uuid> = claims.keys().copied().collect();
        let claimed =
            either!(&self.store, Store, store => store.claimed(request.program, &ids).await);
        for (claim, claimed) in claimed? {
            if let Ok(receipt) = claimed.answer
                && let Outcome::Redemption(redemption) = receipt.outcome
                && let Some(reference) = claims.get(&claim)
            {
                known.insert((*reference).clone(), redemption.id);
            }
        }
        Ok(known)
    }

    /// What a store captured of what was authorised in this stretch of time, and a little around it.
    async fn captured_at(
        &self,
        request: &Request,
        store: StoreId,
        scope: &Scope,
    ) -> Result<Vec<Own>, ImportError> {
        let first = scope.from.plus_seconds(-scope.tolerance);
        let last = scope.until.plus_seconds(scope.tolerance);
        let mut before = Some(RedemptionId(before_id(last)));
        let mut own = Vec::new();
        loop {
            let filter = RedemptionFilter {
                before,
                limit: PAGE,
            };
            let page = self
                .redemptions_of_store(request.program, store.0, &filter)
                .await?;
            let whole = page.len() as i64 == PAGE;
            before = page.last().map(|redemption| redemption.id);
            let past = page.last().is_none_or(|last| last.authorised_at < first);
            let captured = page.into_iter().filter(|redemption| {
                redemption.state == RedemptionState::Captured && redemption.authorised_at >= first
            });
            own.extend(captured.map(|redemption| Own {
                id: redemption.id,
                captured: redemption.captured,
                refunded: redemption.refunded,
                at: redemption.authorised_at,
            }));
            if own.len() > MOST {
                let message =
                    format!("more than {MOST} redemptions are in question: name a shorter time");
                return Err(vec![Flaw::of_file("too_long", message)].into());
            }
            if past || !whole {
                own.reverse();
                return Ok(own);
            }
        }
    }
}

/// What is looked at: as said, or from the first sale to the last.
fn scope(sales: &[Sale], stretch: Stretch) -> Result<Scope, Vec<Flaw>> {
    let times = || sales.iter().map(|sale| sale.at);
    let from = stretch.from.or(times().min());
    let last = times().max().map(|at| at.plus_seconds(1));
    match from.zip(stretch.until.or(last)) {
        Some((from, until)) if from < until => Ok(Scope {
            from,
            until,
            tolerance: stretch.tolerance,
        }),
        _ => {
            let message = "no sale stands in the file in that time: say from when until when";
            Err(vec![Flaw::of_file("empty", message.to_owned())])
        }
    }
}
