//! Whether a merchant takes part, in words; and where it may go on from there.

use ledger::community::merchant::{MerchantReason, MerchantState};

use crate::web::fields::fresh_key;
use crate::web::reading::t;

/// Where a merchant stands.
pub fn state(state: MerchantState) -> &'static str {
    match state {
        MerchantState::Onboarding => t("入驻中", "Joining"),
        MerchantState::Active => t("合作中", "Taking part"),
        MerchantState::Suspended => t("已暂停", "Suspended"),
        MerchantState::Left => t("已退出", "Left"),
    }
}

/// The classes of the tag that says so.
pub const fn tag(state: MerchantState) -> &'static str {
    match state {
        MerchantState::Onboarding => "tag soon",
        MerchantState::Suspended | MerchantState::Left => "tag bad",
        MerchantState::Active => "tag",
    }
}

/// Why it stands so.
pub fn reason(reason: MerchantReason) -> &'static str {
    match reason {
        MerchantReason::Agreed => t("协议已签", "The agreement is signed"),
        MerchantReason::Request => t("商户自己提出", "The merchant asked for it"),
        MerchantReason::Complaints => t("骑手有投诉", "Riders complain"),
        MerchantReason::Breach => t("没有按协议办", "It does not keep the agreement"),
        MerchantReason::Suspicion => t("疑似虚假收分", "Points may have been taken for nothing"),
        MerchantReason::Resolved => t("问题已解决", "What stood against it is cleared up"),
        MerchantReason::Closed => t("已经停业", "It has closed down"),
    }
}

/// Why it may be moved to a state: those reasons that make sense there.
const fn reasons(to: MerchantState) -> &'static [MerchantReason] {
    use MerchantReason::{Agreed, Breach, Closed, Complaints, Request, Resolved, Suspicion};
    match to {
        MerchantState::Active => &[Agreed, Resolved, Request],
        MerchantState::Suspended => &[Request, Complaints, Breach, Suspicion],
        MerchantState::Onboarding | MerchantState::Left => {
            &[Request, Closed, Complaints, Breach, Suspicion]
        }
    }
}

/// A form that moves a merchant to another state.
pub struct Move {
    /// Where to, by its stable name.
    pub to: &'static str,
    /// What is done, and what will come of it.
    pub title: &'static str,
    pub told: &'static str,
    /// Whether something stops by it.
    pub grave: bool,
    pub key: String,
    /// By what is sent, what it is called, and whether it is chosen.
    pub reasons: Vec<(&'static str, &'static str, bool)>,
    /// No reason was chosen.
    pub unsaid: bool,
}

/// What was asked for, to be shown again.
pub struct Asked {
    /// Where to.
    pub to: MerchantState,
    pub key: String,
    pub reason: String,
}

/// Where a merchant may go on from where it stands.
pub fn moves(from: MerchantState, again: Option<&Asked>) -> Vec<Move> {
    let next = MerchantState::ALL.into_iter();
    let next = next.filter(|to| from.leads_to(*to));
    next.map(|to| a_move(to, again.filter(|asked| asked.to == to)))
        .collect()
}

fn a_move(to: MerchantState, again: Option<&Asked>) -> Move {
    let (title, told) = match to {
        MerchantState::Active => (
            t("开始或恢复合作", "Let it take part"),
            t(
                "之后它的门店可以收积分，骑手能看到它的门店和优惠。",
                "From then on its stores take points, and riders see its stores and offers.",
            ),
        ),
        MerchantState::Suspended => (
            t("暂停合作", "Suspend it"),
            t(
                "暂停后它的门店不能收积分，冻结中的积分一分钟内退回骑手；已经收的照常退款、结算。以后可以恢复。",
                "Its stores take no points any more, and what is on hold there goes back to the riders within a minute. \
                 What was taken is given back and settled as ever. It can take part again later.",
            ),
        ),
        MerchantState::Onboarding | MerchantState::Left => (
            t("退出合作", "Let it leave"),
            t(
                "退出后不能恢复：门店不能再收积分，冻结中的积分退回骑手；已经收的照常退款、结算。要再合作须重新登记。",
                "Who has left does not come back. Its stores take no points any more, and what is on hold there goes back to the \
                 riders. What was taken is given back and settled as ever. To take part again it is put on record anew.",
            ),
        ),
    };
    let chosen = again.map_or("", |asked| asked.reason.as_str());
    let reasons = reasons(to).iter();
    Move {
        to: to.name(),
        title,
        told,
        grave: to != MerchantState::Active,
        key: again.map_or_else(fresh_key, |asked| asked.key.clone()),
        reasons: reasons
            .map(|one| (one.name(), reason(*one), one.name() == chosen))
            .collect(),
        unsaid: again.is_some() && MerchantReason::from_name(chosen).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_is_moved_only_where_it_may_go() {
        let to = |from| {
            let moves = moves(from, None).into_iter();
            moves.map(|one| one.to).collect::<Vec<_>>()
        };
        assert_eq!(to(MerchantState::Onboarding), ["active", "left"]);
        assert_eq!(to(MerchantState::Active), ["suspended", "left"]);
        assert_eq!(to(MerchantState::Suspended), ["active", "left"]);
        assert!(to(MerchantState::Left).is_empty());
    }

    #[test]
    fn what_was_asked_for_stands_in_its_form_alone() {
        let asked = Asked {
            to: MerchantState::Left,
            key: "k".to_owned(),
            reason: String::new(),
        };
        let moves = moves(MerchantState::Active, Some(&asked));
        let told: Vec<_> = moves
            .iter()
            .map(|one| (one.key == "k", one.unsaid))
            .collect();
        assert_eq!(told, [(false, false), (true, true)]);
    }
}
