//! What is wrong with an offer, beside the fields of its form.

use ledger::community::offer::Flaw;

use crate::web::reading::{say, t};
use crate::web::wrong::Wrong;

/// What the ledger finds, beside the field it is about.
pub fn flaw(wrong: &mut Wrong, flaw: &Flaw) {
    let (field, words) = match flaw.field.as_str() {
        "/title" => (
            "title",
            t(
                "名称填 1 到 100 个字。",
                "The title has 1 to 100 characters.",
            ),
        ),
        "/description" => (
            "description",
            t(
                "说明最多 1000 个字。",
                "What is said of it has at most 1000 characters.",
            ),
        ),
        "/stock" => (
            "stock",
            t(
                "总份数要 1 份以上；不限就留空。",
                "There are one or more of it; leave it empty if there is no end to them.",
            ),
        ),
        "/until" => (
            "until",
            t("到期要晚于开始。", "It ends later than it begins."),
        ),
        "/limit/count" => ("count", t("次数填 1 到 1000。", "Times are 1 to 1000.")),
        "/price/points" => (
            "points",
            t("积分数要大于 0。", "Points must be more than 0."),
        ),
        "/price/cash" => (
            "cash",
            t("另付的现金不能小于 0。", "The cash is not below 0."),
        ),
        "/price/rate" => (
            "rate",
            t(
                "每元的积分要大于 0，最多 1000。",
                "Points a yuan are more than 0 and at most 1000.",
            ),
        ),
        "/price/most" => (
            "most",
            t("最多的积分要大于 0。", "Points at most are more than 0."),
        ),
        "/price/cash_share" => (
            "share",
            t(
                "现付的比例填 0 到 99.99。",
                "The share in cash is 0 to 99.99 per cent.",
            ),
        ),
        "/bearer/fen" => (
            "fen",
            t(
                "单价要大于 0，最多 10000 分钱。",
                "The rate is more than 0 and at most 10000 fen.",
            ),
        ),
        _ => {
            let words = say!("优惠内容有误：{flaw}。", "The offer is wrong: {flaw}.");
            return wrong.note("form", words);
        }
    };
    wrong.note(field, words);
}
