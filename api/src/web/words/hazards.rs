//! Hazards, and photos of them, in words.

use ledger::community::hazard::{
    DEED_KIND, HazardCategory, HazardState, InvalidReason, Severity, StepKind,
};
use ledger::machine::deeds::DeedRejection;

use crate::photo::PhotoError;

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
    choice.map_or("", |choice| choice.zh)
}

/// What was done about a hazard.
pub const fn hazard_step(step: StepKind) -> &'static str {
    match step {
        StepKind::Report => "上报",
        StepKind::Triage => "分类",
        StepKind::Verify => "核实",
        StepKind::Invalid => "判为不属实",
        StepKind::Duplicate => "并入重复上报",
        StepKind::Assign => "派单",
        StepKind::Fix => "整改",
        StepKind::Confirm => "复核",
        StepKind::Reopen => "重新处理",
    }
}

/// Why nothing comes of a report.
pub const fn invalid_reason(reason: InvalidReason) -> &'static str {
    match reason {
        InvalidReason::NotFound => "现场没有发现",
        InvalidReason::NoHazard => "不属于隐患",
        InvalidReason::Unclear => "照片、位置或说明看不清楚",
        InvalidReason::Outside => "不归本地处理",
        InvalidReason::MadeUp => "虚假上报",
        InvalidReason::Other => "其他原因",
    }
}

/// How long something took.
pub fn lasted(seconds: i64) -> String {
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => "不到 1 分钟".to_owned(),
        (0, 0, minutes) => format!(" {minutes} 分钟"),
        (0, hours, minutes) => format!(" {hours} 小时 {minutes} 分"),
        (days, hours, _) => format!(" {days} 天 {hours} 小时"),
    }
}

/// Why a photo is not taken.
pub const fn photo(error: PhotoError) -> &'static str {
    match error {
        PhotoError::Format => "照片请用 JPEG、PNG 或 WebP 格式。",
        PhotoError::Broken => "照片没有传完整，请重新拍一张。",
        PhotoError::TooLarge => "照片太大了，请换小一些的。",
        PhotoError::TooSmall => "照片太小，看不清楚，请重新拍一张。",
    }
}

/// How far a report of a hazard got.
pub const fn hazard_state(state: HazardState) -> &'static str {
    match state {
        HazardState::Received => "已受理",
        HazardState::Triaged => "已分类",
        HazardState::Verified => "已核实",
        HazardState::Invalid => "不属实",
        HazardState::Duplicate => "重复上报",
        HazardState::Assigned => "已派单",
        HazardState::Fixed => "已整改",
        HazardState::Confirmed => "已复核",
    }
}

/// Why nothing was done about a hazard; what is no rejection of these is told by its code.
pub fn rejection(rejection: &DeedRejection) -> String {
    let words = match rejection {
        DeedRejection::UnknownHazard { .. } => "没有这条隐患上报。",
        DeedRejection::HazardState { state, .. } => {
            return format!("这条上报现在是“{}”，不能这样处理。", hazard_state(*state));
        }
        DeedRejection::BothAwarded { award, other } => {
            return format!(
                "两条上报各有一笔有效的奖励（{award} 和 {other}），同一处隐患只计一次分：请先撤销其中一笔（没到账的驳回），再标为重复。"
            );
        }
        DeedRejection::TooManyPhotos { limit } => return format!("一条上报最多 {limit} 张照片。"),
        DeedRejection::BadCode => "网格或队伍编号最多 64 个字母、数字或 -_.:/。",
        DeedRejection::BadHours => "时限要在一小时到一年之间。",
        DeedRejection::TimeCounted { deed, from, until } => {
            return format!(
                "这段时间与这名骑手已计分的另一件事重叠（{deed}，世界时 {from} 至 {until}），同一时间只计一次：请改填其余的时间。"
            );
        }
        DeedRejection::PhotoUsed { .. } => {
            "照片和另一件已计分的事项是同一张（缩小、调亮或转存过的也算），同一张照片只计一次。"
        }
        other => return format!("没有办成（{other}）。"),
    };
    words.to_owned()
}
