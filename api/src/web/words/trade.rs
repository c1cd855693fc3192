//! Merchants, who works at their stores and what they offer, in words.

use ledger::community::ClerkRole;
use ledger::community::merchant::MerchantState;
use ledger::community::offer::OfferState;
use ledger::machine::offers::TradeRejection;
use ledger::views::Named;

use crate::web::reading::{say, t};

/// Within a sentence; as a label beside an offer it is said at the desk.
fn offer_state(state: OfferState) -> &'static str {
    match state {
        OfferState::Open => t("开放中", "open"),
        OfferState::Paused => t("已暂停", "paused"),
        OfferState::Ended => t("已结束", "over"),
    }
}

/// The same of a merchant.
fn merchant_state(state: MerchantState) -> &'static str {
    match state {
        MerchantState::Onboarding => t("入驻中", "still joining"),
        MerchantState::Active => t("合作中", "taking part"),
        MerchantState::Suspended => t("已暂停", "suspended"),
        MerchantState::Left => t("已退出", "no longer taking part"),
    }
}

/// As what a record says that somebody works at a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    role: Option<ClerkRole>,
    /// At every store of the merchant.
    pub everywhere: bool,
    pub left: bool,
}

impl Post {
    /// The role comes first, then what else there is to say, each in a word.
    pub fn of(clerk: &Named) -> Self {
        let words = || clerk.detail.split(' ');
        let says = |word| words().any(|said| said == word);
        Self {
            role: words().next().and_then(ClerkRole::from_name),
            everywhere: says("everywhere"),
            left: says("left"),
        }
    }

    /// As what they work.
    pub fn role(self) -> &'static str {
        self.role.map_or("", clerk_role)
    }
}

fn clerk_role(role: ClerkRole) -> &'static str {
    match role {
        ClerkRole::Clerk => t("店员", "Clerk"),
        ClerkRole::Manager => t("店长", "Manager"),
        ClerkRole::Finance => t("财务", "Finance"),
    }
}

/// What they are called where no heading says that it is a role at a store.
pub fn clerk(role: ClerkRole) -> &'static str {
    match role {
        ClerkRole::Finance => t("财务", "Finance clerk"),
        ClerkRole::Clerk | ClerkRole::Manager => clerk_role(role),
    }
}

/// What each may do.
fn told(role: ClerkRole) -> &'static str {
    match role {
        ClerkRole::Clerk => t(
            "店员：收款，当天撤销",
            "Clerk: charges, and undoes the same day",
        ),
        ClerkRole::Manager => t(
            "店长：还能退款、确认结算、管店员",
            "Manager: also gives back, confirms statements, sees to clerks",
        ),
        ClerkRole::Finance => t(
            "财务：只看收款和结算，不收款",
            "Finance: reads payments and statements, charges nobody",
        ),
    }
}

/// The roles to choose from: by what is sent, what each may do, and whether it is chosen.
pub fn clerk_roles(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    let all = ClerkRole::ALL.into_iter();
    all.map(|role| (role.name(), told(role), role.name() == chosen))
        .collect()
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_clerks_record_says_as_what_where_and_whether_still() {
        let said = |detail: &str| {
            let post = Post::of(&Named {
                id: Uuid::nil(),
                name: "小李".to_owned(),
                belongs_to: None,
                detail: detail.to_owned(),
            });
            (post.role(), post.everywhere, post.left)
        };
        assert_eq!(said("clerk"), ("店员", false, false));
        assert_eq!(said("manager everywhere"), ("店长", true, false));
        assert_eq!(said("finance everywhere left"), ("财务", true, true));
        assert_eq!(said("clerk left"), ("店员", false, true));
        assert_eq!(said(""), ("", false, false));
    }
}
