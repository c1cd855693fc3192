//! Activities, in words.

use ledger::community::activity::{ActivityForm, PlanProblem};

use crate::web::reading::{say, t};

/// What is wrong with a plan.
pub fn plan(problem: &PlanProblem) -> String {
    let words = match problem {
        PlanProblem::Slots { limit } => {
            return say!(
                "一场活动有 1 到 {limit} 个时段。",
                "An event has 1 to {limit} slots."
            );
        }
        PlanProblem::Slot { .. } => t(
            "每个时段从一分钟到 24 小时，结束要晚于开始。",
            "Each slot lasts from a minute to 24 hours, and ends after it begins.",
        ),
        PlanProblem::Fence { limit } => {
            return say!(
                "签到范围是 10 到 {limit} 米。",
                "Check-in reaches 10 to {limit} metres."
            );
        }
        PlanProblem::Opens => t(
            "最早提前 24 小时开始签到。",
            "Check-in opens 24 hours ahead at the earliest.",
        ),
        PlanProblem::Fact { .. } | PlanProblem::Missing { .. } => t(
            "志愿服务和车队要选服务对象。",
            "For volunteering and convoys, choose who is served.",
        ),
    };
    words.to_owned()
}

/// What is done at an activity.
pub fn activity_form(form: ActivityForm) -> &'static str {
    match form {
        ActivityForm::Meeting => t("会议", "Meeting"),
        ActivityForm::Study => t("学习", "Study"),
        ActivityForm::PartyDay => t("主题党日", "Party day"),
        ActivityForm::Training => t("培训", "Training"),
        ActivityForm::Volunteer => t("志愿服务", "Volunteering"),
        ActivityForm::Convoy => t("车队", "Convoy"),
    }
}
