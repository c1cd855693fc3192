//! Why a payment is turned down, in plain Chinese.

use ledger::community::paying::{ChargeObjection, ChargeReason, Verdict};
use ledger::machine::PayingRejection;

use crate::web::format::points;

/// What became of an objection to a charge.
pub fn objection(objection: &ChargeObjection) -> String {
    match objection.answer.as_ref().map(|answer| answer.verdict) {
        None => "已提异议，等门店或社区答复".to_owned(),
        Some(Verdict::Refund { .. }) => "异议成立，已退回".to_owned(),
        Some(Verdict::Dismiss { reason }) => format!(
            "异议未成立：{}",
            match reason {
                ChargeReason::Confirmed => "双方已确认无误",
                ChargeReason::Delivered => "服务或商品已提供",
                ChargeReason::NoError => "积分数没有错",
                ChargeReason::Other => "请到门店或社区询问",
            }
        ),
    }
}

/// The sentence.
pub fn rejection(rejection: &PayingRejection) -> String {
    match rejection {
        PayingRejection::UndoOver { .. } => "只能撤销当天的兑换。隔天的请由店长退回。".to_owned(),
        PayingRejection::TooManyPayments { limit } => {
            format!("今天自助扫码付款已满 {limit} 次，请改用付款码给店员扫。")
        }
        PayingRejection::OfflineLimit { at_once, left } => format!(
            "离线码每次最多 {} 分，今天还能付 {} 分。有信号时请用付款码。",
            points(*at_once),
            points(*left)
        ),
        PayingRejection::UnknownDevice { .. } => "没有这台设备，或者已经停用。".to_owned(),
        PayingRejection::ObjectionLate { .. } => "付款 30 天以后不能再提异议。".to_owned(),
        PayingRejection::ChargeObjected { .. } => "这笔已经提过异议。".to_owned(),
        PayingRejection::NoOpenObjection { .. } => "没有待处理的异议。".to_owned(),
        PayingRejection::TooManyDevices { limit } => {
            format!("最多 {limit} 台设备能出离线码，请先停用一台。")
        }
    }
}
