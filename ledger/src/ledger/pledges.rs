//! How far members have come with what they promise.

use super::Ledger;
use crate::clock::Timestamp;
use crate::community::pledge::{Period, Pledge, Standing};
use crate::ids::{MemberId, ProgramId};
use crate::machine::{Award, AwardState};
use crate::policy::Fact;
use crate::store::StoreError;
use crate::store::views::AwardFilter;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;

/// How many awards are looked at in one go, and how many at most: more than anybody could earn in the time.
const PAGE: i64 = 200;
const MOST: usize = 4_000;

impl Ledger {
    /// The periods of pledges of one member that have begun, with what was done in each. Only deeds count whose award stands.
    pub async fn progress_of(
        &self,
        program: ProgramId,
        member: MemberId,
        pledges: &[Pledge],
        zone: &TimeZone,
    ) -> Result<Vec<Vec<Period>>, StoreError> {
        let now = self.clock().now();
        let Some(since) = pledges.iter().map(|pledge| pledge.from).min() else {
            return Ok(Vec::new());
        };
        let deeds = self.standing_deeds(program, member, since).await?;
        let each = pledges.iter();
        Ok(each
            .map(|pledge| pledge.progress(&deeds, zone, now))
            .collect())
    }

    /// A member's deeds since a moment whose award stands. An award is never older than its deed.
    async fn standing_deeds(
        &self,
        program: ProgramId,
        member: MemberId,
        since: Timestamp,
    ) -> Result<Vec<Standing>, StoreError> {
        let mut deeds = Vec::new();
        let mut before = None;
        loop {
            let filter = AwardFilter {
                state: None,
                member: Some(member),
                before,
                limit: PAGE,
            };
            let page = self.awards(program, &filter).await?;
            deeds.extend(page.iter().filter_map(standing));
            match page.last() {
                Some(last) if last.submitted_at >= since && deeds.len() < MOST => {
                    before = Some(last.id);
                }
                _ => return Ok(deeds),
            }
        }
    }
}

fn standing(award: &Award) -> Option<Standing> {
    let stands = [AwardState::Pending, AwardState::Frozen, AwardState::Vested];
    let minutes = award.deed.facts.get("minutes").and_then(Fact::number);
    stands.contains(&award.state).then(|| Standing {
        deed: award.deed_id,
        kind: award.deed.kind.clone(),
        at: award.deed.occurred_at,
        minutes: minutes
            .and_then(|minutes| minutes.to_i64())
            .unwrap_or_default(),
    })
}
