//! Statements in plain words.

use ledger::community::offer::Bearer;
use ledger::ids::{ActorId, StoreId};
use ledger::machine::settlement::{DisputeFinding, DisputeReason};
use ledger::machine::{Rejection, StatementState};
use ledger::points::{Rate, Rounding};
use ledger::views::{FunderView, Register};
use ledger::{StoreError, WriteError};

use crate::web::names::{name, store_name};
use crate::web::reading::{say, t};
use crate::web::{Web, words};

/// Where a statement stands, and what comes next.
pub fn state(state: StatementState) -> &'static str {
    match state {
        StatementState::Frozen => t("待商户确认", "for the merchant to confirm"),
        StatementState::Disputed => t("有异议，待答复", "disputed, to be answered"),
        StatementState::Confirmed => t("待批准", "to be approved"),
        StatementState::Approved => t("待付款", "to be paid"),
        StatementState::Paid => t("已付款", "paid"),
    }
}

/// Why a line is disputed.
pub fn reason(reason: DisputeReason) -> &'static str {
    match reason {
        DisputeReason::NotOurs => t("不是本店的", "not of this store"),
        DisputeReason::Points => t("积分数不对", "other points were agreed on"),
        DisputeReason::Twice => t("重复收取或退回", "charged or refunded twice"),
        DisputeReason::Refund => t("不该退或退多了", "not to be refunded, or not so much"),
        DisputeReason::Worth => t("折算金额不对", "another worth was agreed on"),
        DisputeReason::Other => t("其他", "something else"),
    }
}

/// What can be found, and what comes of it.
pub fn finding(finding: DisputeFinding) -> &'static str {
    match finding {
        DisputeFinding::Stands => t("异议不成立：这一笔没有错", "Not upheld: the line is right"),
        DisputeFinding::Refunded => t(
            "异议成立：由门店退回，算到下一张结算单",
            "Upheld: the redemption is refunded, on the next statement",
        ),
        DisputeFinding::Otherwise => t(
            "异议成立：差额在账外补给门店",
            "Upheld: the store gets the difference outside of these books",
        ),
    }
}

/// How a sum becomes whole fen.
pub fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfUp => t("四舍五入到分", "half a fen rounded up"),
        Rounding::HalfEven => t("四舍六入五成双", "half a fen rounded to even"),
        Rounding::Down => t("不足一分的舍去", "rounded down"),
        Rounding::Up => t("不足一分的进一分", "rounded up"),
    }
}

/// How much a point is worth.
pub fn rate(rate: Rate) -> String {
    let (fen, how) = (rate.fen.normalize(), rounding(rate.rounding));
    say!("每分 {fen} 分钱，{how}", "{fen} fen a point, {how}")
}

/// Who bears a line.
pub fn bearer(bearer: Bearer, funders: &[FunderView]) -> String {
    match bearer {
        Bearer::Merchant => t("商户自己承担", "the merchant").to_owned(),
        Bearer::InKind => t("捐赠的物品", "goods that were given").to_owned(),
        Bearer::Fund { funder, rate } => {
            let funder = funders.iter().find(|known| known.id == funder);
            let name = funder.map_or("", |funder| funder.name.as_str());
            let rate = self::rate(rate);
            say!("{name}（{rate}）", "{name} ({rate})")
        }
    }
}

/// Why something was not done about a statement.
pub fn why(error: &WriteError) -> String {
    match error {
        WriteError::Rejected(Rejection::SelfApproval) => t(
            "结算单由谁生成，就不能由谁批准或记付款，请另一位工作人员办理。",
            "Whoever made a statement neither approves it nor books it as paid. Ask somebody else on the staff.",
        )
        .to_owned(),
        other => words::failure(other),
    }
}

/// Who of the staff did something.
pub async fn staff(web: &Web, who: ActorId) -> Result<String, StoreError> {
    name(web, Register::Staff, who.0).await
}

/// Who of a store did something: the clerk, if there is one on record.
pub async fn of_store(web: &Web, who: ActorId, store: StoreId) -> Result<String, StoreError> {
    let clerk = web
        .ledger
        .registered(web.program.id, Register::Clerks, who.0);
    match clerk.await? {
        Some(clerk) => Ok(clerk.name),
        None => store_name(web, store.0).await,
    }
}
