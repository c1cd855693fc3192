//! Merchants and what they offer, in words.

use ledger::community::merchant::MerchantState;
use ledger::community::offer::OfferState;
use ledger::machine::offers::TradeRejection;

use crate::web::reading::{say, t};

fn offer_state(state: OfferState) -> &'static str {
    match state {
        OfferState::Open => t("开放中", "open"),
        OfferState::Paused => t("已暂停", "paused"),
        OfferState::Ended => t("已结束", "over"),
    }
}

fn merchant_state(state: MerchantState) -> &'static str {
    match state {
        MerchantState::Onboarding => t("入驻中", "still joining"),
        MerchantState::Active => t("合作中", "taking part"),
        MerchantState::Suspended => t("已暂停", "suspended"),
        MerchantState::Left => t("已退出", "no longer taking part"),
    }
}

/// Why nothing comes of it.
pub fn rejection(rejection: &TradeRejection) -> String {
    let words = match rejection {
        TradeRejection::UnknownMerchant { .. } => t("没有这家商户。", "There is no such merchant."),
        TradeRejection::MerchantState { state, .. } => {
            let state = merchant_state(*state);
            return say!(
                "这家商户{state}，不能这样变更。",
                "This merchant is {state} and cannot be changed so."
            );
        }
        TradeRejection::MerchantSuspended { .. } => t(
            "这家商户现在不参加积分兑换，不能收积分。以前收的仍可以退。",
            "This merchant takes no points at present. Those taken before can be given back.",
        ),
        TradeRejection::UnknownOffer { .. } => t("没有这项优惠。", "There is no such offer."),
        TradeRejection::BadOffer { flaw } => {
            return say!("优惠内容有误：{flaw}。", "The offer is wrong: {flaw}.");
        }
        TradeRejection::BadProfile { flaw } => {
            return say!(
                "门店或驿站资料有误：{flaw}。",
                "What is said of the store or station is wrong: {flaw}."
            );
        }
        TradeRejection::StockTaken { taken } => {
            return say!(
                "已经兑出 {taken} 份，数量不能比这更少。",
                "Taken up already: {taken}. There cannot be fewer."
            );
        }
        TradeRejection::OfferState { state, .. } => {
            let state = offer_state(*state);
            return say!(
                "这项优惠{state}，不用再办。",
                "This offer is {state} already. There is nothing left to do."
            );
        }
        TradeRejection::OfferNotOpen { state, .. } => match state {
            OfferState::Open => t(
                "这项优惠还没有开始，或已经过期。",
                "This offer has not begun, or has expired.",
            ),
            OfferState::Paused => t("这项优惠已暂停。", "This offer is paused."),
            OfferState::Ended => t("这项优惠已结束。", "This offer is over."),
        },
        TradeRejection::OfferNotHere { .. } => t(
            "这项优惠不在本店使用。",
            "This offer is not for this store.",
        ),
        TradeRejection::OfferNotNow { .. } => t(
            "这项优惠现在不是使用时段。",
            "This offer cannot be used at this time.",
        ),
        TradeRejection::OutOfStock { .. } => {
            t("这项优惠已经兑完了。", "This offer has all been taken up.")
        }
        TradeRejection::OfferLimitReached { limit, .. } => {
            return say!(
                "每人限 {limit} 次，这位骑手这段时间已经用完。",
                "Uses by one rider in this time: at most {limit}, and this rider has had them."
            );
        }
        TradeRejection::NotEligible {
            needed,
            missing,
            within_days,
            ..
        } => {
            return say!(
                "要近 {within_days} 天内做满 {needed} 次相应的事，还差 {missing} 次。",
                "It takes {needed} deeds of its kind in the last {within_days} days; \
                 {missing} still to go."
            );
        }
        TradeRejection::AmountRequired => t(
            "这项优惠按金额计分，请填金额。",
            "The points of this offer go by the bill. Please enter the amount.",
        ),
        TradeRejection::AmountUnwanted => t(
            "这项优惠是固定积分，不用填金额。",
            "This offer has a fixed price. Please leave out the amount.",
        ),
        TradeRejection::AmountTooSmall => t(
            "金额太小，不到 0.01 分。",
            "The amount is too small: it is less than 0.01 points.",
        ),
    };
    words.to_owned()
}
