//! The checks that are one statement each, in the order of the invariants.

use super::{Key, text};
use crate::accounts::AccountKind;
use crate::store::audit::Kind;
use crate::store::statement::Statement;

/// One check: a statement that answers with the first row that does not fit.
#[derive(Debug)]
pub struct Check {
    /// The invariant it belongs to.
    pub invariant: u8,
    /// What is so when it passes.
    pub says: &'static str,
    /// The table whose rows it names.
    pub table: &'static str,
    /// How it names them.
    pub(super) key: Key,
    /// Counts the rows it looks at.
    pub counted: &'static Statement,
    /// Finds the first that does not fit.
    pub statement: &'static Statement,
}

macro_rules! checks {
    ($($invariant:literal $table:literal $key:ident $counted:ident $statement:ident $says:literal;)+) => {
        /// Every check that is one statement.
        pub static CHECKS: &[Check] = &[$(Check {
            invariant: $invariant,
            says: $says,
            table: $table,
            key: Key::$key,
            counted: &text::$counted,
            statement: &text::$statement,
        }),+];
    };
}

checks! {
    1 "transfers" Id COUNT_TRANSFERS TRANSFER_SUM "every transfer sums to zero per commodity";
    1 "transfers" Id COUNT_TRANSFERS TRANSFER_SIZE "every transfer has two entries or more";
    1 "entries" Entry COUNT_ENTRIES ENTRY_TRANSFER "every entry belongs to a transfer";
    1 "programs" Id COUNT_ENTRIES JOURNAL_SUM "the whole journal sums to zero per commodity";
    2 "entries" Entry COUNT_ENTRIES ENTRY_CHAIN "an account's entries follow each other in version, balance and time";
    2 "accounts" Account COUNT_ACCOUNTS ACCOUNT_SUM "a balance is the sum of its account's entries";
    2 "accounts" Account COUNT_ACCOUNTS ACCOUNT_NEWEST "a balance is that after its account's newest entry";
    3 "accounts" Account COUNT_ACCOUNTS ACCOUNT_SIGN "only the permitted kinds of account are below zero";
    3 "entries" Entry COUNT_ENTRIES ENTRY_SIGN "only the permitted kinds of account were ever below zero";
    4 "accounts" Account COUNT_LOTS WALLET_LOTS "the open lots of a wallet sum to its balance";
    4 "lots" Id COUNT_LOTS LOT_BOUNDS "a lot holds no less than nothing and no more than it opened with";
    4 "lots" Id COUNT_LOTS LOT_USE "what has left a lot was spent, expired, recovered or returned";
    4 "accounts" Account COUNT_LOTS DEBT_LOTS "a member's debt is what is owed on their lots";
    4 "accounts" Account COUNT_LOTS RECOVERABLE_LOTS "what a budget can recover is owed on its lots";
    4 "accounts" Account COUNT_LOTS BREAKAGE_LOTS "breakage is what expired on lots that go to no budget";
    4 "accounts" Account COUNT_LOTS BUDGET_LOTS "what expired on lots that go to their budget was credited to it";
    4 "accounts" Account COUNT_REDEMPTIONS HOLD_REDEMPTIONS "a member's hold is that of their held redemptions";
    4 "accounts" Account COUNT_AWARDS PENDING_AWARDS "a member's pending is that of their awards on notice";
    4 "accounts" Account COUNT_REDEMPTIONS ACCEPTED_REDEMPTIONS "a store accepted what was captured, not refunded and on no statement";
    4 "merged_members" Id COUNT_MERGED MERGED_EMPTY "a member merged into another has nothing left";
    4 "deeds" Id COUNT_DEEDS DEED_MERGED "no deed is of a member who was merged into another";
    4 "statements" Id COUNT_STATEMENTS STATEMENT_RANGE "a store's statements follow each other without a gap";
    4 "statements" Id COUNT_STATEMENTS STATEMENT_SUM "a statement is the sum of the entries it covers";
    4 "statement_lines" Entry COUNT_LINES LINE_ENTRY "a statement has a line for each entry it covers, and no other";
    4 "statements" Id COUNT_STATEMENTS STATEMENT_LINES "a statement is the sum of its lines";
    4 "statements" Id COUNT_STATEMENTS STATEMENT_FUNDERS "a fund pays for what it bears of a statement";
    4 "statements" Id COUNT_STATEMENTS STATEMENT_TRANSFER "a statement was frozen and paid as it says";
    4 "accounts" Account COUNT_STATEMENTS STATEMENT_BALANCES "a store is owed what is on its unpaid statements";
    4 "redemptions" Id COUNT_REDEMPTIONS REDEMPTION_STATE "a redemption's amounts agree with its state";
    4 "redemptions" Id COUNT_REDEMPTIONS REDEMPTION_TAKINGS "a redemption took what it holds or captured from lots";
    4 "redemption_lots" Position COUNT_TAKINGS TAKING_LOT "what was taken came from a lot of the same member";
    4 "offers" Id COUNT_OFFERS OFFER_TAKEN "an offer counts what was taken of it and not given back, within its stock";
    4 "redemptions" Id COUNT_AGREED REDEMPTION_OFFER "what was agreed on is an offer of the store's merchant";
    4 "stores" Id COUNT_STORES STORE_SHUT "a store takes points while its merchant takes part";
    4 "budgets" Id COUNT_BUDGETS BUDGET_PROVIDED "a budget was given what was issued into it or carried over, less what was returned";
    5 "claims" Id COUNT_CLAIMS CLAIM_EFFECT "one key, one effect: an event or a rejection";
    5 "transfers" Id COUNT_TRANSFERS TRANSFER_EVENT "every transfer has its event";
    5 "events" Id COUNT_EVENTS EVENT_TRANSFER "every receipt that tells of a transfer has it";
    6 "awards" Id COUNT_AWARDS AWARD_LOT "a vested award opened its lot, and no other did";
    6 "lots" Id COUNT_LOTS LOT_AWARD "every lot was opened by an award";
    6 "awards" Id COUNT_AWARDS AWARD_TRANSFER "a vested award was credited with its points, and no other was";
    6 "transfers" Id COUNT_TRANSFERS TRANSFER_AWARD "every transfer of an award has the award";
    6 "awards" Id COUNT_AWARDS AWARD_FROZEN "an award is frozen while an objection waits for somebody, or for its time to be appealed";
    6 "awards" Id COUNT_AWARDS AWARD_TWICE "a deed has one live award under a policy";
    6 "awards" Id COUNT_AWARDS TEAM_AWARD "an award of a deed that names a team counts for it";
    6 "deeds" Id COUNT_DEEDS DEED_ASKED "a deed that is done asked for its award";
    6 "award_requests" Id COUNT_ASKED ASKED_AWARD "an award asked for and made is that of its deed";
    6 "reports" Id COUNT_REPORTS REPORT_AWARD "every report of a thing is an award";
    6 "awards" Id COUNT_AWARDS AWARD_REPORT "every award of a policy that knows duplicates is a report of a thing";
    6 "reports" Id COUNT_REPORTS THING_ONCE "a thing is paid once: no more awards than it was divided among";
}

/// The first kind on which the code and the database differ: its number, as the code has it, as the database has it.
pub fn unknown_kind(kinds: &[Kind]) -> Option<(i64, String, String)> {
    let write = |kind: Option<&Kind>| match kind {
        None => "none".to_owned(),
        Some(kind) => {
            let sign = if kind.may_be_negative {
                " or below zero"
            } else {
                ""
            };
            format!("{} in {}{sign}", kind.code, kind.commodity)
        }
    };
    let known: Vec<Kind> = AccountKind::ALL
        .iter()
        .map(|kind| Kind {
            number: kind.number(),
            code: kind.code().to_owned(),
            commodity: kind.commodity().symbol().to_owned(),
            may_be_negative: kind.may_be_negative(),
        })
        .collect();
    let mut numbers: Vec<i64> = known.iter().chain(kinds).map(|kind| kind.number).collect();
    numbers.sort_unstable();
    let of = |kinds: &[Kind], number| kinds.iter().find(|kind| kind.number == number).cloned();
    numbers.into_iter().find_map(|number| {
        let (ours, theirs) = (of(&known, number), of(kinds, number));
        (ours != theirs).then(|| (number, write(ours.as_ref()), write(theirs.as_ref())))
    })
}
