//! Logging in. This file is compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::{ClerkRole, Role, Session, Way};
use crate::ids::{
    ActorId, ClerkId, MemberId, OrganizationId, ProgramId, SessionId, StaffId, StoreId,
};
use crate::machine::State;
use crate::machine::log_in::LogInChange;
use crate::machine::people::PeopleNeeds;
use crate::store::columns::Column;
use crate::store::views::{KeyHolder, LoginRow, SessionView};
use crate::store::{StoreError, log_in_text as text};

type Moment = Option<i64>;

fn role_of(session: Uuid, role: &str) -> Result<Role, StoreError> {
    Role::from_name(role).ok_or_else(|| StoreError::corrupt("sessions", "role", session, role))
}

fn way_of(session: Uuid, way: &str) -> Result<Way, StoreError> {
    Way::from_name(way).ok_or_else(|| StoreError::corrupt("sessions", "way", session, way))
}

/// session, role, subject, way, agent, opened_at, seen_at, idle_seconds, ends_at, ended_by.
type SessionRow = (
    Uuid,
    String,
    Uuid,
    String,
    String,
    i64,
    i64,
    i64,
    i64,
    Option<Uuid>,
);

fn session_view(row: SessionRow) -> Result<SessionView, StoreError> {
    let (id, role, subject, way, agent, opened_at, seen_at, idle, ends_at, ended_by) = row;
    let seen_at = Timestamp::from_micros(seen_at);
    Ok(SessionView {
        id: SessionId(id),
        role: role_of(id, &role)?,
        subject,
        way: way_of(id, &way)?,
        agent,
        opened_at: Timestamp::from_micros(opened_at),
        seen_at,
        ends_at: Timestamp::from_micros(ends_at).min(seen_at.plus_seconds(idle)),
        ended_by: ended_by.map(ActorId),
    })
}

/// subject, role, handle, password, totp_key, totp, totp_step, invite_hash, invite_ends_at.
type Login = (
    Uuid,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    Option<String>,
    Moment,
);

fn login_row(row: Login) -> Result<LoginRow, StoreError> {
    let (subject, role, handle, password, key, totp, step, hash, ends_at) = row;
    Ok(LoginRow {
        subject,
        role: Role::from_name(&role)
            .ok_or_else(|| StoreError::corrupt("logins", "role", subject, &role))?,
        handle,
        password,
        totp: key.zip(totp),
        step,
        invitation: hash.zip(ends_at.map(Timestamp::from_micros)),
    })
}

impl Tx<'_> {
    pub(super) async fn load_log_ins(
        &mut self,
        needs: &PeopleNeeds,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.clerks.is_empty() {
            let columns = [Column::uuids(needs.clerks.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Moment)> = self.fetch(&text::CLERKS_OF, columns).await?;
            for (id, left_at) in rows {
                let left_at = left_at.map(Timestamp::from_micros);
                state.people.log_ins.load_clerk(ClerkId(id), left_at);
            }
        }
        if !needs.sessions.is_empty() {
            let columns = [Column::uuids(needs.sessions.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, i64)> = self.fetch(&text::SESSIONS_OF, columns).await?;
            for (id, ends_at) in rows {
                let ends_at = Timestamp::from_micros(ends_at);
                state.people.log_ins.load_session(SessionId(id), ends_at);
            }
        }
        if !needs.logins.is_empty() {
            let columns = [Column::uuids(needs.logins.iter().copied())];
            let rows: Vec<(Uuid, Option<String>, Moment)> =
                self.fetch(&text::LOGINS_OF, columns).await?;
            for (subject, hash, ends_at) in rows {
                let invitation = hash.zip(ends_at.map(Timestamp::from_micros));
                state.people.log_ins.load_login(subject, invitation);
            }
        }
        Ok(())
    }

    pub(super) async fn save_log_ins(&mut self, changes: &[LogInChange]) -> Result<(), StoreError> {
        for change in changes {
            match change {
                LogInChange::Open(session) => self.add_session(session).await?,
                LogInChange::Invite(invitation) => {
                    let columns = [
                        Column::uuids([invitation.subject]),
                        Column::texts([invitation.role.name()]),
                        Column::texts([invitation.handle.as_str()]),
                        Column::texts([invitation.secret_hash.as_str()]),
                        Column::ints([invitation.ends_at.as_micros()]),
                    ];
                    self.run(&text::INVITE, columns).await?;
                }
                LogInChange::Pin(pin) => self.save_pin(pin).await?,
                LogInChange::Set { credentials, at } => {
                    let subject = credentials.subject;
                    let totp = credentials.totp.as_ref();
                    let columns = [
                        Column::uuids([subject]),
                        Column::Text(vec![credentials.password.clone()]),
                        Column::Text(vec![totp.map(|totp| totp.key_id.clone())]),
                        Column::Text(vec![totp.map(|totp| totp.body.clone())]),
                        Column::Int(vec![totp.map(|totp| totp.step)]),
                    ];
                    self.run(&text::SET_LOGIN, columns).await?;
                    if let Some(hashes) = &credentials.recovery {
                        let columns = [Column::uuids([subject])];
                        self.run(&text::DROP_RECOVERY, columns).await?;
                        let columns = [
                            Column::uuids(hashes.iter().map(|_| subject)),
                            Column::texts(hashes.iter().cloned()),
                        ];
                        self.run(&text::ADD_RECOVERY, columns).await?;
                    }
                    // Whoever is invited anew may have lost more than a password.
                    if credentials.invited_by.is_some() {
                        self.drop_pin(subject).await?;
                    }
                    let keep = credentials.keep.map_or(Uuid::nil(), |id| id.0);
                    self.end_sessions_of(subject, keep, *at, subject).await?;
                }
                LogInChange::End {
                    member,
                    but,
                    by,
                    at,
                } => {
                    let but = but.map_or(Uuid::nil(), |id| id.0);
                    self.end_sessions_of(member.0, but, *at, by.0).await?;
                }
            }
        }
        Ok(())
    }

    async fn add_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let columns = [
            Column::texts([session.secret_hash.as_str()]),
            Column::uuids([session.id.0]),
            Column::texts([session.role.name()]),
            Column::uuids([session.subject]),
            Column::texts([session.way.name()]),
            Column::texts([session.agent.as_str()]),
            Column::ints([session.opened_at.as_micros()]),
            Column::ints([session.idle_seconds]),
            Column::ints([session.ends_at.as_micros()]),
            Column::Uuid(vec![session.store.map(|id| id.0)]),
        ];
        self.run(&text::ADD_SESSION, columns).await?;
        Ok(())
    }

    pub(super) async fn end_session(
        &mut self,
        id: SessionId,
        at: Timestamp,
        by: Uuid,
    ) -> Result<(), StoreError> {
        let columns = [
            Column::uuids([id.0]),
            Column::ints([at.as_micros()]),
            Column::uuids([by]),
        ];
        self.run(&text::END_SESSION, columns).await?;
        Ok(())
    }

    /// All of somebody's but one; the nil id is none.
    pub(super) async fn end_sessions_of(
        &mut self,
        subject: Uuid,
        but: Uuid,
        at: Timestamp,
        by: Uuid,
    ) -> Result<(), StoreError> {
        let columns = [
            Column::uuids([subject]),
            Column::uuids([but]),
            Column::ints([at.as_micros()]),
            Column::uuids([by]),
        ];
        self.run(&text::END_SESSIONS_OF, columns).await?;
        Ok(())
    }

    pub(super) async fn clerk_leaves(
        &mut self,
        id: ClerkId,
        at: Timestamp,
        by: Uuid,
    ) -> Result<(), StoreError> {
        let columns = [Column::uuids([id.0]), Column::ints([at.as_micros()])];
        self.run(&text::CLERK_LEAVES, columns).await?;
        self.drop_pin(id.0).await?;
        self.end_sessions_of(id.0, Uuid::nil(), at, by).await
    }
}

impl Store {
    /// Whose session has a secret of this hash, ended or not.
    pub async fn session_holder(
        &self,
        program: ProgramId,
        hash: &str,
    ) -> Result<Option<KeyHolder>, StoreError> {
        type Row = (
            Uuid,
            String,
            Uuid,
            Option<Uuid>,
            Option<Uuid>,
            Option<Uuid>,
            i64,
            i64,
            i64,
            Moment,
            Option<Uuid>,
            Option<String>,
            Option<i64>,
            String,
        );
        let rows: Vec<Row> = self
            .query(program, &text::SESSION_HOLDER, [hash.into()])
            .await?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        let (
            id,
            role,
            subject,
            member,
            home,
            store,
            seen_at,
            idle,
            ends_at,
            left_at,
            any,
            at,
            all,
            way,
        ) = row;
        let (role, way) = (role_of(id, &role)?, way_of(id, &way)?);
        let verbs = match at.as_deref() {
            None => None,
            Some(at) => {
                let role = ClerkRole::from_name(at);
                let role =
                    role.ok_or_else(|| StoreError::corrupt("clerks", "role", subject, at))?;
                Some(way.lets(role.verbs()))
            }
        };
        let stores = match store.filter(|_| all == Some(1)) {
            Some(store) => self.stores_beside(program, store).await?,
            None => Vec::new(),
        };
        let appointed = match role {
            Role::Staff => Some(self.appointed(program, StaffId(subject)).await?),
            _ => None,
        };
        // Unused for too long it ends as if it had been ended then.
        let idle_at = Timestamp::from_micros(seen_at).plus_seconds(idle);
        let ends = [Some(ends_at), left_at].into_iter().flatten();
        let ends_at = ends
            .map(Timestamp::from_micros)
            .fold(idle_at, Timestamp::min);
        Ok(Some(KeyHolder {
            key: id,
            session: Some(SessionId(id)),
            role,
            subject: Some(subject),
            // The demo's clerks stand for their store.
            store: (role == Role::Merchant).then(|| StoreId(store.unwrap_or(subject))),
            stores,
            staff_member: member.map(MemberId),
            verbs,
            node: None,
            ends_at: Some(ends_at),
            home: home.map(OrganizationId),
            appointed: appointed.filter(|appointed| any.is_some() || !appointed.is_empty()),
        }))
    }

    async fn stores_beside(
        &self,
        program: ProgramId,
        store: Uuid,
    ) -> Result<Vec<StoreId>, StoreError> {
        let rows: Vec<(Uuid,)> = self
            .query(program, &text::STORES_BESIDE, [store.into()])
            .await?;
        Ok(rows.into_iter().map(|(id,)| StoreId(id)).collect())
    }

    /// A page of somebody's sessions after one, in order of id, those that ended lately among them.
    pub async fn sessions_of(
        &self,
        program: ProgramId,
        subject: Uuid,
        after: SessionId,
        limit: i64,
    ) -> Result<Vec<SessionView>, StoreError> {
        let values = [subject.into(), after.0.into(), limit.into()];
        let rows: Vec<SessionRow> = self.query(program, &text::SESSIONS_FOR, values).await?;
        rows.into_iter().map(session_view).collect()
    }

    /// One session.
    pub async fn session(
        &self,
        program: ProgramId,
        id: SessionId,
    ) -> Result<Option<SessionView>, StoreError> {
        let rows: Vec<SessionRow> = self.query(program, &text::SESSION, [id.0.into()]).await?;
        rows.into_iter().next().map(session_view).transpose()
    }

    /// Notes when sessions were last used, beside the writer.
    pub async fn note_sessions_used(
        &self,
        program: ProgramId,
        used: &[(SessionId, Timestamp)],
    ) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (id.0, *at));
        self.note_used(program, &text::SESSIONS_SEEN, used).await
    }

    /// What somebody logs in with, by their handle.
    pub async fn login_by_handle(
        &self,
        program: ProgramId,
        handle: &str,
    ) -> Result<Option<LoginRow>, StoreError> {
        let rows: Vec<Login> = self
            .query(program, &text::LOGIN_BY_HANDLE, [handle.into()])
            .await?;
        rows.into_iter().next().map(login_row).transpose()
    }

    /// The same by the hash of an invitation, whether it is still good or not.
    pub async fn login_by_invitation(
        &self,
        program: ProgramId,
        hash: &str,
    ) -> Result<Option<LoginRow>, StoreError> {
        let rows: Vec<Login> = self
            .query(program, &text::LOGIN_BY_INVITATION, [hash.into()])
            .await?;
        rows.into_iter().next().map(login_row).transpose()
    }

    /// The same by whose it is.
    pub async fn login(
        &self,
        program: ProgramId,
        subject: Uuid,
    ) -> Result<Option<LoginRow>, StoreError> {
        let rows: Vec<Login> = self.query(program, &text::LOGIN, [subject.into()]).await?;
        rows.into_iter().next().map(login_row).transpose()
    }

    /// How many recovery codes somebody has left.
    pub async fn recovery_left(
        &self,
        program: ProgramId,
        subject: Uuid,
    ) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self
            .query(program, &text::RECOVERY_LEFT, [subject.into()])
            .await?;
        Ok(rows.first().map_or(0, |(left,)| *left))
    }

    /// A page of logins whose secret is sealed under another master key than this, in order of subject.
    pub async fn totp_under_other_keys(
        &self,
        program: ProgramId,
        key_id: &str,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<LoginRow>, StoreError> {
        let values = [key_id.into(), after.into(), limit.into()];
        let rows: Vec<Login> = self
            .query(program, &text::TOTP_UNDER_OTHER_KEYS, values)
            .await?;
        rows.into_iter().map(login_row).collect()
    }
}
