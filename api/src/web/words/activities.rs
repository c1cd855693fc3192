//! Activities, in words.

use ledger::community::activity::{ActivityForm, PlanProblem};

/// What is wrong with a plan.
pub fn plan(problem: &PlanProblem) -> String {
    match problem {
        PlanProblem::Slots { limit } => format!("一场活动有 1 到 {limit} 个时段。"),
        PlanProblem::Slot { .. } => "每个时段从一分钟到 24 小时，结束要晚于开始。".to_owned(),
        PlanProblem::Fence { limit } => format!("签到范围是 10 到 {limit} 米。"),
        PlanProblem::Opens => "最早提前 24 小时开始签到。".to_owned(),
        PlanProblem::Fact { .. } | PlanProblem::Missing { .. } => {
            "志愿服务和车队要选服务对象。".to_owned()
        }
    }
}

/// What is done at an activity.
pub const fn activity_form(form: ActivityForm) -> &'static str {
    match form {
        ActivityForm::Meeting => "会议",
        ActivityForm::Study => "学习",
        ActivityForm::PartyDay => "主题党日",
        ActivityForm::Training => "培训",
        ActivityForm::Volunteer => "志愿服务",
        ActivityForm::Convoy => "车队",
    }
}
