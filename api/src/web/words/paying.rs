//! Why a payment is turned down, in plain words.

use ledger::community::paying::{ChargeObjection, ChargeReason, Verdict};
use ledger::machine::PayingRejection;

use crate::web::format::points;
use crate::web::reading::{say, t};

/// What became of an objection to a charge.
pub fn objection(objection: &ChargeObjection) -> String {
    let words = match objection.answer.as_ref().map(|answer| answer.verdict) {
        None => t(
            "已提异议，等门店或社区答复",
            "Objected to; the store or the community will answer",
        ),
        Some(Verdict::Refund { .. }) => t("异议成立，已退回", "Upheld and given back"),
        Some(Verdict::Dismiss { reason }) => {
            let why = dismissed(reason);
            return say!("异议未成立：{why}", "Not upheld: {why}");
        }
    };
    words.to_owned()
}

fn dismissed(reason: ChargeReason) -> &'static str {
    match reason {
        ChargeReason::Confirmed => t("双方已确认无误", "both agree that it was right"),
        ChargeReason::Delivered => t("服务或商品已提供", "the service or goods were given"),
        ChargeReason::NoError => t("积分数没有错", "the points were right"),
        ChargeReason::Other => t(
            "请到门店或社区询问",
            "please ask at the store or the community",
        ),
    }
}

/// The sentence.
pub fn rejection(rejection: &PayingRejection) -> String {
    let words = match rejection {
        PayingRejection::UndoOver { .. } => t(
            "只能撤销当天的兑换。隔天的请由店长退回。",
            "Only today's redemptions can be undone. The store's manager gives back earlier ones.",
        ),
        PayingRejection::TooManyPayments { limit } => {
            return say!(
                "今天自助扫码付款已满 {limit} 次，请改用付款码给店员扫。",
                "Payments by the store's code today: {limit}, no more are possible. \
                 Please show the clerk your payment code."
            );
        }
        PayingRejection::OfflineLimit { at_once, left } => {
            let (most, left) = (points(*at_once), points(*left));
            return say!(
                "离线码每次最多 {most} 分，今天还能付 {left} 分。有信号时请用付款码。",
                "An offline code pays at most {most} points at once, and {left} more today. \
                 Where there is signal, use the payment code."
            );
        }
        PayingRejection::UnknownDevice { .. } => t(
            "没有这台设备，或者已经停用。",
            "There is no such device, or it is not in use any more.",
        ),
        PayingRejection::ObjectionLate { .. } => t(
            "付款 30 天以后不能再提异议。",
            "Nobody can object later than 30 days after the payment.",
        ),
        PayingRejection::ChargeObjected { .. } => t(
            "这笔已经提过异议。",
            "There was an objection to this before.",
        ),
        PayingRejection::NoOpenObjection { .. } => t(
            "没有待处理的异议。",
            "There is no objection to be dealt with.",
        ),
        PayingRejection::TooManyDevices { limit } => {
            return say!(
                "最多 {limit} 台设备能出离线码，请先停用一台。",
                "At most {limit} devices can show offline codes. Please end one first."
            );
        }
    };
    words.to_owned()
}
