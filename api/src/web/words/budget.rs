//! Budgets, in words.

use ledger::community::budget::PlanFlaw;
use ledger::machine::BudgetRejection;

use crate::web::reading::{say, t};

/// Why nothing comes of it.
pub fn rejection(rejection: &BudgetRejection) -> String {
    let words = match rejection {
        BudgetRejection::BudgetClosed { .. } => t(
            "这项资金已经结账，不能再用。",
            "This budget is closed and pays for nothing more.",
        ),
        BudgetRejection::OutsidePeriod { .. } => t(
            "这件事不在这项资金的使用期内：请用当期的资金。",
            "This happened outside the budget's period: use the budget of that time.",
        ),
        BudgetRejection::BadBudgetPlan { flaw } => {
            let wrong = wrong(*flaw);
            return say!(
                "资金计划有误：{wrong}。",
                "The plan of the budget is wrong: {wrong}."
            );
        }
    };
    words.to_owned()
}

fn wrong(flaw: PlanFlaw) -> &'static str {
    match flaw {
        PlanFlaw::Purpose => t(
            "用途要写 1 到 200 个字",
            "its purpose takes 1 to 200 characters",
        ),
        PlanFlaw::Period => t(
            "使用期要先开始后结束，最长五年",
            "its period begins before it ends and lasts five years at most",
        ),
        PlanFlaw::SettleDays => t(
            "结账前最多留 180 天",
            "it is closed at most 180 days after its period",
        ),
        PlanFlaw::Over => t(
            "使用期和结账的时间都已经过了",
            "its period and the time to close it are over",
        ),
        PlanFlaw::IntoItself => t(
            "剩余的不能结转给自己",
            "what is left cannot be carried over into itself",
        ),
    }
}
