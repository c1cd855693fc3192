//! Log-ins from outside. This file is compiled once for each database: `super` names the types and binds.
//!
//! Codes and visits are written beside the writer, like what jobs keep: nothing of the journal hangs on them.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::run::fetch;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::{Role, Who};
use crate::ids::{IdentityId, ProgramId};
use crate::machine::State;
use crate::store::columns::Column;
use crate::store::views::{Asked, IdentityView, NewCode, Visit};
use crate::store::{StoreError, outside_text as text};

fn who(of: Uuid, role: &str, subject: Uuid) -> Result<Who, StoreError> {
    let role = Role::from_name(role);
    let role = role.ok_or_else(|| StoreError::corrupt("identities", "role", of, "unknown"))?;
    Ok(Who { role, subject })
}

impl Tx<'_> {
    pub(super) async fn load_identities(
        &mut self,
        ids: &BTreeSet<IdentityId>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(ids.iter().map(|id| id.0))];
        let rows: Vec<(Uuid, String, Uuid)> = self.fetch(&text::IDENTITIES_BY_ID, columns).await?;
        for (id, role, subject) in rows {
            let who = who(id, &role, subject)?;
            state.people.load_identity(IdentityId(id), who);
        }
        Ok(())
    }
}

impl Store {
    /// Keeps a code, unless it is too soon for another.
    pub async fn draw_login_code(
        &self,
        program: ProgramId,
        code: &NewCode,
    ) -> Result<bool, StoreError> {
        let values = [
            code.phone_hash.as_str().into(),
            code.code_hash.as_str().into(),
            code.expires_at.as_micros().into(),
            code.now.as_micros().into(),
            code.apart.as_micros().into(),
            code.a_day_ago.as_micros().into(),
            code.a_day.into(),
        ];
        let kept: Vec<(Uuid,)> = fetch(self.keeper(), &text::DRAW_CODE, program.0, &values).await?;
        Ok(!kept.is_empty())
    }

    /// One guess at a phone's code: whether it was right, and the first that was.
    pub async fn guess_login_code(
        &self,
        program: ProgramId,
        phone_hash: &str,
        code_hash: &str,
        now: Timestamp,
        guesses: i64,
    ) -> Result<bool, StoreError> {
        let values = [
            phone_hash.into(),
            code_hash.into(),
            now.as_micros().into(),
            guesses.into(),
        ];
        let left: Vec<(Option<String>,)> =
            fetch(self.keeper(), &text::GUESS_CODE, program.0, &values).await?;
        Ok(matches!(left.as_slice(), [(None,)]))
    }

    /// When a phone's last code was asked for, and how many there were since when.
    pub async fn asked_for(
        &self,
        program: ProgramId,
        phone_hash: &str,
    ) -> Result<Option<Asked>, StoreError> {
        let values = [phone_hash.into()];
        let rows: Vec<(i64, i64, i64)> = self.query(program, &text::WHEN_ASKED, values).await?;
        let asked = rows.into_iter().next();
        Ok(asked.map(|(last, first, times)| Asked {
            last: Timestamp::from_micros(last),
            first: Timestamp::from_micros(first),
            times,
        }))
    }

    /// Notes that a browser was sent to a provider.
    pub async fn begin_visit(
        &self,
        program: ProgramId,
        state_hash: &str,
        visit: &Visit,
    ) -> Result<(), StoreError> {
        let values = [
            state_hash.into(),
            visit.provider.as_str().into(),
            visit.links.map(|who| who.role.name()).into(),
            visit.links.map(|who| who.subject).into(),
            visit.expires_at.as_micros().into(),
        ];
        let _: Vec<(Uuid,)> = fetch(self.keeper(), &text::BEGIN_VISIT, program.0, &values).await?;
        Ok(())
    }

    /// The visit that a browser came back from, once.
    pub async fn end_visit(
        &self,
        program: ProgramId,
        state_hash: &str,
        provider: &str,
    ) -> Result<Option<Visit>, StoreError> {
        type Row = (Option<String>, Option<Uuid>, i64);
        let values = [state_hash.into(), provider.into()];
        let rows: Vec<Row> = fetch(self.keeper(), &text::END_VISIT, program.0, &values).await?;
        let Some((role, subject, expires_at)) = rows.into_iter().next() else {
            return Ok(None);
        };
        let links = role.zip(subject);
        Ok(Some(Visit {
            provider: provider.to_owned(),
            links: match links {
                Some((role, subject)) => Some(who(subject, &role, subject)?),
                None => None,
            },
            expires_at: Timestamp::from_micros(expires_at),
        }))
    }

    /// Who an identity is, if it is linked.
    pub async fn linked(
        &self,
        program: ProgramId,
        issuer: &str,
        subject_hash: &str,
    ) -> Result<Option<Who>, StoreError> {
        let values = [issuer.into(), subject_hash.into()];
        let rows: Vec<(String, Uuid, Uuid)> = self.query(program, &text::IDENTITY, values).await?;
        let row = rows.into_iter().next();
        row.map(|(role, subject, id)| who(id, &role, subject))
            .transpose()
    }

    /// A page of identities after one, in order of id.
    pub async fn identities(
        &self,
        program: ProgramId,
        after: IdentityId,
        limit: i64,
    ) -> Result<Vec<IdentityView>, StoreError> {
        let values = [after.0.into(), limit.into()];
        views(self.query(program, &text::IDENTITIES, values).await?)
    }

    /// Every identity that somebody logs in with.
    pub async fn identities_of(
        &self,
        program: ProgramId,
        who: Who,
    ) -> Result<Vec<IdentityView>, StoreError> {
        let values = [who.role.name().into(), who.subject.into()];
        views(self.query(program, &text::IDENTITIES_OF, values).await?)
    }
}

fn views(rows: Vec<(Uuid, String, String, Uuid)>) -> Result<Vec<IdentityView>, StoreError> {
    let view = |(id, issuer, role, subject): (Uuid, String, String, Uuid)| {
        Ok(IdentityView {
            id: IdentityId(id),
            issuer,
            who: who(id, &role, subject)?,
        })
    };
    rows.into_iter().map(view).collect()
}
