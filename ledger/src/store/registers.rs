//! Records, as statements and rows: the same for both databases.

use uuid::Uuid;

use super::columns::Column;
use super::save::Save;
use super::{
    log_in_text, outside_text, paying_text, people_text, personal_text, settling_text, text,
};
use crate::community::Registration;

/// Records in the order made, those of one kind that follow each other as rows of one statement.
pub fn registrations(registrations: &[Registration]) -> Vec<Save> {
    let mut saves: Vec<Save> = Vec::new();
    for (statement, columns) in registrations.iter().map(registration) {
        match saves.last_mut() {
            Some((last, rows)) if std::ptr::eq(*last, statement) => {
                for (rows, more) in rows.iter_mut().zip(columns) {
                    rows.extend(more);
                }
            }
            _ => saves.push((statement, columns)),
        }
    }
    saves
}

/// The row of one record.
fn registration(registration: &Registration) -> Save {
    let id = |id: Uuid| Column::uuids([id]);
    let maybe = |id: Option<Uuid>| Column::Uuid(vec![id]);
    let word = |text: &str| Column::texts([text]);
    match registration {
        Registration::Program(p) => (
            &text::ADD_PROGRAM,
            vec![word(&p.code), word(&p.name), word(&p.zone)],
        ),
        Registration::Organization(o) => {
            let parent = maybe(o.parent.map(|id| id.0));
            (
                &text::ADD_ORGANIZATION,
                vec![id(o.id.0), parent, word(&o.kind), word(&o.name)],
            )
        }
        Registration::Member(m) => {
            let organization = maybe(m.organization.map(|id| id.0));
            (
                &text::ADD_MEMBER,
                vec![id(m.id.0), organization, word(&m.name)],
            )
        }
        Registration::Staff(s) => {
            let organization = maybe(s.organization.map(|id| id.0));
            let member = maybe(s.member.map(|id| id.0));
            (
                &text::ADD_STAFF,
                vec![id(s.id.0), organization, word(&s.name), member],
            )
        }
        Registration::Merchant(m) => (&text::ADD_MERCHANT, vec![id(m.id.0), word(&m.name)]),
        Registration::Store(s) => {
            let columns = vec![
                id(s.id.0),
                id(s.merchant.0),
                word(&s.name),
                word(&s.address),
            ];
            (&text::ADD_STORE, columns)
        }
        Registration::Clerk(c) => (
            &log_in_text::ADD_CLERK,
            vec![
                id(c.id.0),
                id(c.store.0),
                word(&c.name),
                word(c.role.name()),
                Column::ints([i64::from(c.whole_merchant)]),
            ],
        ),
        Registration::Site(s) => {
            let organization = maybe(s.organization.map(|id| id.0));
            (
                &text::ADD_SITE,
                vec![id(s.id.0), organization, word(&s.name), word(&s.address)],
            )
        }
        Registration::Budget(b) => (
            &text::ADD_BUDGET,
            vec![id(b.id.0), word(&b.code), word(&b.name)],
        ),
        Registration::Funder(f) => (&settling_text::ADD_FUNDER, vec![id(f.id.0), word(&f.name)]),
        Registration::ApiKey(k) => {
            let verbs = k.verbs.map(|verbs| verbs.to_string());
            let hash = word(&k.secret_hash);
            let columns = vec![
                hash,
                id(k.id.0),
                word(k.role.name()),
                maybe(k.subject),
                word(&k.name),
                Column::Text(vec![verbs]),
                maybe(k.node.map(|id| id.0)),
                Column::Int(vec![k.expires_at.map(|at| at.as_micros())]),
            ];
            (&text::ADD_API_KEY, columns)
        }
        Registration::Appointment(a) => {
            let organization = maybe(a.organization.map(|id| id.0));
            let columns = vec![id(a.id.0), id(a.staff.0), word(a.role.name()), organization];
            (&people_text::ADD_APPOINTMENT, columns)
        }
        Registration::Identity(i) => {
            let (issuer, hash) = (word(&i.issuer), word(&i.subject_hash));
            let columns = vec![
                issuer,
                hash,
                id(i.id.0),
                word(i.who.role.name()),
                id(i.who.subject),
            ];
            (&outside_text::ADD_IDENTITY, columns)
        }
        Registration::Policy(v) => {
            let from = Column::Int(vec![v.effective_from.map(|at| at.as_micros())]);
            (
                &text::ADD_POLICY,
                vec![word(&v.name), from, word(&v.digest), word(&v.source)],
            )
        }
        Registration::Layer(v) => {
            let count = |count: usize| Column::ints([i64::try_from(count).unwrap_or(i64::MAX)]);
            let columns = vec![
                word(&v.name),
                Column::Int(vec![v.effective_from.map(|at| at.as_micros())]),
                word(&v.area.digest()),
                word(v.area.text()),
                count(v.area.polygons()),
                count(v.area.corners()),
            ];
            (&text::ADD_LAYER, columns)
        }
        Registration::JoinCode(c) => {
            let expires_at = Column::ints([c.expires_at.as_micros()]);
            let columns = vec![id(c.organization.0), word(&c.code), expires_at];
            (&personal_text::ADD_JOIN_CODE, columns)
        }
        Registration::Handle(h) => (
            &paying_text::ADD_HANDLE,
            vec![word(&h.handle), id(h.member.0)],
        ),
        Registration::Code(c) | Registration::OnlyCode(c) => {
            let expires_at = Column::ints([c.expires_at.as_micros()]);
            (
                &text::ADD_CODE,
                vec![word(&c.hash), id(c.member.0), expires_at],
            )
        }
    }
}
