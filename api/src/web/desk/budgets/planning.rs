//! What is planned for a budget, as it is typed and as it is told.

use ledger::WriteError;
use ledger::community::budget::{ALERTS, AtEnd, BudgetPlan, Exhausted, PlanFlaw};
use ledger::ids::{BudgetId, FunderId};
use ledger::machine::{BudgetRejection, Rejection};
use ledger::views::{BudgetView, FunderView};
use serde::Deserialize;

use crate::web::fields::fresh_key;
use crate::web::format::{field, from_field, full, whole_date};
use crate::web::reading::{say, t};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// For how many days awards are still granted after the period, if nothing else is said.
const SETTLE_DAYS: i64 = 30;
/// What the field says where what is left is returned.
const RETURN: &str = "return";

/// A plan as it is typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub key: String,
    pub purpose: String,
    pub funder: String,
    pub from: String,
    pub until: String,
    pub settle_days: String,
    pub exhausted: String,
    pub at_end: String,
}

/// Something to choose: what is sent, what it is called, and whether it is chosen.
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Choice {
    fn of(value: String, label: &str, chosen: &str) -> Self {
        Self {
            chosen: value == chosen,
            label: label.to_owned(),
            value,
        }
    }
}

impl Typed {
    /// What is planned, or else the present year.
    pub fn of(web: &Web, plan: Option<&BudgetPlan>) -> Self {
        let zone = web.zone();
        let key = fresh_key();
        let Some(plan) = plan else {
            let year = web.now().to_jiff().to_zoned(zone).year();
            let next = year.saturating_add(1);
            return Self {
                key,
                from: format!("{year:04}-01-01T00:00"),
                until: format!("{next:04}-01-01T00:00"),
                settle_days: SETTLE_DAYS.to_string(),
                exhausted: name(Exhausted::Queue).to_owned(),
                at_end: RETURN.to_owned(),
                ..Self::default()
            };
        };
        Self {
            key,
            purpose: plan.purpose.clone(),
            funder: plan.funder.map(|id| id.to_string()).unwrap_or_default(),
            from: field(plan.starts_at, &zone),
            until: field(plan.ends_at, &zone),
            settle_days: plan.settle_days.to_string(),
            exhausted: name(plan.exhausted).to_owned(),
            at_end: match plan.at_end {
                AtEnd::Return => RETURN.to_owned(),
                AtEnd::CarryOver { into } => into.to_string(),
            },
        }
    }

    /// The plan, or what is missing. Whether it can be so is for the ledger to say.
    pub fn plan(&self, web: &Web) -> Result<BudgetPlan, Wrong> {
        let zone = web.zone();
        let mut wrong = Wrong::default();
        let funder = match self.funder.trim() {
            "" => None,
            id => noted(&mut wrong, "funder", id.parse::<FunderId>().ok()),
        };
        let starts_at = from_field(self.from.trim(), &zone);
        let ends_at = from_field(self.until.trim(), &zone);
        for (field, moment) in [("from", starts_at), ("until", ends_at)] {
            if moment.is_none() {
                let words = t(
                    "请填写使用期从何时起、到何时为止。",
                    "Please fill in from when until when the period is.",
                );
                wrong.note(field, words);
            }
        }
        let settle_days = self.settle_days.trim().parse::<i64>().ok();
        if settle_days.is_none() {
            let words = t(
                "到期后留的天数填 0 到 180。",
                "The days to settle it are a number from 0 to 180.",
            );
            wrong.note("settle_days", words);
        }
        let exhausted = match self.exhausted.as_str() {
            "reject" => Some(Exhausted::Reject),
            "queue" => Some(Exhausted::Queue),
            _ => None,
        };
        let exhausted = noted(&mut wrong, "exhausted", exhausted);
        let at_end = match self.at_end.as_str() {
            RETURN => Some(AtEnd::Return),
            id => {
                let into = id.parse::<BudgetId>().ok();
                into.map(|into| AtEnd::CarryOver { into })
            }
        };
        let at_end = noted(&mut wrong, "at_end", at_end);
        let period = starts_at.zip(ends_at);
        let rest = (period, settle_days, exhausted, at_end, wrong.is_empty());
        let (Some((starts_at, ends_at)), Some(settle_days), Some(exhausted), Some(at_end), true) =
            rest
        else {
            return Err(wrong);
        };
        Ok(BudgetPlan {
            funder,
            purpose: self.purpose.clone(),
            starts_at,
            ends_at,
            settle_days,
            exhausted,
            at_end,
        })
    }

    /// Whose money it can be.
    pub fn funders(&self, funders: &[FunderView]) -> Vec<Choice> {
        let none = Choice::of(String::new(), t("不写明", "not said"), &self.funder);
        let each = funders.iter();
        let each = each.map(|one| Choice::of(one.id.to_string(), &one.name, &self.funder));
        [none].into_iter().chain(each).collect()
    }

    /// What becomes of awards that it cannot pay.
    pub fn exhausted(&self) -> Vec<Choice> {
        let each = [Exhausted::Queue, Exhausted::Reject].into_iter();
        let each = each.map(|one| Choice::of(name(one).to_owned(), told(one), &self.exhausted));
        each.collect()
    }

    /// Where what is left can go: back, or into another budget that is open.
    pub fn ends(&self, budget: BudgetId, budgets: &[BudgetView]) -> Vec<Choice> {
        let back = Choice::of(RETURN.to_owned(), returned(), &self.at_end);
        let others = budgets
            .iter()
            .filter(|other| other.id != budget && other.record.closed_at.is_none());
        let others = others.map(|other| {
            let label = into(&other.name);
            Choice::of(other.id.to_string(), &label, &self.at_end)
        });
        [back].into_iter().chain(others).collect()
    }
}

/// The same, and beside its field that nothing was chosen if it was not.
fn noted<T>(wrong: &mut Wrong, field: &str, chosen: Option<T>) -> Option<T> {
    if chosen.is_none() {
        let words = t(
            "有一项没有选好，请刷新后再填。",
            "Something was not chosen. Please reload the page and try again.",
        );
        wrong.note(field, words);
    }
    chosen
}

/// Why the ledger does not keep it: beside the field that this is about, or of the whole form.
pub fn refused(error: &WriteError) -> Wrong {
    let field = match error {
        WriteError::Rejected(Rejection::Budget(BudgetRejection::BadBudgetPlan { flaw })) => {
            match flaw {
                PlanFlaw::Purpose => "purpose",
                PlanFlaw::Period | PlanFlaw::Over => "until",
                PlanFlaw::SettleDays => "settle_days",
                PlanFlaw::IntoItself => "at_end",
            }
        }
        WriteError::Rejected(Rejection::UnknownReference) => "funder",
        _ => "form",
    };
    Wrong::with(field, words::failure(error))
}

const fn name(exhausted: Exhausted) -> &'static str {
    match exhausted {
        Exhausted::Reject => "reject",
        Exhausted::Queue => "queue",
    }
}

fn told(exhausted: Exhausted) -> &'static str {
    match exhausted {
        Exhausted::Reject => t("不予发放", "turned down"),
        Exhausted::Queue => t(
            "排队，补充后按登记先后发放",
            "wait until it is given more, in the order in which they were recorded",
        ),
    }
}

fn returned() -> &'static str {
    t("退回，不再发行", "returned: no longer issued")
}

fn into(name: &str) -> String {
    say!("结转到“{name}”", "carried over into “{name}”")
}

/// What is planned, as pairs of what it is about and what is said of it.
pub fn facts(
    web: &Web,
    budget: &BudgetView,
    budgets: &[BudgetView],
) -> Vec<(&'static str, String)> {
    let (zone, record) = (web.zone(), &budget.record);
    let mut facts = vec![(t("代号", "Code"), budget.code.clone())];
    let Some(plan) = &record.plan else {
        return facts;
    };
    let (from, until) = (full(plan.starts_at, &zone), full(plan.ends_at, &zone));
    let (days, closes) = (plan.settle_days, whole_date(plan.closes_at(), &zone));
    let end = match plan.at_end {
        AtEnd::Return => returned().to_owned(),
        AtEnd::CarryOver { into: heir } => {
            let heir = budgets.iter().find(|known| known.id == heir);
            into(heir.map_or("", |heir| heir.name.as_str()))
        }
    };
    facts.extend([
        (
            t("给这段时间里的事", "For deeds"),
            say!("{from} 起，{until} 为止", "from {from}, before {until}"),
        ),
        (
            t("结账", "Closed"),
            say!(
                "到期后再留 {days} 天办结，{closes}结账",
                "{days} days after that, on {closes}"
            ),
        ),
        (
            t("不够发放的奖励", "Awards it cannot pay"),
            told(plan.exhausted).to_owned(),
        ),
        (t("到期剩余", "What is left at the end"), end),
        (t("预警", "Alerts"), alerts(record.told)),
    ]);
    facts
}

/// At which shares it is told that so much is used, and which was told last.
fn alerts(told: i64) -> String {
    let [low, high] = ALERTS;
    match told {
        0 => say!(
            "用到 {low}% 和 {high}% 时各提醒一次",
            "once at {low}% used and once at {high}%"
        ),
        _ => say!(
            "用到 {low}% 和 {high}% 时各提醒一次；已提醒到 {told}%",
            "once at {low}% used and once at {high}%; told at {told}%"
        ),
    }
}
