//! Lots that run out: to whom they go, whom to tell ahead, what was told. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::ids::{BudgetId, CommandId, MemberId, ProgramId};
use crate::lots::Lot;
use crate::machine::needs::LinkNeeds;
use crate::machine::{Award, Links, Needs, Outcome, Receipt, State};
use crate::policy::Calendar;
use crate::store::columns::Column;
use crate::store::records::AwardRow;
use crate::store::views::{Due, ExpiryNotice};
use crate::store::{StoreError, job_text, text};

impl Tx<'_> {
    pub(super) async fn link_heirs(
        &mut self,
        needs: &LinkNeeds,
        links: &mut Links,
    ) -> Result<(), StoreError> {
        if needs.expiring.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(needs.expiring.iter().map(|id| id.0))];
        let rows: Vec<(Uuid, i64, Uuid)> = self.fetch(&text::LINK_HEIRS, columns).await?;
        for (member, to_budget, heir) in rows {
            let heir = match to_budget {
                0 => Owner::Program(self.program),
                _ => Owner::Budget(BudgetId(heir)),
            };
            links
                .heirs
                .entry(MemberId(member))
                .or_default()
                .insert(heir);
        }
        Ok(())
    }

    /// The programme's time zone, where it matters which day it is; and for who is told of what expires, the awards of those lots, which have
    /// been read.
    pub(super) async fn load_notices(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if needs.today || !needs.notices.is_empty() {
            let zone = self.fetch(&job_text::ZONE, []).await?;
            load_zone(self.program, zone, |zone| state.load_zone(zone))?;
        }
        if needs.notices.is_empty() {
            return Ok(());
        }
        let lots = needs.notices.iter().flat_map(|id| state.lots(*id));
        let untold = |lot: &&Lot| lot.notice_days.is_some() && lot.remaining.is_positive();
        let columns = [Column::uuids(lots.filter(untold).map(|lot| lot.id.0))];
        let rows: Vec<AwardRow> = self.fetch(&text::AWARDS, columns).await?;
        for row in rows {
            state.load_award(Award::try_from(row)?);
        }
        Ok(())
    }
}

pub(super) fn load_zone<T>(
    program: ProgramId,
    rows: Vec<(String,)>,
    load: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, StoreError> {
    let zone = rows.into_iter().next().map(|(zone,)| zone);
    load(&zone.unwrap_or_default())
        .map_err(|problem| StoreError::corrupt("programs", "zone", program, problem))
}

impl Store {
    /// Whom to tell, and of what: members by the moments at which lots of theirs expire, in order of both.
    pub async fn untold(
        &self,
        program: ProgramId,
        now: Timestamp,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let mut due = Vec::new();
        if let Some((calendar, ahead)) = self.told_ahead(program).await? {
            for days in ahead {
                due.extend(
                    self.untold_ahead(program, &calendar, (days, now), after, limit)
                        .await?,
                );
            }
        }
        due.sort_unstable();
        due.dedup();
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due)
    }

    /// Since when somebody waits to be told.
    pub async fn untold_since(
        &self,
        program: ProgramId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut since = None;
        if let Some((calendar, ahead)) = self.told_ahead(program).await? {
            for days in ahead {
                let first = self.untold_ahead(program, &calendar, (days, now), None, 1);
                let first = first.await?.into_iter().next();
                let began = first.and_then(|due| calendar.days_before(due.since, days));
                since = since.into_iter().chain(began).min();
            }
        }
        // Where the clocks are put forward, an hour has two beginnings.
        Ok(since.filter(|since| *since <= now))
    }

    /// The programme's days, and how many of them ahead something is still to be told; `None` when nothing is.
    async fn told_ahead(
        &self,
        program: ProgramId,
    ) -> Result<Option<(Calendar, Vec<i64>)>, StoreError> {
        let rows: Vec<(i64,)> = self.query(program, &job_text::NOTICE_DAYS, []).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let zone = self.query(program, &job_text::ZONE, []).await?;
        let calendar = load_zone(program, zone, |zone| {
            Calendar::of_zone(zone).ok_or_else(|| format!("{zone:?} is no time zone"))
        })?;
        Ok(Some((
            calendar,
            rows.into_iter().map(|(days,)| days).collect(),
        )))
    }

    async fn untold_ahead(
        &self,
        program: ProgramId,
        calendar: &Calendar,
        (days, now): (i64, Timestamp),
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let Some(until) = calendar.days_after(now, days) else {
            return Ok(Vec::new());
        };
        let (since, id) = after.map_or((i64::MIN, Uuid::nil()), |due| {
            (due.since.as_micros(), due.id)
        });
        let values = [
            days.into(),
            now.as_micros().into(),
            until.as_micros().into(),
            since.into(),
            id.into(),
            limit.into(),
        ];
        let rows: Vec<(i64, Uuid)> = self.query(program, &job_text::UNTOLD, values).await?;
        let due = |(at, id)| Due {
            since: Timestamp::from_micros(at),
            id,
        };
        Ok(rows.into_iter().map(due).collect())
    }

    /// A page of what a member was told will expire, newest first.
    pub async fn expiry_notices(
        &self,
        program: ProgramId,
        member: MemberId,
        before: Option<CommandId>,
        limit: i64,
    ) -> Result<Vec<ExpiryNotice>, StoreError> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let values = [member.0.into(), before.into(), limit.into()];
        let rows: Vec<(Uuid, String)> = self
            .query(program, &job_text::EXPIRY_NOTICES, values)
            .await?;
        rows.into_iter()
            .map(|(id, receipt)| notice(id, &receipt))
            .collect()
    }
}

fn notice(id: Uuid, receipt: &str) -> Result<ExpiryNotice, StoreError> {
    let corrupt = |problem: String| StoreError::corrupt("events", "receipt", id, problem);
    let receipt: Receipt =
        serde_json::from_str(receipt).map_err(|error| corrupt(error.to_string()))?;
    let Outcome::Expiring {
        points,
        expires_at,
        days,
        ..
    } = receipt.outcome
    else {
        return Err(corrupt("not of points that expire".to_owned()));
    };
    Ok(ExpiryNotice {
        id: CommandId(id),
        told_at: receipt.recorded_at,
        points,
        expires_at,
        days,
    })
}
