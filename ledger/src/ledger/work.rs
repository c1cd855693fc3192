//! What is counted of awards: a member's service, and how close to a tier they come.

use std::collections::HashSet;

use jiff::tz::TimeZone;

use super::Ledger;
use crate::clock::Timestamp;
use crate::community::service::ServiceRecord;
use crate::ids::{AwardId, MemberId, ProgramId};
use crate::points::Points;
use crate::policy::Policy;
use crate::store::StoreError;
use crate::store::views::{NearTier, NoticeFilter, OnNotice, Period, TierRange};

/// How many awards are read at a time.
const PAGE: i64 = 1_000;
/// Below a tier, how much of it counts as close, in per cent.
const CLOSE: i64 = 5;

impl Ledger {
    /// The zone of a programme's calendar; UTC for a programme that is not there.
    pub async fn calendar_zone(&self, program: ProgramId) -> Result<TimeZone, StoreError> {
        let programs = self.programs().await?;
        let known = programs.iter().find(|known| known.id == program);
        let zone = known.and_then(|program| TimeZone::get(&program.zone).ok());
        Ok(zone.unwrap_or(TimeZone::UTC))
    }

    /// A page of the awards on public notice whose deeds were done in a period, as [`Self::on_notice`] has them. What is on notice is little, so
    /// it is looked through.
    pub async fn on_notice_in(
        &self,
        program: ProgramId,
        filter: &NoticeFilter,
        period: Period,
    ) -> Result<Vec<OnNotice>, StoreError> {
        let most = usize::try_from(filter.limit).unwrap_or_default();
        let (mut found, mut after) = (Vec::new(), filter.after);
        while found.len() < most {
            let page = NoticeFilter {
                after,
                limit: PAGE,
                ..*filter
            };
            let page = self.on_notice(program, &page).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.place());
            found.extend(page.into_iter().filter(|one| period.holds(one.occurred_at)));
        }
        found.truncate(most);
        Ok(found)
    }

    /// What a member did from a moment on and before another, of what was awarded and stands. A deed that several policies awarded counts once.
    pub async fn service_record(
        &self,
        program: ProgramId,
        member: MemberId,
        (from, until): (Option<Timestamp>, Option<Timestamp>),
    ) -> Result<ServiceRecord, StoreError> {
        let zone = self.calendar_zone(program).await?;
        let mut record = ServiceRecord::default();
        let mut counted = HashSet::new();
        let mut after = AwardId(uuid::Uuid::nil());
        loop {
            let page = self.served(program, member, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(record);
            };
            after = last.award;
            for served in page {
                let at = served.deed.occurred_at;
                let within = from.is_none_or(|from| from <= at) && until.is_none_or(|u| at < u);
                if served.stands && within && counted.insert(served.id) {
                    record.add(&served.deed, &zone);
                }
            }
        }
    }

    /// How many awards of each submitter come within five per cent below where more people would have had to agree.
    pub async fn below_tiers(
        &self,
        program: ProgramId,
        period: Period,
    ) -> Result<Vec<NearTier>, StoreError> {
        let mut tiers = Vec::new();
        for version in self.policies(program).await? {
            // What is in force was read before; what cannot be read is for `verify` to say.
            let policy = Policy::parse(&format!("{}.toml", version.name), &version.source);
            for tier in policy.map(|policy| policy.tiers()).unwrap_or_default() {
                let low = tier.hundredths() - tier.hundredths() * CLOSE / 100;
                let range = TierRange {
                    digest: version.digest.clone(),
                    low: Points::from_hundredths(low),
                    tier,
                };
                if !tiers.contains(&range) {
                    tiers.push(range);
                }
            }
        }
        let mut near = self.near_tiers(program, period, &tiers).await?;
        near.retain(|near| near.near > 0);
        near.sort_by_key(|near| (std::cmp::Reverse(near.near), near.submitter));
        Ok(near)
    }
}
