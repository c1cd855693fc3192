//! The ledger's codes in plain Chinese.

mod activities;
mod budget;
mod hazards;
pub mod orders;
pub mod paying;
mod settlement;
mod trade;
pub mod trail;

use axum::http::StatusCode;
use ledger::community::{Role, Way};
use ledger::journal::TransferKind;
use ledger::machine::award::contest::Finding;
use ledger::machine::deeds::{DeedRejection, DeedState, ProofKind};
use ledger::machine::{AwardState, Reason, RedemptionState, Rejection};
use ledger::policy::{Language, explain_reached, explain_refusal};
use ledger::{ExecuteError, PersonalError, WriteError};

use super::format::points;
use crate::outside::Refusal;
pub use activities::activity_form;
pub use hazards::{
    hazard_category, hazard_state, hazard_step, invalid_reason, lasted, photo, severity,
};

pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Staff => "社区工作人员",
        Role::Merchant => "商户店员",
        Role::Member => "骑手",
        Role::Auditor => "审计",
        Role::Admin => "管理员",
    }
}

pub const fn way(way: Way) -> &'static str {
    match way {
        Way::Password => "密码和动态码",
        Way::Recovery => "密码和恢复码",
        Way::Sms => "短信验证码",
        Way::Oidc => "统一身份认证",
        Way::Demo => "演示",
    }
}

pub const fn transfer(kind: TransferKind) -> &'static str {
    match kind {
        TransferKind::Appropriate => "资金拨入",
        TransferKind::ReturnBudget => "资金退回",
        TransferKind::CarryOver => "资金结转",
        TransferKind::Notice => "奖励公示",
        TransferKind::Withdraw => "公示中的奖励撤回",
        TransferKind::Award => "奖励发放",
        TransferKind::Authorise => "兑换冻结",
        TransferKind::Charge => "兑换",
        TransferKind::Capture => "冻结转兑换",
        TransferKind::Void => "解除冻结",
        TransferKind::Release => "冻结到期退回",
        TransferKind::Refund => "兑换撤销退回",
        TransferKind::Expire => "到期作废",
        TransferKind::Reverse => "奖励撤销",
        TransferKind::WriteOff => "欠分核销",
        TransferKind::ReceiveFunds => "收到资金",
        TransferKind::FreezeStatement => "生成结算单",
        TransferKind::PayStatement => "结算付款",
        TransferKind::Merge => "账户合并",
    }
}

pub const fn award_state(state: AwardState) -> &'static str {
    match state {
        AwardState::Queued => "排队中",
        AwardState::Submitted => "待审核",
        AwardState::Pending => "公示中",
        AwardState::Frozen => "有异议，暂停发放",
        AwardState::Vested => "已发放",
        AwardState::Rejected => "未通过",
        AwardState::Reversed => "已撤销",
    }
}

pub const fn redemption_state(state: RedemptionState) -> &'static str {
    match state {
        RedemptionState::Held => "冻结中",
        RedemptionState::Captured => "已收取",
        RedemptionState::Voided => "已解除",
        RedemptionState::Released => "冻结已到期",
    }
}

pub const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotAsClaimed => "与所报不符",
        Reason::Evidence => "凭据不足",
        Reason::Duplicate => "重复登记",
        Reason::Mistake => "登记有误",
        Reason::Withdrawn => "登记人撤回",
        Reason::Expired => "排队期间已过有效期",
        Reason::Erased => "骑手的个人信息已注销",
        Reason::BudgetClosed => "资金已经结账",
    }
}

/// What a reviewer found.
pub const fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::NotAsClaimed => "异议成立：与所报不符",
        Finding::Evidence => "异议成立：凭据不足",
        Finding::Duplicate => "异议成立：重复登记",
        Finding::Mistake => "异议成立：登记有误",
        Finding::AsClaimed => "异议不成立：情况属实",
        Finding::EvidenceSuffices => "异议不成立：凭据充分",
        Finding::Unrelated => "异议不成立：与这笔奖励无关",
    }
}

/// What shows a check-in.
pub const fn proof(proof: ProofKind) -> &'static str {
    match proof {
        ProofKind::Code => "现场码",
        ProofKind::Fence => "现场位置",
        ProofKind::Staff => "工作人员",
        ProofKind::Backfill => "事后补录",
        ProofKind::Rule => "按规定计",
    }
}

/// Why something was turned down, in a sentence for the person at the page.
pub fn rejection(rejection: &Rejection) -> String {
    match rejection {
        Rejection::InsufficientPoints {
            available,
            requested,
        } => format!(
            "积分不足：要收 {} 分，可用 {} 分，没有扣分。",
            points(*requested),
            points(*available)
        ),
        Rejection::InvalidCode => {
            "付款码无效：可能输错了、已过期或已用过。请骑手换一个新码。".to_owned()
        }
        Rejection::AmountNotPositive => "积分数要大于 0。".to_owned(),
        Rejection::AmountOverflow => "积分数太大了。".to_owned(),
        Rejection::BudgetExhausted {
            available,
            requested,
            ..
        } => format!(
            "专项资金不足：需要 {} 分，只剩 {} 分。",
            points(*requested),
            points(*available)
        ),
        Rejection::CapReached(reached) => explain_reached(reached, Language::Zh),
        Rejection::AlreadyAwarded { .. } => "这件事已经登记过，不能重复发放。".to_owned(),
        Rejection::DuplicateDeed { .. } => "同一件事已经有人登记，不能再计一次。".to_owned(),
        Rejection::PositionNeeded { radius } => {
            format!("请注明事发地点：相距 {radius} 米以内的算同一件事。")
        }
        Rejection::DeedTooLate { .. } => "登记太晚：事情发生后 30 天内才能登记。".to_owned(),
        Rejection::ReportsUndecided { reports } => {
            format!("同一件事还有 {reports} 份登记没有审核或复核完，完了再平分。")
        }
        Rejection::AlreadyExpired { .. } => "按办法这笔积分已经过期，不能发放。".to_owned(),
        Rejection::SelfAward => "不能给自己发放，也不能收自己的积分。".to_owned(),
        Rejection::SelfApproval => {
            "不能审核自己登记的、或受益人是自己的奖励，请另一位工作人员审核。".to_owned()
        }
        Rejection::SameApprover => "这笔奖励您已审核过，还需要另一位工作人员审核。".to_owned(),
        Rejection::SameNode => "同一组织的工作人员已审核过，还需要另一个组织的人审核。".to_owned(),
        Rejection::StaffLeft { .. } => "这位工作人员已经离岗。".to_owned(),
        Rejection::NotSubmitter => "只有登记人可以撤回这笔奖励。".to_owned(),
        Rejection::NoticeOpen { .. } => "公示还没有结束。".to_owned(),
        Rejection::NoticeClosed { .. } => "公示已经结束，不能再提异议。".to_owned(),
        Rejection::AwardFrozen { .. } => "有人提出异议，复核之前不能处理。".to_owned(),
        Rejection::AlreadyObjected { .. } => "这笔奖励已经有人提过异议。".to_owned(),
        Rejection::NoObjection { .. } => "这笔奖励没有异议需要复核。".to_owned(),
        Rejection::ReviewerInvolved => {
            "与这笔奖励或异议有关的人不能复核，请另一位工作人员复核。".to_owned()
        }
        Rejection::DeedInFuture { .. } => "事情还没有发生，不能先登记发放。".to_owned(),
        Rejection::AwardAlreadyDecided { state, .. } => {
            format!("这笔奖励{}，不用再处理。", award_state(*state))
        }
        Rejection::HoldAlreadyResolved { state, .. } => {
            format!("这笔兑换{}，不用再处理。", redemption_state(*state))
        }
        Rejection::HoldExpired { .. } => "冻结已经到期，积分会退回骑手，不能再收取。".to_owned(),
        Rejection::HoldNotDue { .. } => "冻结还没有到期。".to_owned(),
        Rejection::CaptureExceedsHold {
            authorised,
            requested,
        } => format!(
            "只冻结了 {} 分，不能收取 {} 分。",
            points(*authorised),
            points(*requested)
        ),
        Rejection::NotCaptured { .. } => "这笔兑换还没有收取，无需撤销。".to_owned(),
        Rejection::RefundExceedsCapture { refundable, .. } if refundable.is_zero() => {
            "这笔兑换已经撤销过了。".to_owned()
        }
        Rejection::RefundExceedsCapture { refundable, .. } => {
            format!("最多还能退 {} 分。", points(*refundable))
        }
        Rejection::UnknownMember { .. } => "没有这位骑手。".to_owned(),
        Rejection::UnknownStore { .. } => "没有这家门店。".to_owned(),
        Rejection::UnknownAward { .. } => "没有这笔奖励。".to_owned(),
        Rejection::UnknownRedemption { .. } => "没有这笔兑换，或不是本店的。".to_owned(),
        Rejection::UnknownBudget { budget } => format!("没有编号为“{budget}”的专项资金。"),
        Rejection::ProgramClosed { .. } => "积分计划已经停止办理这项业务。".to_owned(),
        Rejection::MemberMerged { .. } => {
            "这位骑手的账户已经并入另一个账户，请用合并后的账户办理。".to_owned()
        }
        Rejection::MemberErased { .. } => "这位骑手的个人信息已经注销。".to_owned(),
        Rejection::ErasureBlocked { .. } => {
            "还有冻结的积分或未复核的异议，办结之后才能注销。".to_owned()
        }
        Rejection::Suppressed { .. } => "该手机号或证件号刚刚注销，暂时不能重新登记。".to_owned(),
        Rejection::PhoneOfAnother { .. } => {
            "该手机号登记在另一位骑手名下，请先为对方变更手机号。".to_owned()
        }
        Rejection::MergeIntoSelf { .. } => "不能把账户并入它自己。".to_owned(),
        Rejection::InGroup {
            line,
            rejection: inner,
        } => format!("第 {line} 行：{}", self::rejection(inner)),
        Rejection::Deed(rejection) => deed(rejection),
        Rejection::Budget(rejection) => budget::rejection(rejection),
        Rejection::Trade(rejection) => trade::rejection(rejection),
        Rejection::Settlement(rejection) => settlement::refusal(rejection),
        Rejection::Paying(rejection) => paying::rejection(rejection),
        Rejection::TooManyLayers { limit } => format!("地图最多 {limit} 个图层。"),
        Rejection::LayerName { .. }
        | Rejection::UnknownDraft { .. }
        | Rejection::DraftNotReady { .. }
        | Rejection::TooManyDrafts { .. }
        | Rejection::NothingDue
        | Rejection::ClosingTooEarly { .. }
        | Rejection::ClosingOrder
        | Rejection::AlreadyExists
        | Rejection::UnknownReference
        | Rejection::OrganizationKind { .. }
        | Rejection::UnknownAccess { .. }
        | Rejection::AlreadyEnded { .. }
        | Rejection::UnreadablePolicy { .. }
        | Rejection::EffectiveInPast { .. }
        | Rejection::Superseded { .. }
        | Rejection::BadGroup { .. } => format!("没有办成（{}）。", rejection.code()),
    }
}

/// Why a deed does not come further.
fn deed(rejection: &DeedRejection) -> String {
    let words = match rejection {
        DeedRejection::UnknownActivity { .. } => "没有这场活动，或没有这个时段。",
        DeedRejection::UnknownDeed { .. } => "还没有报名或签到。",
        DeedRejection::DeedState {
            state: DeedState::Promised,
            ..
        } => "已经报名，还没有签到。",
        DeedRejection::DeedState {
            state: DeedState::Begun,
            ..
        } => "已经签到，还没有签退。",
        DeedRejection::DeedState {
            state: DeedState::Done,
            ..
        } => "已经签退，不用再办。",
        DeedRejection::DeedState { .. } => "已经取消报名。",
        DeedRejection::DeedAnswered { .. } => "积分已经登记过，或正在登记。",
        DeedRejection::BadPlan { problem } => return activities::plan(problem),
        DeedRejection::BadGrid { problem } => return format!("网格没有导入：{problem}。"),
        DeedRejection::UnknownGrid { grid } => return format!("没有编号为“{grid}”的网格。"),
        DeedRejection::GridRetired { .. } => "这个网格已经停用，不再巡查。",
        DeedRejection::OutsideGrid { .. } => "您不在这个网格里，这个位置不算。回到网格里再按一次。",
        DeedRejection::NoGridHere => "这里不在任何巡查网格里。到了网格里再开始。",
        DeedRejection::ShiftOpen { .. } => "您还有一班巡查没有结束，请先结束那一班。",
        DeedRejection::OutsideShift { .. } => {
            "这个时间不在这班巡查之内。这班已经超时的，请结束后另开一班。"
        }
        DeedRejection::TooManyWaypoints { .. } => "这班的点位已经够多了，请结束巡查。",
        DeedRejection::ActivityTaken { .. } => {
            "已有人报名：时间和类型不能改，名额只能加。可以取消后重新发布。"
        }
        DeedRejection::ActivityCancelled { .. } => "活动已取消。",
        DeedRejection::ActivityFull { .. } => "名额已满。可以看看其他时段，或等别人取消。",
        DeedRejection::ActivityOver { .. } => "这个时段已经结束。确实到场的，请工作人员补录。",
        DeedRejection::ActivityNotOpen { .. } => "还没有开始签到，请稍后再来。",
        DeedRejection::OutsideSlot { .. } => "补录的时间要在活动时段之内，而且已经过去。",
        DeedRejection::UnknownAttachment { .. } => "照片没有传上，或已经用过，请重新上传。",
        DeedRejection::NoFence { .. } => "这场活动不能按位置签到，请填屏幕上的数字。",
        DeedRejection::OutsideFence { .. } => "离活动地点太远。到了现场再签，或填屏幕上的数字。",
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
        DeedRejection::NotAppellant => "复核结果对谁不利，才由谁申诉。",
        DeedRejection::AlreadyAppealed { .. } => "已经申诉过一次，申诉结果是最终结果。",
        DeedRejection::AppealOpen { .. } => "已经复核，还在申诉期内，暂时不用再处理。",
        DeedRejection::AppealOver { .. } => "申诉期已过。",
    };
    words.to_owned()
}

/// Where a deed stands.
pub const fn deed_state(state: DeedState) -> &'static str {
    match state {
        DeedState::Promised => "已报名",
        DeedState::Begun => "已签到",
        DeedState::Done => "已完成",
        DeedState::Void => "未参加",
    }
}

/// Where a patrol stands.
pub const fn shift_state(state: DeedState) -> &'static str {
    match state {
        DeedState::Promised | DeedState::Begun => "巡查中",
        DeedState::Done => "已结束",
        DeedState::Void => "已作废",
    }
}

/// Why a command has no receipt. Where it is unknown whether it took effect, asking again under the same key settles it.
pub fn failure(error: &WriteError) -> String {
    match error {
        WriteError::Rejected(rejected) => rejection(rejected),
        WriteError::KeyReused => "这张表单已经提交过别的内容，请重新填写。".to_owned(),
        WriteError::TooManyGuesses(seconds) => {
            format!("付款码错得太多，请{seconds}秒后再试。")
        }
        WriteError::InProgress | WriteError::Busy | WriteError::Reprice => {
            "系统正忙，请再按一次。重复按不会重复记账。".to_owned()
        }
        WriteError::Unavailable => {
            "暂时连不上账本，不确定是否成功。请再按一次，重复按不会重复记账。".to_owned()
        }
        WriteError::Internal => "系统出错，没有记账。请联系管理员。".to_owned(),
    }
}

/// Why what is held about somebody was not read or kept.
pub fn personal(error: &PersonalError) -> String {
    match error {
        PersonalError::Write(error) => failure(error),
        PersonalError::NoKeyring => "这台服务器没有主密钥，不能保存或读取个人信息。".to_owned(),
        PersonalError::Seal { .. }
        | PersonalError::Attachment { .. }
        | PersonalError::Payee { .. } => {
            tracing::error!(%error, "a sealed row cannot be opened");
            "这条个人信息在这里打不开。请联系管理员。".to_owned()
        }
        PersonalError::Store(error) => {
            tracing::error!(%error, "a page could not read the ledger");
            "暂时读不到账本，请再试一次。".to_owned()
        }
    }
}

/// Why a code was not sent, or does not show that a phone is at hand.
pub fn unproved(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::TooOften(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "操作太频繁了。请稍等再试；验证码每分钟一条，每天最多十条。",
        ),
        Refusal::WrongCode => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "验证码不对、已用过或已过期。请核对，或者重新获取。",
        ),
        Refusal::NoSms | Refusal::Missing | Refusal::Nobody | Refusal::Problem(_) => {
            tracing::warn!(?refusal, "a code was not sent or not looked at");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "暂时不能用验证码。请过一会儿再试，或到前台办理。",
            )
        }
    }
}

/// Whether the same form may be sent again as it is.
pub const fn may_try_again(error: &WriteError) -> bool {
    matches!(
        error,
        WriteError::InProgress | WriteError::Busy | WriteError::Reprice | WriteError::Unavailable
    )
}

/// Why a deed has no award, in sentences.
pub fn unawarded(kind: &str, error: &ExecuteError) -> Vec<String> {
    match error {
        ExecuteError::Write(error) => vec![failure(error)],
        ExecuteError::Refused { refusal, .. } => explain_refusal(kind, refusal, Language::Zh),
        ExecuteError::NoPolicy { .. } => {
            vec!["事情发生时，还没有办法给这类事项计分。".to_owned()]
        }
        ExecuteError::SeveralPolicies { policies } => {
            vec![format!(
                "有几个办法都给这类事项计分：{}。",
                policies.join("、")
            )]
        }
        ExecuteError::Store(error) => {
            tracing::error!(%error, "a deed could not be priced");
            vec!["暂时读不到账本，没有发放。请再试一次。".to_owned()]
        }
    }
}
