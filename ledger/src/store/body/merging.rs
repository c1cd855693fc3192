//! Members merged: what a batch reads and moves for it. Compiled once for each database: `super` names the types and binds.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::run::fetch;
use super::{Store, Tx};
use crate::ids::{MemberId, ProgramId};
use crate::machine::award::Counted;
use crate::machine::{CounterKey, Needs};
use crate::store::columns::Column;
use crate::store::{
    StoreError, deed_text, hazard_text, order_text, settling_text as text, team_text,
};

impl Tx<'_> {
    /// Adds the counters on which awards of members to be merged count, and for each the same of whom they are merged into.
    pub(super) async fn add_merged_counters(
        &mut self,
        needs: &Needs,
        counters: &mut BTreeSet<CounterKey>,
    ) -> Result<(), StoreError> {
        for &(from, into) in &needs.merges {
            for (award, counted) in self.awards_to_move(from).await? {
                let counted: Vec<Counted> = serde_json::from_str(&counted)
                    .map_err(|error| StoreError::corrupt("awards", "counted", award, error))?;
                counters.extend(counted.into_iter().map(|counted| counted.key));
            }
            let of_one = counters.iter().chain(&needs.counters);
            let of_other: Vec<CounterKey> = of_one
                .filter(|key| key.subject == from.0)
                .map(|key| CounterKey {
                    subject: into.0,
                    ..key.clone()
                })
                .collect();
            counters.extend(of_other);
        }
        Ok(())
    }

    async fn awards_to_move(&mut self, from: MemberId) -> Result<Vec<(Uuid, String)>, StoreError> {
        let program = self.program.0;
        let values = [from.0.into()];
        fetch(
            &mut *self.transaction,
            &text::AWARDS_TO_MOVE,
            program,
            &values,
        )
        .await
    }

    /// Everything of the one becomes the other's: awards first, because those that vested are found by their lots.
    pub(super) async fn merge(&mut self, from: MemberId, into: MemberId) -> Result<(), StoreError> {
        let awards: Vec<Uuid> = self
            .awards_to_move(from)
            .await?
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        if !awards.is_empty() {
            let each = || awards.iter();
            let columns = [
                Column::uuids(awards.iter().copied()),
                Column::uuids(each().map(|_| into.0)),
                Column::texts(each().map(|_| from.0.to_string())),
                Column::texts(each().map(|_| into.0.to_string())),
            ];
            self.run(&text::MOVE_AWARDS, columns).await?;
        }
        for statement in [
            &text::MOVE_LOTS,
            &text::MOVE_REDEMPTIONS,
            &text::MOVE_MERGED,
            &text::NEW_MERGED,
            &deed_text::MOVE_DEEDS,
            &deed_text::MOVE_ASKED,
            &hazard_text::MOVE_HAZARDS,
            &order_text::MOVE_SKILLS,
            &team_text::MOVE_TEAMS,
            &team_text::MOVE_PLEDGES,
        ] {
            let columns = [Column::uuids([from.0]), Column::uuids([into.0])];
            self.run(statement, columns).await?;
        }
        self.merge_people(from, into).await
    }
}

impl Store {
    /// Who was merged into a member.
    pub async fn merged_from(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Vec<MemberId>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<(Uuid,)> = self.query(program, &text::MERGED_FROM, values).await?;
        Ok(rows.into_iter().map(|(from,)| MemberId(from)).collect())
    }

    /// Into whom a member was merged, if they were.
    pub async fn merged_into(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Option<MemberId>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<(Uuid,)> = self.query(program, &text::MERGED_INTO, values).await?;
        Ok(rows.into_iter().next().map(|(into,)| MemberId(into)))
    }
}
