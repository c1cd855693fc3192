//! What a batch changed, as statements and rows: the same for both databases.

use uuid::Uuid;

use super::columns::Column;
use super::statement::Statement;
use super::text;
use crate::community::Registration;
use crate::journal::{PostedEntry, PostedTransfer};
use crate::lots::Lot;
use crate::machine::state::Changes;
use crate::machine::{Award, State};

type Save = (&'static Statement, Vec<Column>);

/// Every table a batch changed, in the order in which they are written.
pub fn changes(state: &State) -> Vec<Save> {
    let changes = &state.changes;
    let mut saves = Vec::with_capacity(10);
    if !changes.accounts.is_empty() {
        saves.push(accounts(state, changes));
    }
    if !changes.transfers.is_empty() {
        saves.push(transfers(&changes.transfers));
        saves.push(entries(&changes.transfers));
    }
    if !changes.new_awards.is_empty() {
        let awards: Vec<&Award> = state.awards(&changes.new_awards).collect();
        saves.push(new_awards(&awards));
    }
    if !changes.awards.is_empty() {
        let awards: Vec<&Award> = state.awards(&changes.awards).collect();
        saves.push(decided_awards(&awards));
    }
    if !changes.lots.is_empty() {
        let changed = changes.lots.iter();
        let lots: Vec<&Lot> = changed
            .filter_map(|(member, id)| state.lot(*member, *id))
            .collect();
        saves.push(lots_rows(&lots));
    }
    if !changes.redemptions.is_empty() {
        saves.extend(redemptions(state, changes));
    }
    if !changes.counters.is_empty() {
        let keys = || changes.counters.iter();
        let columns = vec![
            Column::uuids(keys().map(|key| key.subject)),
            Column::ints(keys().map(|key| key.window_start.as_micros())),
            Column::texts(keys().map(|key| key.cap.clone())),
            Column::ints(keys().map(|key| state.counter(key))),
        ];
        saves.push((&text::SAVE_COUNTERS, columns));
    }
    if !changes.spent_codes.is_empty() {
        let codes = || changes.spent_codes.iter();
        let columns = vec![
            Column::texts(codes().map(|(hash, _)| hash.clone())),
            Column::uuids(codes().map(|(_, command)| command.0)),
        ];
        saves.push((&text::SPEND_CODES, columns));
    }
    if !changes.events.is_empty() {
        saves.push(events(changes));
    }
    saves
}

fn accounts(state: &State, changes: &Changes) -> Save {
    let accounts = || changes.accounts.iter();
    let columns = vec![
        Column::uuids(accounts().map(|account| account.owner)),
        Column::ints(accounts().map(|account| account.kind.number())),
        Column::ints(accounts().map(|account| state.account(*account).points.hundredths())),
        Column::ints(accounts().map(|account| state.account(*account).version)),
        Column::ints(accounts().map(|_| state.now.as_micros())),
    ];
    (&text::SAVE_ACCOUNTS, columns)
}

fn transfers(transfers: &[PostedTransfer]) -> Save {
    let rows = || transfers.iter();
    let columns = vec![
        Column::uuids(rows().map(|t| t.id.0)),
        Column::texts(rows().map(|t| t.kind.name())),
        Column::uuids(rows().map(|t| t.subject)),
        Column::uuids(rows().map(|t| t.actor.0)),
        Column::ints(rows().map(|t| t.occurred_at.as_micros())),
        Column::ints(rows().map(|t| t.recorded_at.as_micros())),
    ];
    (&text::SAVE_TRANSFERS, columns)
}

fn entries(transfers: &[PostedTransfer]) -> Save {
    let rows: Vec<(Uuid, &PostedEntry)> = transfers
        .iter()
        .flat_map(|t| t.entries.iter().map(|entry| (t.id.0, entry)))
        .collect();
    let rows = || rows.iter();
    let columns = vec![
        Column::uuids(rows().map(|(_, e)| e.account.owner)),
        Column::ints(rows().map(|(_, e)| e.account.kind.number())),
        Column::ints(rows().map(|(_, e)| e.version)),
        Column::uuids(rows().map(|(id, _)| *id)),
        Column::ints(rows().map(|(_, e)| e.amount.hundredths())),
        Column::ints(rows().map(|(_, e)| e.balance_after.hundredths())),
    ];
    (&text::SAVE_ENTRIES, columns)
}

/// What the ledger itself made always serialises; an empty text would be found by `verify`.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn new_awards(awards: &[&Award]) -> Save {
    let rows = || awards.iter();
    let columns = vec![
        Column::uuids(rows().map(|a| a.id.0)),
        Column::uuids(rows().map(|a| a.member.0)),
        Column::uuids(rows().map(|a| a.budget.0)),
        Column::uuids(rows().map(|a| a.deed_id.0)),
        Column::texts(rows().map(|a| json(&a.deed))),
        Column::texts(rows().map(|a| a.policy.as_str())),
        Column::texts(rows().map(|a| a.digest.as_str())),
        Column::texts(rows().map(|a| a.rule.as_str())),
        Column::ints(rows().map(|a| a.points.hundredths())),
        Column::texts(rows().map(|a| json(&a.trace))),
        Column::texts(rows().map(|a| json(&a.counted))),
        Column::Int(
            rows()
                .map(|a| a.expires_at.map(|at| at.as_micros()))
                .collect(),
        ),
        Column::Int(
            rows()
                .map(|a| a.debt_cap.map(|cap| cap.hundredths()))
                .collect(),
        ),
        Column::texts(rows().map(|a| a.state.name())),
        Column::uuids(rows().map(|a| a.submitted_by.0)),
        Column::ints(rows().map(|a| a.submitted_at.as_micros())),
        Column::Uuid(rows().map(|a| a.decided_by.map(|id| id.0)).collect()),
        Column::Int(
            rows()
                .map(|a| a.decided_at.map(|at| at.as_micros()))
                .collect(),
        ),
        Column::Text(
            rows()
                .map(|a| a.reason.map(|r| r.name().to_owned()))
                .collect(),
        ),
    ];
    (&text::NEW_AWARDS, columns)
}

fn decided_awards(awards: &[&Award]) -> Save {
    let rows = || awards.iter();
    let columns = vec![
        Column::uuids(rows().map(|a| a.id.0)),
        Column::texts(rows().map(|a| a.state.name())),
        Column::Uuid(rows().map(|a| a.decided_by.map(|id| id.0)).collect()),
        Column::Int(
            rows()
                .map(|a| a.decided_at.map(|at| at.as_micros()))
                .collect(),
        ),
        Column::Text(
            rows()
                .map(|a| a.reason.map(|r| r.name().to_owned()))
                .collect(),
        ),
    ];
    (&text::DECIDED_AWARDS, columns)
}

fn lots_rows(lots: &[&Lot]) -> Save {
    let rows = || lots.iter();
    let columns = vec![
        Column::uuids(rows().map(|l| l.member.0)),
        Column::uuids(rows().map(|l| l.id.0)),
        Column::uuids(rows().map(|l| l.budget.0)),
        Column::ints(rows().map(|l| l.opened.hundredths())),
        Column::ints(rows().map(|l| l.remaining.hundredths())),
        Column::ints(rows().map(|l| l.expired.hundredths())),
        Column::ints(rows().map(|l| l.owed.hundredths())),
        Column::ints(rows().map(|l| i64::from(l.reversed))),
        Column::Int(
            rows()
                .map(|l| l.expires_at.map(|at| at.as_micros()))
                .collect(),
        ),
    ];
    (&text::SAVE_LOTS, columns)
}

fn redemptions(state: &State, changes: &Changes) -> [Save; 2] {
    let changed = changes.redemptions.iter();
    let redemptions: Vec<_> = changed.filter_map(|id| state.redemption(*id)).collect();
    let rows = || redemptions.iter();
    let columns = vec![
        Column::uuids(rows().map(|d| d.id.0)),
        Column::uuids(rows().map(|d| d.member.0)),
        Column::uuids(rows().map(|d| d.store.0)),
        Column::texts(rows().map(|d| d.state.name())),
        Column::ints(rows().map(|d| d.authorised.hundredths())),
        Column::ints(rows().map(|d| d.captured.hundredths())),
        Column::ints(rows().map(|d| d.refunded.hundredths())),
        Column::ints(rows().map(|d| d.authorised_at.as_micros())),
        Column::ints(rows().map(|d| d.hold_expires_at.as_micros())),
    ];
    let takings = || rows().flat_map(|d| state.takings(d.id));
    let taken = vec![
        Column::uuids(takings().map(|t| t.redemption.0)),
        Column::ints(takings().map(|t| t.position)),
        Column::uuids(takings().map(|t| t.lot.0)),
        Column::ints(takings().map(|t| t.taken.hundredths())),
        Column::ints(takings().map(|t| t.returned.hundredths())),
    ];
    [
        (&text::SAVE_REDEMPTIONS, columns),
        (&text::SAVE_TAKINGS, taken),
    ]
}

fn events(changes: &Changes) -> Save {
    let rows = || changes.events.iter();
    let columns = vec![
        Column::uuids(rows().map(|e| e.id.0)),
        Column::texts(rows().map(|e| e.kind)),
        Column::uuids(rows().map(|e| e.subject)),
        Column::ints(rows().map(|e| e.receipt.recorded_at.as_micros())),
        Column::texts(rows().map(|e| json(&e.receipt))),
    ];
    (&text::SAVE_EVENTS, columns)
}

/// The row of one record. Records are rare, so they go one by one.
pub fn registration(registration: &Registration) -> Save {
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
        Registration::ApiKey(k) => {
            let hash = word(&k.secret_hash);
            let columns = vec![
                hash,
                id(k.id.0),
                word(k.role.name()),
                maybe(k.subject),
                word(&k.name),
            ];
            (&text::ADD_API_KEY, columns)
        }
        Registration::Policy(v) => {
            let from = Column::Int(vec![v.effective_from.map(|at| at.as_micros())]);
            (
                &text::ADD_POLICY,
                vec![word(&v.name), from, word(&v.digest), word(&v.source)],
            )
        }
        Registration::Code(c) => {
            let expires_at = Column::ints([c.expires_at.as_micros()]);
            (
                &text::ADD_CODE,
                vec![word(&c.hash), id(c.member.0), expires_at],
            )
        }
    }
}
