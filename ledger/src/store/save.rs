//! What a batch changed, as statements and rows: the same for both databases.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::columns::Column;
use super::statement::Statement;
use super::{
    attachments, deeds, hazards, offers, orders, patrols, paying, settling, teams, text, things,
    webhooks,
};
use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::community::{Origin, PolicyDraft};
use crate::ids::{AwardId, DraftId, MemberId, RedemptionId};
use crate::journal::{PostedEntry, PostedTransfer};
use crate::lots::Lot;
use crate::machine::effects::Changes;
use crate::machine::{Award, CounterKey, Redemption, State};

/// A statement and its rows.
pub type Save = (&'static Statement, Vec<Column>);

/// Every table a batch changed. No statement depends on another, so a database may take them in one round trip.
pub fn changes(state: &State) -> Vec<Save> {
    let changes = &state.changes;
    let mut saves = Vec::with_capacity(10);
    let mut add = |wanted: bool, save: &dyn Fn() -> Save| {
        if wanted {
            saves.push(save());
        }
    };
    let Changes {
        accounts,
        awards,
        lots,
        redemptions,
        counters,
        ..
    } = changes;
    add(!accounts.new.is_empty(), &|| {
        (&text::NEW_ACCOUNTS, account_rows(state, &accounts.new))
    });
    add(!accounts.changed.is_empty(), &|| {
        (
            &text::POSTED_ACCOUNTS,
            account_rows(state, &accounts.changed),
        )
    });
    add(!changes.transfers.is_empty(), &|| {
        transfers(&changes.transfers)
    });
    add(!changes.transfers.is_empty(), &|| {
        entries(&changes.transfers)
    });
    add(!awards.new.is_empty(), &|| {
        new_awards(&images(&awards.new, |id| state.award(*id)))
    });
    add(!awards.changed.is_empty(), &|| {
        decided_awards(&images(&awards.changed, |id| state.award(*id)))
    });
    let lot = |key: &(MemberId, AwardId)| state.lot(key.0, key.1);
    add(!lots.new.is_empty(), &|| new_lots(&images(&lots.new, lot)));
    add(!lots.changed.is_empty(), &|| {
        changed_lots(&images(&lots.changed, lot))
    });
    let redemption = |id: &RedemptionId| state.redemption(*id);
    add(!redemptions.new.is_empty(), &|| {
        new_redemptions(&images(&redemptions.new, redemption))
    });
    add(!redemptions.new.is_empty(), &|| {
        new_takings(state, &redemptions.new)
    });
    add(!redemptions.changed.is_empty(), &|| {
        changed_redemptions(&images(&redemptions.changed, redemption))
    });
    add(!redemptions.changed.is_empty(), &|| {
        changed_takings(state, &redemptions.changed)
    });
    add(!counters.new.is_empty(), &|| {
        (&text::NEW_COUNTERS, counter_rows(state, &counters.new))
    });
    add(!counters.changed.is_empty(), &|| {
        (
            &text::CHANGED_COUNTERS,
            counter_rows(state, &counters.changed),
        )
    });
    let draft = |id: &DraftId| state.draft(*id);
    let drafts = &changes.drafts;
    add(!drafts.new.is_empty(), &|| {
        new_drafts(&images(&drafts.new, draft))
    });
    add(!drafts.changed.is_empty(), &|| {
        changed_drafts(&images(&drafts.changed, draft))
    });
    add(!changes.spent_codes.is_empty(), &|| spent_codes(changes));
    add(!changes.events.is_empty(), &|| events(changes));
    add(!changes.origins.is_empty(), &|| origins(changes));
    saves.extend(settling::saves(state));
    saves.extend(things::saves(state));
    saves.extend(deeds::saves(state));
    saves.extend(hazards::saves(state));
    saves.extend(orders::saves(state));
    saves.extend(teams::saves(state));
    saves.extend(teams::of_awards(&images(&awards.new, |id| {
        state.award(*id)
    })));
    saves.extend(attachments::saves(state));
    saves.extend(patrols::saves(state));
    saves.extend(webhooks::saves(state));
    saves.extend(offers::saves(state));
    saves.extend(paying::saves(state));
    saves
}

/// The images of these rows.
pub(super) fn images<'s, K, T: 's>(
    keys: &BTreeSet<K>,
    image: impl Fn(&K) -> Option<&'s T>,
) -> Vec<&'s T> {
    keys.iter().filter_map(image).collect()
}

fn account_rows(state: &State, accounts: &BTreeSet<Account>) -> Vec<Column> {
    let rows = || accounts.iter();
    vec![
        Column::uuids(rows().map(|account| account.owner)),
        Column::ints(rows().map(|account| account.kind.number())),
        Column::ints(rows().map(|account| state.account(*account).points.hundredths())),
        Column::ints(rows().map(|account| state.account(*account).version)),
        Column::ints(rows().map(|account| state.account(*account).newest_at.as_micros())),
    ]
}

fn counter_rows(state: &State, keys: &BTreeSet<CounterKey>) -> Vec<Column> {
    let rows = || keys.iter();
    vec![
        Column::ints(rows().map(|key| key.window_start.as_micros())),
        Column::uuids(rows().map(|key| key.subject)),
        Column::texts(rows().map(|key| key.cap.clone())),
        Column::ints(rows().map(|key| state.counter(key))),
    ]
}

fn spent_codes(changes: &Changes) -> Save {
    let codes = || changes.spent_codes.iter();
    let columns = vec![
        Column::texts(codes().map(|(hash, _)| hash.clone())),
        Column::uuids(codes().map(|(_, command)| command.0)),
    ];
    (&text::SPEND_CODES, columns)
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
    let mut columns = vec![
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
        Column::texts(rows().map(|a| json(&a.terms))),
        Column::uuids(rows().map(|a| a.submitted_by.0)),
        Column::ints(rows().map(|a| a.submitted_at.as_micros())),
    ];
    columns.extend(standing(awards));
    (&text::NEW_AWARDS, columns)
}

/// What changes in an award after it was submitted.
fn standing(awards: &[&Award]) -> [Column; 7] {
    let rows = || awards.iter();
    [
        Column::texts(rows().map(|a| a.state.name())),
        Column::Text(
            rows()
                .map(|a| (!a.approvals.is_empty()).then(|| json(&a.approvals)))
                .collect(),
        ),
        Column::Int(
            rows()
                .map(|a| a.notice_until.map(|at| at.as_micros()))
                .collect(),
        ),
        Column::Text(rows().map(|a| a.objection.as_ref().map(json)).collect()),
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
    ]
}

fn decided_awards(awards: &[&Award]) -> Save {
    let mut columns = vec![
        Column::uuids(awards.iter().map(|a| a.id.0)),
        Column::ints(awards.iter().map(|a| a.points.hundredths())),
        Column::texts(awards.iter().map(|a| json(&a.trace))),
        Column::texts(awards.iter().map(|a| json(&a.counted))),
    ];
    columns.extend(standing(awards));
    // Nobody objects to what is only being submitted.
    let moment = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    let escalates = awards.iter().map(|a| moment(a.escalates_at()));
    let settles = awards.iter().map(|a| moment(a.settles_at()));
    columns.extend([
        Column::Int(escalates.collect()),
        Column::Int(settles.collect()),
    ]);
    (&text::DECIDED_AWARDS, columns)
}

fn new_lots(lots: &[&Lot]) -> Save {
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
        Column::ints(rows().map(|l| i64::from(l.to_budget))),
        Column::ints(rows().map(|l| l.grace_seconds)),
        Column::Int(rows().map(|l| l.notice_days).collect()),
    ];
    (&text::NEW_LOTS, columns)
}

fn changed_lots(lots: &[&Lot]) -> Save {
    let rows = || lots.iter();
    let columns = vec![
        Column::uuids(rows().map(|l| l.member.0)),
        Column::uuids(rows().map(|l| l.id.0)),
        Column::ints(rows().map(|l| l.remaining.hundredths())),
        Column::ints(rows().map(|l| l.expired.hundredths())),
        Column::ints(rows().map(|l| l.owed.hundredths())),
        Column::ints(rows().map(|l| i64::from(l.reversed))),
        Column::Int(
            rows()
                .map(|l| l.expires_at.map(|at| at.as_micros()))
                .collect(),
        ),
        Column::Int(rows().map(|l| l.notice_days).collect()),
    ];
    (&text::CHANGED_LOTS, columns)
}

fn new_redemptions(redemptions: &[&Redemption]) -> Save {
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
        Column::Uuid(rows().map(|d| d.terms.map(|t| t.offer.0)).collect()),
        Column::Text(rows().map(|d| d.terms.as_ref().map(json)).collect()),
    ];
    (&text::NEW_REDEMPTIONS, columns)
}

fn changed_redemptions(redemptions: &[&Redemption]) -> Save {
    let rows = || redemptions.iter();
    let columns = vec![
        Column::uuids(rows().map(|d| d.id.0)),
        Column::texts(rows().map(|d| d.state.name())),
        Column::ints(rows().map(|d| d.captured.hundredths())),
        Column::ints(rows().map(|d| d.refunded.hundredths())),
    ];
    (&text::CHANGED_REDEMPTIONS, columns)
}

fn new_takings(state: &State, redemptions: &BTreeSet<RedemptionId>) -> Save {
    let rows = || redemptions.iter().flat_map(|id| state.takings(*id));
    let columns = vec![
        Column::uuids(rows().map(|t| t.redemption.0)),
        Column::ints(rows().map(|t| t.position)),
        Column::uuids(rows().map(|t| t.lot.0)),
        Column::ints(rows().map(|t| t.taken.hundredths())),
        Column::ints(rows().map(|t| t.returned.hundredths())),
    ];
    (&text::NEW_TAKINGS, columns)
}

fn changed_takings(state: &State, redemptions: &BTreeSet<RedemptionId>) -> Save {
    let rows = || redemptions.iter().flat_map(|id| state.takings(*id));
    let columns = vec![
        Column::uuids(rows().map(|t| t.redemption.0)),
        Column::ints(rows().map(|t| t.position)),
        Column::ints(rows().map(|t| t.returned.hundredths())),
    ];
    (&text::CHANGED_TAKINGS, columns)
}

fn new_drafts(drafts: &[&PolicyDraft]) -> Save {
    let rows = || drafts.iter();
    let mut columns = vec![
        Column::uuids(rows().map(|d| d.id.0)),
        Column::texts(rows().map(|d| d.name.as_str())),
        Column::texts(rows().map(|d| d.digest.as_str())),
        Column::texts(rows().map(|d| d.source.as_str())),
        Column::uuids(rows().map(|d| d.imported_by.0)),
        Column::ints(rows().map(|d| d.imported_at.as_micros())),
    ];
    columns.extend(progress(drafts));
    (&text::NEW_DRAFTS, columns)
}

fn changed_drafts(drafts: &[&PolicyDraft]) -> Save {
    let mut columns = vec![Column::uuids(drafts.iter().map(|d| d.id.0))];
    columns.extend(progress(drafts));
    (&text::CHANGED_DRAFTS, columns)
}

/// How far drafts have come.
fn progress(drafts: &[&PolicyDraft]) -> [Column; 5] {
    let rows = || drafts.iter();
    let moment = |at: Option<Timestamp>| at.map(|at| at.as_micros());
    [
        Column::texts(rows().map(|d| d.state.name())),
        Column::Text(rows().map(|d| d.simulated.as_ref().map(json)).collect()),
        Column::Uuid(rows().map(|d| d.approved_by.map(|id| id.0)).collect()),
        Column::Int(rows().map(|d| moment(d.approved_at)).collect()),
        Column::Int(rows().map(|d| moment(d.effective_from)).collect()),
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
        Column::Uuid(rows().map(|e| e.origin.map(|id| id.0)).collect()),
        Column::Text(rows().map(|e| e.reason.map(str::to_owned)).collect()),
    ];
    (&text::SAVE_EVENTS, columns)
}

fn origins(changes: &Changes) -> Save {
    let rows = || changes.origins.iter();
    let address = |origin: Origin| origin.address.map(|ip| ip.to_string());
    let columns = vec![
        Column::uuids(rows().map(|o| o.id.0)),
        Column::uuids(rows().map(|o| o.actor.0)),
        Column::texts(rows().map(|o| o.role.name())),
        Column::texts(rows().map(|o| o.origin.via.name())),
        Column::Uuid(rows().map(|o| o.origin.via.id()).collect()),
        Column::Text(rows().map(|o| address(o.origin)).collect()),
        Column::ints(rows().map(|o| o.day.as_micros())),
    ];
    (&text::SAVE_ORIGINS, columns)
}
