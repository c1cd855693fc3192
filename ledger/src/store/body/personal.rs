//! What is held about people. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::personal::{ERASED, Lookup, LookupKind, Sealed};
use crate::ids::{AwardId, MemberId, ProgramId};
use crate::machine::personal::{Keeping, PersonalChange};
use crate::machine::{Needs, State};
use crate::store::columns::Column;
use crate::store::views::{Double, Found, Named, SealedRow};
use crate::store::{
    StoreError, attachment_text, hazard_text, outside_text, patrol_text, personal_text as text,
};

impl Tx<'_> {
    pub(super) async fn load_personal(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.personal.is_empty() {
            let columns = [Column::uuids(needs.personal.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, i64, i64)> = self.fetch(&text::PERSONAL_HEADS, columns).await?;
            for (member, version, erased) in rows {
                state.personal.load(MemberId(member), version, erased != 0);
            }
        }
        if !needs.erasures.is_empty() {
            let columns = [Column::uuids(needs.erasures.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Uuid)> = self.fetch(&text::OBJECTED, columns).await?;
            for (member, award) in rows {
                state
                    .personal
                    .load_objected(MemberId(member), AwardId(award));
            }
        }
        Ok(())
    }

    pub(super) async fn save_personal(
        &mut self,
        changes: &[PersonalChange],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.overwrite(true).await?;
        for change in changes {
            match change {
                PersonalChange::Keep(keeping) => self.keep_personal(keeping, now).await?,
                PersonalChange::Erase {
                    member,
                    suppressed_until,
                } => self.erase(*member, *suppressed_until).await?,
                PersonalChange::Distinguish { member, other } => {
                    let columns = [
                        Column::uuids([member.0]),
                        Column::uuids([other.0]),
                        Column::ints([now.as_micros()]),
                    ];
                    self.run(&text::DISTINGUISH, columns).await?;
                }
                PersonalChange::Ask(joining) => self.ask(joining, now).await?,
                PersonalChange::Refuse { member } => self.end_joining(*member, None).await?,
            }
        }
        self.overwrite(false).await
    }

    async fn keep_personal(&mut self, keeping: &Keeping, now: Timestamp) -> Result<(), StoreError> {
        let member = || Column::uuids([keeping.member.0]);
        let Sealed {
            key_id,
            wrapped,
            nonce,
            body,
        } = &keeping.sealed;
        let columns = [
            member(),
            Column::ints([keeping.replaces + 1]),
            Column::texts([key_id.as_str()]),
            Column::texts([wrapped.as_str()]),
            Column::texts([nonce.as_str()]),
            Column::texts([body.as_str()]),
        ];
        self.run(&text::KEEP_PERSONAL, columns).await?;
        if let Some(asking) = keeping.joining {
            self.end_joining(asking, Some(keeping.member)).await?;
        }
        if let Some(shown) = &keeping.shown {
            let columns = [member(), Column::texts([shown.as_str()])];
            self.run(&text::SHOW_NAMES, columns).await?;
        }
        if !keeping.not_by.is_empty() {
            let columns = lookups(&keeping.not_by, keeping.member);
            self.run(&text::DROP_LOOKUPS, columns).await?;
        }
        if !keeping.found_by.is_empty() {
            let [kinds, hashes, _] = lookups(&keeping.found_by, keeping.member);
            let at = Column::ints(keeping.found_by.iter().map(|_| now.as_micros()));
            self.run(&text::FREE_LOOKUPS, [kinds, hashes, at]).await?;
            let columns = lookups(&keeping.found_by, keeping.member);
            self.run(&text::ADD_LOOKUPS, columns).await?;
        }
        if !keeping.doubles.is_empty() {
            let doubles = || keeping.doubles.iter();
            let columns = [
                Column::uuids(doubles().map(|_| keeping.member.0)),
                Column::uuids(doubles().map(|other| other.0)),
                Column::ints(doubles().map(|_| now.as_micros())),
            ];
            self.run(&text::NEW_DOUBLES, columns).await?;
        }
        Ok(())
    }

    /// The keys of the member and of whoever was merged into them.
    async fn erase(&mut self, member: MemberId, until: Timestamp) -> Result<(), StoreError> {
        let member = || Column::uuids([member.0]);
        let name = || Column::texts([ERASED]);
        self.run(&text::ERASE, [member()]).await?;
        self.run(&text::ERASE_MERGED, [member()]).await?;
        self.run(&text::SHOW_NAMES, [member(), name()]).await?;
        self.run(&text::HIDE_NAMES, [member(), name()]).await?;
        let until = Column::ints([until.as_micros()]);
        self.run(&text::SUPPRESS, [member(), until]).await?;
        self.run(&outside_text::UNLINK_MEMBER, [member()]).await?;
        self.run(&attachment_text::ERASE_ATTACHMENTS, [member()])
            .await?;
        self.run(&attachment_text::ERASE_EVIDENCE, [member()])
            .await?;
        self.run(&hazard_text::ERASE_REPORTS, [member()]).await?;
        self.run(&patrol_text::ERASE_WAYPOINTS, [member()]).await?;
        self.run(&text::MARK_ERASED, [member()]).await?;
        Ok(())
    }

    /// Whoever is found by what the one was found by, or logs in as the one, is the other.
    pub(super) async fn merge_people(
        &mut self,
        from: MemberId,
        into: MemberId,
    ) -> Result<(), StoreError> {
        let columns = [Column::uuids([from.0]), Column::uuids([into.0])];
        self.run(&text::MOVE_LOOKUPS, columns).await?;
        let columns = [Column::uuids([from.0]), Column::uuids([into.0])];
        self.run(&outside_text::MOVE_IDENTITIES, columns).await?;
        Ok(())
    }
}

fn lookups(lookups: &[Lookup], member: MemberId) -> [Column; 3] {
    [
        Column::texts(lookups.iter().map(|lookup| lookup.kind.name())),
        Column::texts(lookups.iter().map(|lookup| lookup.hash.clone())),
        Column::uuids(lookups.iter().map(|_| member.0)),
    ]
}

type SealedColumns = (
    Uuid,
    i64,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

fn sealed_row((member, version, key_id, wrapped, nonce, body): SealedColumns) -> SealedRow {
    let sealed = match (key_id, wrapped, nonce, body) {
        (Some(key_id), Some(wrapped), Some(nonce), Some(body)) => Some(Sealed {
            key_id,
            wrapped,
            nonce,
            body,
        }),
        _ => None,
    };
    SealedRow {
        member: MemberId(member),
        version,
        sealed,
    }
}

impl Store {
    /// A member's sealed row and those of whoever was merged into them.
    pub async fn personal_of(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<SealedColumns> = self.query(program, &text::PERSONAL_OF, values).await?;
        Ok(rows.into_iter().map(sealed_row).collect())
    }

    /// Whom a keyed hash leads to.
    pub async fn found_by(
        &self,
        program: ProgramId,
        kind: LookupKind,
        hash: &str,
    ) -> Result<Option<Found>, StoreError> {
        let values = [kind.name().into(), hash.into()];
        let rows: Vec<(Uuid, Option<i64>, i64)> =
            self.query(program, &text::FOUND_BY, values).await?;
        let found = rows.into_iter().next();
        Ok(found.map(|(member, until, owes)| Found {
            member: MemberId(member),
            suppressed_until: until.map(Timestamp::from_micros),
            owes: owes != 0,
        }))
    }

    /// A page of rows under other master keys, in order of member.
    pub async fn under_other_keys(
        &self,
        program: ProgramId,
        key_id: &str,
        after: MemberId,
        limit: i64,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let values = [key_id.into(), after.0.into(), limit.into()];
        let rows: Vec<SealedColumns> = self.query(program, &text::UNDER_OTHER_KEYS, values).await?;
        Ok(rows.into_iter().map(sealed_row).collect())
    }

    /// A page of members of whom nothing is sealed.
    pub async fn unsealed(
        &self,
        program: ProgramId,
        after: MemberId,
        limit: i64,
    ) -> Result<Vec<Named>, StoreError> {
        type Row = (Uuid, String, Option<Uuid>, String);
        let values = [after.0.into(), limit.into()];
        let rows: Vec<Row> = self.query(program, &text::UNSEALED, values).await?;
        let named = |(id, name, belongs_to, detail)| Named {
            id,
            name,
            belongs_to,
            detail,
        };
        Ok(rows.into_iter().map(named).collect())
    }

    /// The master keys that rows are sealed under, and how many rows each.
    pub async fn master_keys(&self, program: ProgramId) -> Result<Vec<(String, i64)>, StoreError> {
        self.query(program, &text::KEYS_IN_USE, []).await
    }

    /// A page of members who are probably one person after two of them, in order of their ids.
    pub async fn doubles(
        &self,
        program: ProgramId,
        (member, other): (MemberId, MemberId),
        limit: i64,
    ) -> Result<Vec<Double>, StoreError> {
        let values = [member.0.into(), other.0.into(), limit.into()];
        let rows: Vec<(Uuid, Uuid, i64)> = self.query(program, &text::DOUBLES, values).await?;
        let double = |(member, other, found_at)| Double {
            member: MemberId(member),
            other: MemberId(other),
            found_at: Timestamp::from_micros(found_at),
        };
        Ok(rows.into_iter().map(double).collect())
    }

    /// Whether two are noted as probably one person, and nobody has said that they are two.
    pub async fn are_doubles(
        &self,
        program: ProgramId,
        one: MemberId,
        other: MemberId,
    ) -> Result<bool, StoreError> {
        let values = [one.0.into(), other.0.into()];
        let rows: Vec<(Uuid,)> = self.query(program, &text::ARE_DOUBLES, values).await?;
        Ok(!rows.is_empty())
    }
}
