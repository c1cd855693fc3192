//! What its store says of a statement's lines.

use ledger::community::offer::Bearer;
use ledger::machine::settlement::{DisputeFinding, DisputeReason};
use ledger::points::Rate;
use rust_decimal::Decimal;

use crate::web::reading::{say, t};
use crate::web::settled::Side;

/// The store's side.
pub struct Store;

impl Side for Store {
    fn bearer(&self, bearer: Bearer) -> String {
        match bearer {
            Bearer::Merchant => t("本店承担", "borne by the store").to_owned(),
            Bearer::InKind => t("捐赠物品", "goods that were given").to_owned(),
            Bearer::Fund { rate, .. } => {
                let worth = worth(rate);
                say!("每积分 {worth} 元", "{worth} yuan a point")
            }
        }
    }

    fn reason(&self, reason: DisputeReason) -> &'static str {
        super::reason(reason)
    }

    fn finding(&self, finding: DisputeFinding) -> &'static str {
        super::finding(finding)
    }
}

/// Yuan a point.
pub fn worth(rate: Rate) -> String {
    let yuan = rate.fen.checked_div(Decimal::ONE_HUNDRED);
    yuan.unwrap_or_default().normalize().to_string()
}
