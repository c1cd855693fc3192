//! Merchants and what they offer, in words.

use ledger::community::merchant::MerchantState;
use ledger::community::offer::OfferState;
use ledger::machine::offers::TradeRejection;

const fn offer_state(state: OfferState) -> &'static str {
    match state {
        OfferState::Open => "开放中",
        OfferState::Paused => "已暂停",
        OfferState::Ended => "已结束",
    }
}

const fn merchant_state(state: MerchantState) -> &'static str {
    match state {
        MerchantState::Onboarding => "入驻中",
        MerchantState::Active => "合作中",
        MerchantState::Suspended => "已暂停",
        MerchantState::Left => "已退出",
    }
}

/// Why nothing comes of it.
pub fn rejection(rejection: &TradeRejection) -> String {
    let words = match rejection {
        TradeRejection::UnknownMerchant { .. } => "没有这家商户。",
        TradeRejection::MerchantState { state, .. } => {
            return format!("这家商户{}，不能这样变更。", merchant_state(*state));
        }
        TradeRejection::MerchantSuspended { .. } => {
            "这家商户现在不参加积分兑换，不能收积分。以前收的仍可以退。"
        }
        TradeRejection::UnknownOffer { .. } => "没有这项优惠。",
        TradeRejection::BadOffer { flaw } => return format!("优惠内容有误：{flaw}。"),
        TradeRejection::BadProfile { flaw } => return format!("门店或驿站资料有误：{flaw}。"),
        TradeRejection::StockTaken { taken } => {
            return format!("已经兑出 {taken} 份，数量不能比这更少。");
        }
        TradeRejection::OfferState { state, .. } => {
            return format!("这项优惠{}，不用再办。", offer_state(*state));
        }
        TradeRejection::OfferNotOpen { state, .. } => match state {
            OfferState::Open => "这项优惠还没有开始，或已经过期。",
            OfferState::Paused => "这项优惠已暂停。",
            OfferState::Ended => "这项优惠已结束。",
        },
        TradeRejection::OfferNotHere { .. } => "这项优惠不在本店使用。",
        TradeRejection::OfferNotNow { .. } => "这项优惠现在不是使用时段。",
        TradeRejection::OutOfStock { .. } => "这项优惠已经兑完了。",
        TradeRejection::OfferLimitReached { limit, .. } => {
            return format!("每人限 {limit} 次，这位骑手这段时间已经用完。");
        }
        TradeRejection::NotEligible {
            needed,
            missing,
            within_days,
            ..
        } => {
            return format!("要近 {within_days} 天内做满 {needed} 次相应的事，还差 {missing} 次。");
        }
        TradeRejection::AmountRequired => "这项优惠按金额计分，请填金额。",
        TradeRejection::AmountUnwanted => "这项优惠是固定积分，不用填金额。",
        TradeRejection::AmountTooSmall => "金额太小，不到 0.01 分。",
    };
    words.to_owned()
}
