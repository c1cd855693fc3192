//! Accounts of whom a batch has locked, and what stands with them. Compiled once for each database: `super` names the types and binds.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Tx;
use crate::accounts::{AccountKind, Owner};
use crate::clock::Timestamp;
use crate::ids::{MemberId, StoreId};
use crate::machine::state::Balance;
use crate::machine::{Needs, State};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::records::account;
use crate::store::{StoreError, text};

/// owner, kind, balance, version, newest_at; whether a store takes no points; into whom a member was merged.
type AccountRow = (Uuid, i64, i64, i64, i64, Option<i64>, Option<Uuid>);

impl Tx<'_> {
    /// Accounts of all owners; answers with the members in debt.
    pub(super) async fn load_accounts(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<BTreeSet<MemberId>, StoreError> {
        if needs.owners.is_empty() {
            return Ok(BTreeSet::new());
        }
        let owners: BTreeSet<Uuid> = needs
            .owners
            .iter()
            .map(|owner| owner.guard().owner)
            .collect();
        let rows: Vec<AccountRow> = self.fetch(&text::ACCOUNTS, [Column::uuids(owners)]).await?;
        let mut in_debt = BTreeSet::new();
        for (owner, kind, balance, version, newest_at, shut, merged_into) in rows {
            if shut.is_some_and(|shut| shut != 0) {
                state.merchants.load_shut(StoreId(owner));
            }
            if let Some(into) = merged_into {
                state.load_merged(MemberId(owner), MemberId(into));
            }
            let account = account(owner, kind)?;
            let newest_at = Timestamp::from_micros(newest_at);
            let points = Points::from_hundredths(balance);
            if account.kind == AccountKind::Debt && points.is_negative() {
                in_debt.insert(MemberId(owner));
            }
            state.load_account(
                account,
                Balance {
                    points,
                    version,
                    newest_at,
                },
            );
        }
        state.note_registered();
        in_debt.retain(|member| needs.owners.contains(&Owner::Member(*member)));
        Ok(in_debt)
    }
}
