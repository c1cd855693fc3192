//! The ledger's codes in plain words.

mod activities;
pub mod browsers;
mod budget;
mod deeds;
mod hazards;
pub mod orders;
pub mod paying;
mod rejections;
pub mod settlement;
pub mod trade;
pub mod trail;

use axum::http::StatusCode;
use ledger::community::{Role, Way};
use ledger::journal::TransferKind;
use ledger::machine::award::contest::Finding;
use ledger::machine::deeds::ProofKind;
use ledger::machine::{AwardState, Reason, RedemptionState};
use ledger::policy::explain_refusal;
use ledger::{ExecuteError, PersonalError, WriteError};

use super::reading::{language, say, t};
use crate::outside::Refusal;
pub use activities::activity_form;
pub use deeds::{deed_state, shift_state};
pub use hazards::{
    hazard_category, hazard_state, hazard_step, invalid_reason, lasted, photo, severity,
};
pub use rejections::rejection;

pub fn role(role: Role) -> &'static str {
    match role {
        Role::Staff => t("社区工作人员", "Community staff"),
        Role::Merchant => t("商户店员", "Store clerk"),
        Role::Member => t("骑手", "Rider"),
        Role::Auditor => t("审计", "Auditor"),
        Role::Admin => t("管理员", "Administrator"),
    }
}

pub fn way(way: Way) -> &'static str {
    match way {
        Way::Password => t("密码和动态码", "Password and one-time code"),
        Way::Recovery => t("密码和恢复码", "Password and recovery code"),
        Way::Sms => t("短信验证码", "Code by text message"),
        Way::Oidc => t("统一身份认证", "Single sign-on"),
        Way::Demo => t("演示", "Demo"),
        Way::Pin => t("PIN 码换人", "PIN, taking over a counter"),
    }
}

pub fn transfer(kind: TransferKind) -> &'static str {
    match kind {
        TransferKind::Appropriate => t("资金拨入", "Budget paid in"),
        TransferKind::ReturnBudget => t("资金退回", "Budget returned"),
        TransferKind::CarryOver => t("资金结转", "Budget carried over"),
        TransferKind::Notice => t("奖励公示", "Award on notice"),
        TransferKind::Withdraw => t("公示中的奖励撤回", "Award withdrawn while on notice"),
        TransferKind::Award => t("奖励发放", "Award paid out"),
        TransferKind::Authorise => t("兑换冻结", "Held for a redemption"),
        TransferKind::Charge => t("兑换", "Redemption"),
        TransferKind::Capture => t("冻结转兑换", "Redemption from a hold"),
        TransferKind::Void => t("解除冻结", "Hold released"),
        TransferKind::Release => t("冻结到期退回", "Hold expired, given back"),
        TransferKind::Refund => t("兑换撤销退回", "Redemption undone, given back"),
        TransferKind::Expire => t("到期作废", "Expired"),
        TransferKind::Reverse => t("奖励撤销", "Award taken back"),
        TransferKind::WriteOff => t("欠分核销", "Points owed written off"),
        TransferKind::ReceiveFunds => t("收到资金", "Funds received"),
        TransferKind::FreezeStatement => t("生成结算单", "Statement made"),
        TransferKind::PayStatement => t("结算付款", "Statement paid"),
        TransferKind::Merge => t("账户合并", "Accounts merged"),
    }
}

pub fn award_state(state: AwardState) -> &'static str {
    match state {
        AwardState::Queued => t("排队中", "Queued"),
        AwardState::Submitted => t("待审核", "Awaiting approval"),
        AwardState::Pending => t("公示中", "On notice"),
        AwardState::Frozen => t("有异议，暂停发放", "Objected to, on hold"),
        AwardState::Vested => t("已发放", "Paid out"),
        AwardState::Rejected => t("未通过", "Not approved"),
        AwardState::Reversed => t("已撤销", "Taken back"),
    }
}

pub fn redemption_state(state: RedemptionState) -> &'static str {
    match state {
        RedemptionState::Held => t("冻结中", "On hold"),
        RedemptionState::Captured => t("已收取", "Charged"),
        RedemptionState::Voided => t("已解除", "Released"),
        RedemptionState::Released => t("冻结已到期", "Hold expired"),
    }
}

pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotAsClaimed => t("与所报不符", "Not as claimed"),
        Reason::Evidence => t("凭据不足", "Not enough evidence"),
        Reason::Duplicate => t("重复登记", "Recorded twice"),
        Reason::Mistake => t("登记有误", "Recorded by mistake"),
        Reason::Withdrawn => t("登记人撤回", "Withdrawn by whoever recorded it"),
        Reason::Expired => t("排队期间已过有效期", "Expired while queued"),
        Reason::Erased => t("骑手的个人信息已注销", "The rider's data were erased"),
        Reason::BudgetClosed => t("资金已经结账", "The budget was closed"),
    }
}

/// What a reviewer found.
pub fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::NotAsClaimed => t("异议成立：与所报不符", "Upheld: not as claimed"),
        Finding::Evidence => t("异议成立：凭据不足", "Upheld: not enough evidence"),
        Finding::Duplicate => t("异议成立：重复登记", "Upheld: recorded twice"),
        Finding::Mistake => t("异议成立：登记有误", "Upheld: recorded by mistake"),
        Finding::AsClaimed => t("异议不成立：情况属实", "Not upheld: it is as claimed"),
        Finding::EvidenceSuffices => {
            t("异议不成立：凭据充分", "Not upheld: the evidence is enough")
        }
        Finding::Unrelated => t(
            "异议不成立：与这笔奖励无关",
            "Not upheld: not about this award",
        ),
    }
}

/// What shows a check-in.
pub fn proof(proof: ProofKind) -> &'static str {
    match proof {
        ProofKind::Code => t("现场码", "Code on site"),
        ProofKind::Fence => t("现场位置", "Position on site"),
        ProofKind::Staff => t("工作人员", "Staff"),
        ProofKind::Backfill => t("事后补录", "Entered afterwards"),
        ProofKind::Rule => t("按规定计", "Counted by rule"),
    }
}

/// Why a command has no receipt. Where it is unknown whether it took effect, asking again under the same key settles it.
pub fn failure(error: &WriteError) -> String {
    let words = match error {
        WriteError::Rejected(rejected) => return rejection(rejected),
        WriteError::KeyReused => t(
            "这张表单已经提交过别的内容，请重新填写。",
            "This form was sent before with something else in it. Please fill it in again.",
        ),
        WriteError::TooManyGuesses(seconds) => {
            return say!(
                "付款码错得太多，请{seconds}秒后再试。",
                "Too many wrong payment codes. Please try again in {seconds} seconds."
            );
        }
        WriteError::InProgress | WriteError::Busy | WriteError::Reprice => t(
            "系统正忙，请再按一次。重复按不会重复记账。",
            "The system is busy. Please press again; nothing is booked twice.",
        ),
        WriteError::Unavailable => t(
            "暂时连不上账本，不确定是否成功。请再按一次，重复按不会重复记账。",
            "The ledger cannot be reached, so it is not clear whether this worked. \
             Please press again; nothing is booked twice.",
        ),
        WriteError::Internal => t(
            "系统出错，没有记账。请联系管理员。",
            "Something went wrong and nothing was booked. Please ask an administrator.",
        ),
    };
    words.to_owned()
}

/// Why what is held about somebody was not read or kept.
pub fn personal(error: &PersonalError) -> String {
    let words = match error {
        PersonalError::Write(error) => return failure(error),
        PersonalError::NoKeyring => t(
            "这台服务器没有主密钥，不能保存或读取个人信息。",
            "This server has no master key, so personal data cannot be kept or read.",
        ),
        PersonalError::Seal { .. }
        | PersonalError::Attachment { .. }
        | PersonalError::Payee { .. } => {
            tracing::error!(%error, "a sealed row cannot be opened");
            t(
                "这条个人信息在这里打不开。请联系管理员。",
                "These personal data cannot be opened here. Please ask an administrator.",
            )
        }
        PersonalError::Store(error) => {
            tracing::error!(%error, "a page could not read the ledger");
            t(
                "暂时读不到账本，请再试一次。",
                "The ledger cannot be read just now. Please try again.",
            )
        }
    };
    words.to_owned()
}

/// Why a code was not sent, or does not show that a phone is at hand.
pub fn unproved(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::TooOften(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            t(
                "操作太频繁了。请稍等再试；验证码每分钟一条，每天最多十条。",
                "Too many tries. Please wait a moment: one code a minute, ten a day at most.",
            ),
        ),
        Refusal::WrongCode => (
            StatusCode::UNPROCESSABLE_ENTITY,
            t(
                "验证码不对、已用过或已过期。请核对，或者重新获取。",
                "The code is wrong, used or expired. Please check it, or ask for a new one.",
            ),
        ),
        Refusal::NoSms | Refusal::Missing | Refusal::Nobody | Refusal::Problem(_) => {
            tracing::warn!(?refusal, "a code was not sent or not looked at");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                t(
                    "暂时不能用验证码。请过一会儿再试，或到前台办理。",
                    "Codes cannot be used just now. Please try later, or ask at the front desk.",
                ),
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
    let words = match error {
        ExecuteError::Write(error) => failure(error),
        ExecuteError::Refused { refusal, .. } => return explain_refusal(kind, refusal, language()),
        ExecuteError::NoPolicy { .. } => t(
            "事情发生时，还没有办法给这类事项计分。",
            "When this happened, no policy gave points for deeds of this kind.",
        )
        .to_owned(),
        ExecuteError::SeveralPolicies { policies } => {
            let names = policies.join(t("、", ", "));
            say!(
                "有几个办法都给这类事项计分：{names}。",
                "Several policies give points for deeds of this kind: {names}."
            )
        }
        ExecuteError::Store(error) => {
            tracing::error!(%error, "a deed could not be priced");
            t(
                "暂时读不到账本，没有发放。请再试一次。",
                "The ledger cannot be read just now. Nothing was awarded. Please try again.",
            )
            .to_owned()
        }
    };
    vec![words]
}
