//! Who may do what. This file is compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::run::run_rows;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::{Access, Role, StaffRole, Verbs};
use crate::ids::{
    ActorId, ApiKeyId, AppointmentId, MemberId, OrganizationId, ProgramId, StaffId, StoreId,
};
use crate::machine::State;
use crate::machine::people::{Ended, PeopleNeeds, spoken_for};
use crate::store::columns::Column;
use crate::store::statement::Statement;
use crate::store::views::{Appointed, AppointmentView, KeyHolder, KeyView, Named};
use crate::store::{StoreError, outside_text, people_text as text};

type Moment = Option<i64>;

fn moment(at: Moment) -> Option<Timestamp> {
    at.map(Timestamp::from_micros)
}

/// From when on a key is worthless, whichever comes first.
fn soonest(moments: [Moment; 3]) -> Option<Timestamp> {
    moment(moments.into_iter().flatten().min())
}

fn role_of_key(key: Uuid, role: &str) -> Result<Role, StoreError> {
    Role::from_name(role).ok_or_else(|| StoreError::corrupt("api_keys", "role", key, role))
}

fn verbs_of_key(key: Uuid, verbs: Option<String>) -> Result<Option<Verbs>, StoreError> {
    let verbs = verbs.map(|verbs| Verbs::parse(&verbs)).transpose();
    verbs.map_err(|name| StoreError::corrupt("api_keys", "verbs", key, name))
}

fn staff_role(of: Uuid, role: &str) -> Result<StaffRole, StoreError> {
    StaffRole::from_name(role).ok_or_else(|| StoreError::corrupt("appointments", "role", of, role))
}

impl Tx<'_> {
    pub(super) async fn load_people(
        &mut self,
        needs: &PeopleNeeds,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.organizations.is_empty() {
            let columns = [Column::uuids(needs.organizations.iter().map(|id| id.0))];
            let rows: Vec<(Uuid,)> = self.fetch(&text::ORGANIZATIONS_OF, columns).await?;
            for (id,) in rows {
                state.people.load_organization(OrganizationId(id));
            }
        }
        if !needs.staff.is_empty() {
            let columns = [Column::uuids(needs.staff.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Moment)> = self.fetch(&text::STAFF_OF, columns).await?;
            for (id, left_at) in rows {
                state.people.load_staff(StaffId(id), moment(left_at));
            }
        }
        if !needs.appointments.is_empty() {
            let columns = [Column::uuids(needs.appointments.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Uuid, Moment)> =
                self.fetch(&text::APPOINTMENTS_OF, columns).await?;
            for (id, staff, ended_at) in rows {
                let (id, staff) = (AppointmentId(id), StaffId(staff));
                state.people.load_appointment(id, staff, moment(ended_at));
            }
        }
        if !needs.keys.is_empty() {
            let columns = [Column::uuids(needs.keys.iter().map(|id| id.0))];
            type Row = (Uuid, String, Option<Uuid>, Moment, Moment);
            let rows: Vec<Row> = self.fetch(&text::KEYS_OF, columns).await?;
            for (id, role, subject, expires_at, ended_at) in rows {
                let staff = spoken_for(role_of_key(id, &role)?, subject);
                let ends_at = soonest([expires_at, ended_at, None]);
                state.people.load_key(ApiKeyId(id), staff, ends_at);
            }
        }
        self.load_identities(&needs.identities, state).await
    }

    pub(super) async fn end_access(&mut self, ended: &Ended) -> Result<(), StoreError> {
        let at = || Column::ints([ended.at.as_micros()]);
        let by = || Column::uuids([ended.by.0]);
        let id = |id: Uuid| Column::uuids([id]);
        match ended.access {
            Access::Appointment(of) => {
                self.run(&text::END_APPOINTMENT, [id(of.0), at(), by()])
                    .await?;
            }
            Access::Key(key) => {
                self.run(&text::END_KEY, [id(key.0), at(), by()]).await?;
            }
            Access::Session(session) => {
                self.end_session(session, ended.at, ended.by.0).await?;
            }
            Access::Clerk(clerk) => {
                self.run(&outside_text::UNLINK_STAFF, [id(clerk.0)]).await?;
                self.clerk_leaves(clerk, ended.at, ended.by.0).await?;
            }
            Access::Identity(of) => {
                self.run(&outside_text::UNLINK, [id(of.0)]).await?;
            }
            Access::Staff(staff) => {
                self.run(&text::LEAVE, [id(staff.0), at()]).await?;
                for statement in [&text::END_APPOINTMENTS_OF, &text::END_KEYS_OF] {
                    self.run(statement, [id(staff.0), at(), by()]).await?;
                }
                let all = Uuid::nil();
                self.end_sessions_of(staff.0, all, ended.at, ended.by.0)
                    .await?;
                self.run(&outside_text::UNLINK_STAFF, [id(staff.0)]).await?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// The holder of the API key whose secret has this hash, ended or not.
    pub async fn key_holder(
        &self,
        program: ProgramId,
        hash: &str,
    ) -> Result<Option<KeyHolder>, StoreError> {
        type Row = (
            Uuid,
            String,
            Option<Uuid>,
            Option<Uuid>,
            Option<String>,
            Option<Uuid>,
            Moment,
            Moment,
            Moment,
            Option<Uuid>,
            Option<Uuid>,
        );
        let rows: Vec<Row> = self
            .query(program, &text::KEY_HOLDER, [hash.into()])
            .await?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        let (key, role, subject, member, verbs, node, expires_at, ended_at, left_at, home, any) =
            row;
        let role = role_of_key(key, &role)?;
        // Whom another kind of key speaks for may have the id of nobody on the staff.
        let staff = spoken_for(role, subject);
        let left_at = left_at.filter(|_| staff.is_some());
        let appointed = match staff {
            Some(staff) => Some(self.appointed(program, staff).await?),
            None => None,
        };
        Ok(Some(KeyHolder {
            stores: Vec::new(),
            key,
            session: None,
            role,
            subject,
            store: subject.filter(|_| role == Role::Merchant).map(StoreId),
            staff_member: member.map(MemberId),
            verbs: verbs_of_key(key, verbs)?,
            node: node.map(OrganizationId),
            ends_at: soonest([expires_at, ended_at, left_at]),
            home: home.map(OrganizationId).filter(|_| staff.is_some()),
            appointed: appointed.filter(|appointed| any.is_some() || !appointed.is_empty()),
        }))
    }

    /// To what somebody was appointed, ended or not.
    pub async fn appointed(
        &self,
        program: ProgramId,
        staff: StaffId,
    ) -> Result<Vec<Appointed>, StoreError> {
        let rows: Vec<(String, Option<Uuid>, Moment)> = self
            .query(program, &text::APPOINTED, [staff.0.into()])
            .await?;
        rows.into_iter()
            .map(|(role, node, ended_at)| {
                Ok(Appointed {
                    role: staff_role(staff.0, &role)?,
                    organization: node.map(OrganizationId),
                    ended_at: moment(ended_at),
                })
            })
            .collect()
    }

    /// A page of appointments after one, in order of id.
    pub async fn appointments(
        &self,
        program: ProgramId,
        after: AppointmentId,
        limit: i64,
    ) -> Result<Vec<AppointmentView>, StoreError> {
        type Row = (Uuid, Uuid, String, Option<Uuid>, Moment, Option<Uuid>);
        let values = [after.0.into(), limit.into()];
        let rows: Vec<Row> = self.query(program, &text::APPOINTMENTS, values).await?;
        rows.into_iter()
            .map(|(id, staff, role, node, ended_at, ended_by)| {
                Ok(AppointmentView {
                    id: AppointmentId(id),
                    staff: StaffId(staff),
                    role: staff_role(id, &role)?,
                    organization: node.map(OrganizationId),
                    ended_at: moment(ended_at),
                    ended_by: ended_by.map(ActorId),
                })
            })
            .collect()
    }

    /// A page of API keys after one, in order of id, those that ended among them.
    pub async fn keys(
        &self,
        program: ProgramId,
        after: ApiKeyId,
        limit: i64,
    ) -> Result<Vec<KeyView>, StoreError> {
        type Row = (
            Uuid,
            String,
            String,
            Option<Uuid>,
            Option<String>,
            Option<Uuid>,
            Moment,
            Moment,
            Moment,
        );
        let values = [after.0.into(), limit.into()];
        let rows: Vec<Row> = self.query(program, &text::KEYS, values).await?;
        rows.into_iter()
            .map(
                |(id, name, role, subject, verbs, node, expires, ended, used)| {
                    Ok(KeyView {
                        id: ApiKeyId(id),
                        name,
                        role: role_of_key(id, &role)?,
                        subject,
                        verbs: verbs_of_key(id, verbs)?,
                        node: node.map(OrganizationId),
                        expires_at: moment(expires),
                        ended_at: moment(ended),
                        last_used_at: moment(used),
                    })
                },
            )
            .collect()
    }

    /// Notes when keys were last used, beside the writer.
    pub async fn note_keys_used(
        &self,
        program: ProgramId,
        used: &[(ApiKeyId, Timestamp)],
    ) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (id.0, *at));
        self.note_used(program, &text::KEYS_USED, used).await
    }

    /// Notes when each was last used.
    pub(super) async fn note_used(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        used: impl Iterator<Item = (Uuid, Timestamp)> + Clone,
    ) -> Result<(), StoreError> {
        let columns = [
            Column::uuids(used.clone().map(|(id, _)| id)),
            Column::ints(used.map(|(_, at)| at.as_micros())),
        ];
        let mut keeper = self.keeper().acquire().await?;
        run_rows(&mut keeper, statement, program.0, &columns).await?;
        Ok(())
    }

    /// An organization and all above it; nothing for one that is not on record.
    pub async fn path(
        &self,
        program: ProgramId,
        organization: OrganizationId,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        self.path_by(program, &text::PATH, organization.0).await
    }

    /// The organization that looks after a member, and all above it.
    pub async fn path_of_member(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        self.path_by(program, &text::PATH_OF_MEMBER, member.0).await
    }

    async fn path_by(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        id: Uuid,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let rows: Vec<(Uuid,)> = self.query(program, statement, [id.into()]).await?;
        Ok(rows.into_iter().map(|(id,)| OrganizationId(id)).collect())
    }

    /// A page of the members below a node after one, in order of id.
    pub async fn members_within(
        &self,
        program: ProgramId,
        node: OrganizationId,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Named>, StoreError> {
        type Row = (Uuid, String, Option<Uuid>, String);
        let values = [after.into(), limit.into(), node.0.into()];
        let rows: Vec<Row> = self.query(program, &text::MEMBERS_WITHIN, values).await?;
        Ok(rows
            .into_iter()
            .map(|(id, name, belongs_to, detail)| Named {
                id,
                name,
                belongs_to,
                detail,
            })
            .collect())
    }
}
