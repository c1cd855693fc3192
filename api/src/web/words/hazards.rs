//! Hazards, and photos of them, in words.

use ledger::community::hazard::{
    DEED_KIND, HazardCategory, HazardState, InvalidReason, Severity, StepKind,
};
use ledger::machine::deeds::DeedRejection;

use crate::photo::PhotoError;
use crate::web::reading::{say, t};

/// What a hazard is, as policies call it.
pub fn hazard_category(category: HazardCategory) -> &'static str {
    hazard_fact("category", category.name())
}

/// How bad a hazard is, as policies call it.
pub fn severity(severity: Severity) -> &'static str {
    hazard_fact("severity", severity.name())
}

fn hazard_fact(fact: &str, value: &str) -> &'static str {
    let choice = ledger::policy::deed::choice(DEED_KIND, fact, value);
    choice.map_or("", |choice| t(choice.zh, choice.en))
}

/// What was done about a hazard.
pub fn hazard_step(step: StepKind) -> &'static str {
    match step {
        StepKind::Report => t("上报", "Reported"),
        StepKind::Triage => t("分类", "Sorted"),
        StepKind::Verify => t("核实", "Verified"),
        StepKind::Invalid => t("判为不属实", "Found not to be so"),
        StepKind::Duplicate => t("并入重复上报", "Joined to another report"),
        StepKind::Assign => t("派单", "Assigned"),
        StepKind::Fix => t("整改", "Fixed"),
        StepKind::Confirm => t("复核", "Confirmed"),
        StepKind::Reopen => t("重新处理", "Reopened"),
    }
}

/// Why nothing comes of a report.
pub fn invalid_reason(reason: InvalidReason) -> &'static str {
    match reason {
        InvalidReason::NotFound => t("现场没有发现", "Not found on site"),
        InvalidReason::NoHazard => t("不属于隐患", "Not a hazard"),
        InvalidReason::Unclear => t(
            "照片、位置或说明看不清楚",
            "Photo, place or words are not clear",
        ),
        InvalidReason::Outside => t("不归本地处理", "Not dealt with here"),
        InvalidReason::MadeUp => t("虚假上报", "Made up"),
        InvalidReason::Other => t("其他原因", "Another reason"),
    }
}

/// How long something took: in Chinese it follows a word at once, so that it brings its own space.
pub fn lasted(seconds: i64) -> String {
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => t("不到 1 分钟", "less than a minute").to_owned(),
        (0, 0, minutes) => say!(" {minutes} 分钟", "{minutes} min"),
        (0, hours, minutes) => say!(" {hours} 小时 {minutes} 分", "{hours} h {minutes} min"),
        (days, hours, _) => say!(" {days} 天 {hours} 小时", "{days} d {hours} h"),
    }
}

/// Why a photo is not taken.
pub fn photo(error: PhotoError) -> &'static str {
    match error {
        PhotoError::Format => t(
            "照片请用 JPEG、PNG 或 WebP 格式。",
            "Please use a photo in JPEG, PNG or WebP format.",
        ),
        PhotoError::Broken => t(
            "照片没有传完整，请重新拍一张。",
            "The photo did not arrive whole. Please take another.",
        ),
        PhotoError::TooLarge => t(
            "照片太大了，请换小一些的。",
            "The photo is too large. Please use a smaller one.",
        ),
        PhotoError::TooSmall => t(
            "照片太小，看不清楚，请重新拍一张。",
            "The photo is too small to see anything. Please take another.",
        ),
    }
}

/// How far a report of a hazard got.
pub fn hazard_state(state: HazardState) -> &'static str {
    match state {
        HazardState::Received => t("已受理", "Received"),
        HazardState::Triaged => t("已分类", "Sorted"),
        HazardState::Verified => t("已核实", "Verified"),
        HazardState::Invalid => t("不属实", "Not so"),
        HazardState::Duplicate => t("重复上报", "Duplicate"),
        HazardState::Assigned => t("已派单", "Assigned"),
        HazardState::Fixed => t("已整改", "Fixed"),
        HazardState::Confirmed => t("已复核", "Confirmed"),
    }
}

/// Why nothing was done about a hazard; what is no rejection of these is told by its code.
pub fn rejection(rejection: &DeedRejection) -> String {
    let words = match rejection {
        DeedRejection::UnknownHazard { .. } => t("没有这条隐患上报。", "There is no such report."),
        DeedRejection::HazardState { state, .. } => {
            let state = hazard_state(*state);
            return say!(
                "这条上报现在是“{state}”，不能这样处理。",
                "This report is now marked “{state}” and cannot be handled so."
            );
        }
        DeedRejection::BothAwarded { award, other } => {
            return say!(
                "两条上报各有一笔有效的奖励（{award} 和 {other}），同一处隐患只计一次分：请先撤销其中一笔（没到账的驳回），再标为重复。",
                "Each report has an award that stands ({award} and {other}), and a hazard earns points once. \
                 Take one back first (turn it down if it is not paid out), then mark the duplicate."
            );
        }
        DeedRejection::TooManyPhotos { limit } => {
            return say!(
                "一条上报最多 {limit} 张照片。",
                "A report has at most {limit} photos."
            );
        }
        DeedRejection::BadCode => t(
            "网格或队伍编号最多 64 个字母、数字或 -_.:/。",
            "The code of a grid or team has at most 64 letters, digits or -_.:/.",
        ),
        DeedRejection::BadHours => t(
            "时限要在一小时到一年之间。",
            "A time limit is between an hour and a year.",
        ),
        DeedRejection::TimeCounted { deed, from, until } => {
            return say!(
                "这段时间与这名骑手已计分的另一件事重叠（{deed}，世界时 {from} 至 {until}），同一时间只计一次：请改填其余的时间。",
                "In this time another deed of the rider counts ({deed}, {from} to {until} UTC), and time counts once. \
                 Please enter only the rest of it."
            );
        }
        DeedRejection::PhotoUsed { .. } => t(
            "照片和另一件已计分的事项是同一张（缩小、调亮或转存过的也算），同一张照片只计一次。",
            "The photo is that of another deed that counts (smaller, brighter or saved again \
             is still the same), and a photo counts once.",
        ),
        other => return say!("没有办成（{other}）。", "It was not done ({other})."),
    };
    words.to_owned()
}
