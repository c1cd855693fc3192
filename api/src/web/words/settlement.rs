//! Statements, in words.

use ledger::machine::SettlementRejection;

use crate::web::format::points;
use crate::web::reading::{say, t};

/// Why nothing comes of it for funds or statements.
pub fn refusal(rejection: &SettlementRejection) -> String {
    let words = match rejection {
        SettlementRejection::NothingToSettle { .. } => t(
            "上次结算之后没有可结算的积分。",
            "There are no points to settle since the last statement.",
        ),
        SettlementRejection::FundsExhausted {
            available,
            requested,
            ..
        } => {
            let (wanted, left) = (points(*requested), points(*available));
            return say!(
                "结算资金不足：需要 {wanted} 元，只剩 {left} 元。",
                "The funds are short: {wanted} yuan needed, {left} left."
            );
        }
        SettlementRejection::AlreadyPaid { .. } => t(
            "这张结算单已经付过款了。",
            "This statement has been paid already.",
        ),
        SettlementRejection::UnknownFunder { .. } => {
            t("没有这个出资方。", "There is no such funder.")
        }
        SettlementRejection::UnknownStatement { .. } => {
            t("没有这张结算单。", "There is no such statement.")
        }
        SettlementRejection::RateNeeded { .. } => t(
            "有的兑换没有选服务项目，请写明由谁出资、每分多少钱。",
            "Some redemptions had no offer. Please say who pays, and how much for a point.",
        ),
        SettlementRejection::StatementRange { .. } => t(
            "结算单不能到这一笔为止。",
            "A statement cannot end with this one.",
        ),
        SettlementRejection::StatementState { .. } => t(
            "结算单现在办不了这一步。",
            "This cannot be done about the statement now.",
        ),
        SettlementRejection::StatementDisputed { open } => {
            return say!(
                "还有 {open} 笔异议没有答复。",
                "Objections that still wait for an answer: {open}."
            );
        }
        SettlementRejection::NotConfirmed { .. } => t(
            "商户还没有确认，过了期限才能直接批准。",
            "The merchant has not confirmed it. It can be approved without that once time is up.",
        ),
        SettlementRejection::StoreOnly => t(
            "只有门店自己能确认或提出异议。",
            "Only the store itself can confirm it or object.",
        ),
        SettlementRejection::UnknownLine { .. } => {
            t("结算单上没有这一笔。", "The statement has no such line.")
        }
        SettlementRejection::AlreadyDisputed { .. } => t(
            "这一笔已经提过异议。",
            "There was an objection to this line before.",
        ),
        SettlementRejection::NoDispute { .. } => t(
            "这一笔没有等待答复的异议。",
            "No objection to this line waits for an answer.",
        ),
        SettlementRejection::TooManyDisputes { limit } => {
            return say!(
                "一张结算单最多逐笔提出 {limit} 笔异议，请直接联系社区。",
                "A statement takes at most {limit} objections to lines. \
                 Please contact the community."
            );
        }
        SettlementRejection::BadPayments { limit } => {
            return say!(
                "一批付款要有 1 至 {limit} 张已批准的结算单。",
                "A batch of payments has 1 to {limit} approved statements."
            );
        }
    };
    words.to_owned()
}
