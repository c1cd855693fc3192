//! Deeds, in words: how far they come, and why no further.

use ledger::machine::deeds::{DeedRejection, DeedState};

use super::{activities, hazards, orders};
use crate::web::reading::{say, t};

/// Why a deed does not come further.
pub fn rejection(rejection: &DeedRejection) -> String {
    let words = match rejection {
        DeedRejection::UnknownActivity { .. } => t(
            "没有这场活动，或没有这个时段。",
            "There is no such event, or no such slot of it.",
        ),
        DeedRejection::UnknownDeed { .. } => {
            t("还没有报名或签到。", "There is no sign-up or check-in yet.")
        }
        DeedRejection::DeedState {
            state: DeedState::Promised,
            ..
        } => t(
            "已经报名，还没有签到。",
            "Signed up already, but not checked in yet.",
        ),
        DeedRejection::DeedState {
            state: DeedState::Begun,
            ..
        } => t(
            "已经签到，还没有签退。",
            "Checked in already, but not checked out yet.",
        ),
        DeedRejection::DeedState {
            state: DeedState::Done,
            ..
        } => t(
            "已经签退，不用再办。",
            "Checked out already. There is nothing left to do.",
        ),
        DeedRejection::DeedState { .. } => t("已经取消报名。", "The sign-up was cancelled."),
        DeedRejection::DeedAnswered { .. } => t(
            "积分已经登记过，或正在登记。",
            "The points are recorded already, or are about to be.",
        ),
        DeedRejection::BadPlan { problem } => return activities::plan(problem),
        DeedRejection::BadGrid { problem } => {
            return say!(
                "网格没有导入：{problem}。",
                "The grids were not imported: {problem}."
            );
        }
        DeedRejection::UnknownGrid { grid } => {
            return say!("没有编号为“{grid}”的网格。", "There is no grid “{grid}”.");
        }
        DeedRejection::GridRetired { .. } => t(
            "这个网格已经停用，不再巡查。",
            "This grid is not patrolled any more.",
        ),
        DeedRejection::OutsideGrid { .. } => t(
            "您不在这个网格里，这个位置不算。回到网格里再按一次。",
            "You are outside this grid, so this does not count. Press again inside it.",
        ),
        DeedRejection::NoGridHere => t(
            "这里不在任何巡查网格里。到了网格里再开始。",
            "There is no patrol grid here. Start once you are in one.",
        ),
        DeedRejection::ShiftOpen { .. } => t(
            "您还有一班巡查没有结束，请先结束那一班。",
            "You have another patrol that is not over. Please end that one first.",
        ),
        DeedRejection::OutsideShift { .. } => t(
            "这个时间不在这班巡查之内。这班已经超时的，请结束后另开一班。",
            "This time is not within the patrol. If it ran too long, end it and start another.",
        ),
        DeedRejection::TooManyWaypoints { .. } => t(
            "这班的点位已经够多了，请结束巡查。",
            "This patrol has enough places. Please end it.",
        ),
        DeedRejection::ActivityTaken { .. } => t(
            "已有人报名：时间和类型不能改，名额只能加。可以取消后重新发布。",
            "People have signed up: time and type stay, places can only be added. \
             You can cancel it and post another.",
        ),
        DeedRejection::ActivityCancelled { .. } => t("活动已取消。", "The event is cancelled."),
        DeedRejection::ActivityFull { .. } => t(
            "名额已满。可以看看其他时段，或等别人取消。",
            "All places are taken. Look at other slots, or wait for somebody to cancel.",
        ),
        DeedRejection::ActivityOver { .. } => t(
            "这个时段已经结束。确实到场的，请工作人员补录。",
            "This slot is over. If you were there, ask staff to enter it.",
        ),
        DeedRejection::ActivityNotOpen { .. } => t(
            "还没有开始签到，请稍后再来。",
            "Check-in is not open yet. Please come back later.",
        ),
        DeedRejection::OutsideSlot { .. } => t(
            "补录的时间要在活动时段之内，而且已经过去。",
            "The time entered must lie within the slot and in the past.",
        ),
        DeedRejection::UnknownAttachment { .. } => t(
            "照片没有传上，或已经用过，请重新上传。",
            "The photo did not arrive, or was used before. Please upload it again.",
        ),
        DeedRejection::NoFence { .. } => t(
            "这场活动不能按位置签到，请填屏幕上的数字。",
            "This event has no check-in by position. Please enter the digits on the screen.",
        ),
        DeedRejection::OutsideFence { .. } => t(
            "离活动地点太远。到了现场再签，或填屏幕上的数字。",
            "Too far from the event. Check in on site, or enter the digits on the screen.",
        ),
        DeedRejection::UnknownHazard { .. }
        | DeedRejection::HazardState { .. }
        | DeedRejection::BothAwarded { .. }
        | DeedRejection::TooManyPhotos { .. }
        | DeedRejection::BadCode
        | DeedRejection::BadHours
        | DeedRejection::TimeCounted { .. }
        | DeedRejection::PhotoUsed { .. } => return hazards::rejection(rejection),
        DeedRejection::UnknownOrder { .. }
        | DeedRejection::BadOrder { .. }
        | DeedRejection::OrderState { .. }
        | DeedRejection::OrderTaken { .. }
        | DeedRejection::OrderOver { .. }
        | DeedRejection::ClaimNotDue { .. }
        | DeedRejection::TooManyClaims { .. }
        | DeedRejection::SkillsMissing { .. }
        | DeedRejection::NotInTeam { .. }
        | DeedRejection::OwnProposal
        | DeedRejection::BadFact { .. }
        | DeedRejection::BadPledge { .. }
        | DeedRejection::UnknownPledge { .. } => return orders::rejection(rejection),
        DeedRejection::NotAppellant => t(
            "复核结果对谁不利，才由谁申诉。",
            "Only the side that the review went against can appeal.",
        ),
        DeedRejection::AlreadyAppealed { .. } => t(
            "已经申诉过一次，申诉结果是最终结果。",
            "There was an appeal already, and its result is final.",
        ),
        DeedRejection::AppealOpen { .. } => t(
            "已经复核，还在申诉期内，暂时不用再处理。",
            "It has been reviewed and can still be appealed. There is nothing to do for now.",
        ),
        DeedRejection::AppealOver { .. } => t("申诉期已过。", "The time to appeal is over."),
    };
    words.to_owned()
}

/// Where a deed stands.
pub fn deed_state(state: DeedState) -> &'static str {
    match state {
        DeedState::Promised => t("已报名", "Signed up"),
        DeedState::Begun => t("已签到", "Checked in"),
        DeedState::Done => t("已完成", "Done"),
        DeedState::Void => t("未参加", "Did not take part"),
    }
}

/// Where a patrol stands.
pub fn shift_state(state: DeedState) -> &'static str {
    match state {
        DeedState::Promised | DeedState::Begun => t("巡查中", "On patrol"),
        DeedState::Done => t("已结束", "Ended"),
        DeedState::Void => t("已作废", "Void"),
    }
}
