//! Statements, in words.

use ledger::machine::SettlementRejection;

use super::points;

/// Why nothing comes of it for funds or statements.
pub fn refusal(rejection: &SettlementRejection) -> String {
    let words = match rejection {
        SettlementRejection::NothingToSettle { .. } => "上次结算之后没有可结算的积分。",
        SettlementRejection::FundsExhausted {
            available,
            requested,
            ..
        } => {
            return format!(
                "结算资金不足：需要 {} 元，只剩 {} 元。",
                points(*requested),
                points(*available)
            );
        }
        SettlementRejection::AlreadyPaid { .. } => "这张结算单已经付过款了。",
        SettlementRejection::UnknownFunder { .. } => "没有这个出资方。",
        SettlementRejection::UnknownStatement { .. } => "没有这张结算单。",
        SettlementRejection::RateNeeded { .. } => {
            "有的兑换没有选服务项目，请写明由谁出资、每分多少钱。"
        }
        SettlementRejection::StatementRange { .. } => "结算单不能到这一笔为止。",
        SettlementRejection::StatementState { .. } => "结算单现在办不了这一步。",
        SettlementRejection::StatementDisputed { open } => {
            return format!("还有 {open} 笔异议没有答复。");
        }
        SettlementRejection::NotConfirmed { .. } => "商户还没有确认，过了期限才能直接批准。",
        SettlementRejection::StoreOnly => "只有门店自己能确认或提出异议。",
        SettlementRejection::UnknownLine { .. } => "结算单上没有这一笔。",
        SettlementRejection::AlreadyDisputed { .. } => "这一笔已经提过异议。",
        SettlementRejection::NoDispute { .. } => "这一笔没有等待答复的异议。",
        SettlementRejection::TooManyDisputes { limit } => {
            return format!("一张结算单最多逐笔提出 {limit} 笔异议，请直接联系社区。");
        }
        SettlementRejection::BadPayments { limit } => {
            return format!("一批付款要有 1 至 {limit} 张已批准的结算单。");
        }
    };
    words.to_owned()
}
