//! Statements, in words: what they cover, until when they are to be answered, and their lines, alike for the store and for whoever pays.

use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::machine::settlement::CONFIRM_SECONDS;
use ledger::machine::{SettlementRejection, Statement, StatementState};
use ledger::points::Points;
use ledger::views::SettlementLine;
use uuid::Uuid;

use super::transfer;
use crate::web::Web;
use crate::web::format::{full, points, signed, whole_date};
use crate::web::reading::{say, t};

/// With two places, as money is written.
pub fn yuan(amount: Points) -> String {
    let text = points(amount);
    match text.split_once('.').map(|(_, fraction)| fraction.len()) {
        None => format!("{text}.00"),
        Some(1) => format!("{text}0"),
        Some(_) => text,
    }
}

/// What stands instead of the money of a line whose statement was rounded as a whole.
pub fn together() -> &'static str {
    t("合并计算", "as a whole")
}

/// What a statement covers: from when its store's statement before it was made, or from its first line, until it was made itself. So one begins
/// where the other ends.
#[derive(Clone, Copy)]
pub struct Period {
    from: Timestamp,
    until: Timestamp,
}

impl Period {
    /// Of a statement. The store's statement before it is looked up where it is not at hand, unless this is the store's first: that one begins
    /// with the first entry.
    pub async fn of(
        web: &Web,
        statement: &Statement,
        before: Option<&Statement>,
    ) -> Result<Self, StoreError> {
        let until = statement.frozen_at;
        if let Some(before) = before {
            let from = before.frozen_at;
            return Ok(Self { from, until });
        }
        let (ledger, program) = (&web.ledger, web.program.id);
        let before = if statement.from_version > 1 {
            let end = Some(statement.through_version);
            let before = ledger.settlements(program, statement.store, end, 1);
            before.await?.pop()
        } else {
            None
        };
        let from = match before {
            Some(before) => before.frozen_at,
            None => {
                let first = ledger.settlement_lines(program, statement, None, 1);
                let first = first.await?.pop();
                first.map_or(until, |line| line.entry.occurred_at)
            }
        };
        Ok(Self { from, until })
    }

    /// As lists say it: 2026年10月1日 至 2026年11月1日.
    pub fn days(self, zone: &TimeZone) -> String {
        let (from, until) = (whole_date(self.from, zone), whole_date(self.until, zone));
        match from == until {
            true => until,
            false => say!("{from} 至 {until}", "{from} to {until}"),
        }
    }

    /// To the minute.
    pub fn moments(self, zone: &TimeZone) -> String {
        let (from, until) = (full(self.from, zone), full(self.until, zone));
        say!("{from} 至 {until}", "{from} to {until}")
    }

    /// As names of files say it: 2026-10-01-to-2026-11-01.
    pub fn named(self, zone: &TimeZone) -> String {
        let day = |at: Timestamp| at.to_jiff().to_zoned(zone.clone()).date();
        let (from, until) = (day(self.from), day(self.until));
        format!("{from}-to-{until}")
    }
}

/// Until when a store is to answer.
pub fn answer_by(statement: &Statement) -> Timestamp {
    statement.frozen_at.plus_seconds(CONFIRM_SECONDS)
}

/// That a store has not agreed in time.
pub struct Late {
    /// Which time that was.
    pub said: String,
    /// What may be done about it now.
    pub now: &'static str,
}

impl Late {
    /// Of a statement that waits for its store, once the time to answer is over.
    pub fn of(web: &Web, statement: &Statement) -> Option<Self> {
        let by = answer_by(statement);
        if web.now() < by {
            return None;
        }
        let now = match statement.state() {
            StatementState::Frozen => t(
                "社区可以不等门店确认直接批准；批准之前，门店仍可以确认或提异议。",
                "The programme may approve it without the store's word. Until it does, the store can still confirm or object.",
            ),
            StatementState::Disputed => t(
                "还有异议没有答复，不能批准。都答复以后，社区可以不等门店确认直接批准。",
                "An objection waits for an answer, so it cannot be approved. Once each has one, the programme may approve it without the store's word.",
            ),
            StatementState::Confirmed | StatementState::Approved | StatementState::Paid => {
                return None;
            }
        };
        let day = whole_date(by, &web.zone());
        let said = say!("已过 {day}的答复期限", "The time to answer ended on {day}");
        Some(Self { said, now })
    }
}

/// A line of a statement.
pub struct LineSaid {
    /// Which.
    pub version: i64,
    /// When.
    pub at: String,
    /// What happened.
    pub what: &'static str,
    /// To which payment.
    pub redemption: Uuid,
    /// What was taken, or given back.
    pub points: String,
    /// What that comes to.
    pub yuan: String,
    /// Who bears it.
    pub bearer: String,
}

impl LineSaid {
    /// In words; who bears it is said in other words to the store than to whoever pays.
    pub fn of(line: &SettlementLine, bearer: String, zone: &TimeZone) -> Self {
        let entry = &line.entry;
        Self {
            version: entry.version,
            at: full(entry.occurred_at, zone),
            what: transfer(entry.kind),
            redemption: entry.subject,
            points: signed(entry.amount),
            yuan: line.money.map_or_else(|| together().to_owned(), yuan),
            bearer,
        }
    }
}

/// Why nothing comes of it for funds or statements.
pub fn refusal(rejection: &SettlementRejection) -> String {
    let words = match rejection {
        SettlementRejection::NothingToSettle { .. } => t(
            "上次结算之后没有可结算的积分。",
            "There are no points to settle since the last statement.",
        ),
        SettlementRejection::FundsExhausted {
            available,
            requested,
            ..
        } => {
            let (wanted, left) = (yuan(*requested), yuan(*available));
            return say!(
                "结算资金不足：需要 {wanted} 元，只剩 {left} 元。",
                "The funds are short: {wanted} yuan needed, {left} left."
            );
        }
        SettlementRejection::AlreadyPaid { .. } => t(
            "这张结算单已经付过款了。",
            "This statement has been paid already.",
        ),
        SettlementRejection::UnknownFunder { .. } => {
            t("没有这个出资方。", "There is no such funder.")
        }
        SettlementRejection::UnknownStatement { .. } => {
            t("没有这张结算单。", "There is no such statement.")
        }
        SettlementRejection::RateNeeded { .. } => t(
            "有的兑换没有选服务项目，请写明由谁出资、每分多少钱。",
            "Some redemptions had no offer. Please say who pays, and how much for a point.",
        ),
        SettlementRejection::StatementRange { .. } => t(
            "结算单不能到这一笔为止。",
            "A statement cannot end with this one.",
        ),
        SettlementRejection::StatementState { .. } => t(
            "结算单现在办不了这一步。",
            "This cannot be done about the statement now.",
        ),
        SettlementRejection::StatementDisputed { open } => {
            return say!(
                "还有 {open} 笔异议没有答复。",
                "Objections that still wait for an answer: {open}."
            );
        }
        SettlementRejection::NotConfirmed { .. } => t(
            "商户还没有确认，过了期限才能直接批准。",
            "The merchant has not confirmed it. It can be approved without that once time is up.",
        ),
        SettlementRejection::StoreOnly => t(
            "只有门店自己能确认或提出异议。",
            "Only the store itself can confirm it or object.",
        ),
        SettlementRejection::UnknownLine { .. } => {
            t("结算单上没有这一笔。", "The statement has no such line.")
        }
        SettlementRejection::AlreadyDisputed { .. } => t(
            "这一笔已经提过异议。",
            "There was an objection to this line before.",
        ),
        SettlementRejection::NoDispute { .. } => t(
            "这一笔没有等待答复的异议。",
            "No objection to this line waits for an answer.",
        ),
        SettlementRejection::TooManyDisputes { limit } => {
            return say!(
                "一张结算单最多逐笔提出 {limit} 笔异议，请直接联系社区。",
                "A statement takes at most {limit} objections to lines. \
                 Please contact the community."
            );
        }
        SettlementRejection::BadPayments { limit } => {
            return say!(
                "一批付款要有 1 至 {limit} 张已批准的结算单。",
                "A batch of payments has 1 to {limit} approved statements."
            );
        }
    };
    words.to_owned()
}
