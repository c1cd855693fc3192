//! What waits for a caller: as far as they reach, in one order wherever it waits.

use ledger::StoreError;
use ledger::ids::{AwardId, OrganizationId};
use ledger::machine::Award;
use ledger::views::{ApprovalFilter, DisputeFilter, Place};

use super::Caller;
use crate::state::App;

impl Caller {
    /// Below what to look: nothing in particular for who reaches all.
    async fn reached(&self, app: &App) -> Result<Vec<Option<OrganizationId>>, StoreError> {
        if self.has_program() {
            return Ok(vec![None]);
        }
        let nodes = self.nodes(app).await?;
        Ok(nodes.into_iter().map(Some).collect())
    }

    /// A page of the awards that wait for this approver, oldest first.
    pub async fn approvals(
        &self,
        app: &App,
        after: Option<AwardId>,
        limit: i64,
    ) -> Result<Vec<Award>, StoreError> {
        let mut awards = Vec::new();
        for within in self.reached(app).await? {
            let filter = ApprovalFilter {
                approver: self.actor.id,
                own: self.actor.member,
                node: self.actor.node,
                within,
                after,
                limit,
            };
            awards.extend(app.ledger.approvals(self.program, &filter).await?);
        }
        Ok(first_of(awards, limit, |award| award.id))
    }

    /// A page of what waits for a reviewer where they reach: what is escalated first, then the oldest.
    pub async fn disputes(
        &self,
        app: &App,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<Award>, StoreError> {
        let mut awards = Vec::new();
        for within in self.reached(app).await? {
            let filter = DisputeFilter {
                within,
                after,
                limit,
            };
            awards.extend(app.ledger.disputes(self.program, &filter).await?);
        }
        Ok(first_of(awards, limit, dispute_place))
    }

    /// Whether they have no part in an award or in the objection to it, so that they may decide it.
    pub fn is_outside(&self, award: &Award) -> bool {
        let actor = &self.actor;
        let mut people = award
            .objection
            .iter()
            .flat_map(|objection| objection.people());
        let part = actor.id == award.submitted_by
            || actor.member == Some(award.member)
            || award.approvals.iter().any(|earlier| earlier.by == actor.id)
            || people.any(|person| person == actor.id);
        !part
    }
}

/// Where an award stands among those that wait for a reviewer.
pub fn dispute_place(award: &Award) -> Place {
    Place(i64::from(award.escalates_at().is_some()), award.id.0)
}

/// What several nodes answered, as one page.
fn first_of<K: Ord>(mut awards: Vec<Award>, limit: i64, key: impl Fn(&Award) -> K) -> Vec<Award> {
    awards.sort_by_key(key);
    awards.dedup_by_key(|award| award.id);
    awards.truncate(usize::try_from(limit).unwrap_or_default());
    awards
}
