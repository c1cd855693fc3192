//! Teams and pledges: what a batch locks and reads, and what is asked. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::pledge::Pledge;
use crate::community::team::{Belonging, Team};
use crate::ids::{MemberId, PledgeId, ProgramId};
use crate::machine::teams::TeamChange;
use crate::machine::{Needs, State};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::teams::{PledgeRow, TeamRow, pledge, team, team_row};
use crate::store::views::TeamTotals;
use crate::store::{StoreError, team_text as text};

impl Tx<'_> {
    pub(super) async fn lock_teams(&mut self, needs: &Needs) -> Result<(), StoreError> {
        let teams = &needs.teams.teams;
        if !teams.is_empty() {
            let columns = [Column::texts(teams.iter().cloned())];
            self.run(&text::LOCK_TEAMS, columns).await?;
        }
        Ok(())
    }

    pub(super) async fn save_teams(&mut self, changes: &[TeamChange]) -> Result<(), StoreError> {
        for (statement, columns) in changes.iter().map(team_row) {
            self.run(statement, columns).await?;
        }
        Ok(())
    }

    pub(super) async fn load_teams(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.teams.teams.is_empty() {
            let columns = [Column::texts(needs.teams.teams.iter().cloned())];
            let rows: Vec<TeamRow> = self.fetch(&text::TEAMS, columns).await?;
            rows.into_iter().for_each(|row| state.teams.load(team(row)));
        }
        if !needs.teams.members.is_empty() {
            let columns = [Column::uuids(needs.teams.members.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, String, i64)> = self.fetch(&text::BELONGING, columns).await?;
            for (member, code, from) in rows {
                let from = Timestamp::from_micros(from);
                state.teams.load_belonging(MemberId(member), code, from);
            }
        }
        if !needs.pledges.is_empty() {
            let columns = [Column::uuids(needs.pledges.iter().map(|id| id.0))];
            let rows: Vec<PledgeRow> = self.fetch(&text::PLEDGES, columns).await?;
            for row in rows {
                state.pledges.load(pledge(row)?);
            }
        }
        Ok(())
    }
}

impl Store {
    /// One team.
    pub async fn team(&self, program: ProgramId, code: &str) -> Result<Option<Team>, StoreError> {
        let rows: Vec<TeamRow> = self.query(program, &text::TEAM, [code.into()]).await?;
        Ok(rows.into_iter().next().map(team))
    }

    /// A page of teams after one, in order of code.
    pub async fn teams(
        &self,
        program: ProgramId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Team>, StoreError> {
        let values = [after.into(), limit.into()];
        let rows: Vec<TeamRow> = self.query(program, &text::TEAMS_AFTER, values).await?;
        Ok(rows.into_iter().map(team).collect())
    }

    /// A page of who belongs or belonged to a team, after somebody's time in it.
    pub async fn team_members(
        &self,
        program: ProgramId,
        code: &str,
        after: (MemberId, Timestamp),
        limit: i64,
    ) -> Result<Vec<Belonging>, StoreError> {
        let (member, from) = after;
        let values = [
            code.into(),
            member.0.into(),
            from.as_micros().into(),
            limit.into(),
        ];
        let rows: Vec<(Uuid, i64, Option<i64>)> =
            self.query(program, &text::TEAM_MEMBERS, values).await?;
        let belonging = |(member, from, until): (Uuid, i64, Option<i64>)| Belonging {
            member: MemberId(member),
            from: Timestamp::from_micros(from),
            until: until.map(Timestamp::from_micros),
        };
        Ok(rows.into_iter().map(belonging).collect())
    }

    /// The teams that a member belongs to.
    pub async fn teams_of(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Vec<String>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<(String,)> = self.query(program, &text::TEAMS_OF_MEMBER, values).await?;
        Ok(rows.into_iter().map(|(code,)| code).collect())
    }

    /// What a team did from a moment until before another.
    pub async fn team_totals(
        &self,
        program: ProgramId,
        code: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<TeamTotals, StoreError> {
        let values = [
            code.into(),
            from.as_micros().into(),
            until.as_micros().into(),
        ];
        let rows: Vec<(i64, i64, i64, i64, i64)> =
            self.query(program, &text::TEAM_TOTALS, values).await?;
        let (deeds, minutes, people, points, members) = rows.into_iter().next().unwrap_or_default();
        Ok(TeamTotals {
            deeds,
            minutes,
            people,
            points: Points::from_hundredths(points),
            members,
        })
    }

    /// A page of a member's pledges before one, the newest first.
    pub async fn pledges_of(
        &self,
        program: ProgramId,
        member: MemberId,
        before: PledgeId,
        limit: i64,
    ) -> Result<Vec<Pledge>, StoreError> {
        let values = [member.0.into(), before.0.into(), limit.into()];
        let rows: Vec<PledgeRow> = self
            .query(program, &text::PLEDGES_OF_MEMBER, values)
            .await?;
        rows.into_iter().map(pledge).collect()
    }

    /// A page of the pledges that everybody may see, after one, in order of id.
    pub async fn pledges_shown(
        &self,
        program: ProgramId,
        after: PledgeId,
        limit: i64,
    ) -> Result<Vec<Pledge>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<PledgeRow> = self.query(program, &text::PLEDGES_SHOWN, values).await?;
        rows.into_iter().map(pledge).collect()
    }
}
