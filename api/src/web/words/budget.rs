//! Budgets, in words.

use ledger::community::budget::PlanFlaw;
use ledger::machine::BudgetRejection;

/// Why nothing comes of it.
pub fn rejection(rejection: &BudgetRejection) -> String {
    match rejection {
        BudgetRejection::BudgetClosed { .. } => "这项资金已经结账，不能再用。".to_owned(),
        BudgetRejection::OutsidePeriod { .. } => {
            "这件事不在这项资金的使用期内：请用当期的资金。".to_owned()
        }
        BudgetRejection::BadBudgetPlan { flaw } => format!("资金计划有误：{}。", wrong(*flaw)),
    }
}

const fn wrong(flaw: PlanFlaw) -> &'static str {
    match flaw {
        PlanFlaw::Purpose => "用途要写 1 到 200 个字",
        PlanFlaw::Period => "使用期要先开始后结束，最长五年",
        PlanFlaw::SettleDays => "结账前最多留 180 天",
        PlanFlaw::Over => "使用期和结账的时间都已经过了",
        PlanFlaw::IntoItself => "剩余的不能结转给自己",
    }
}
