//! Orders, exceptional deeds, teams and pledges in plain words.

use ledger::community::order::{OrderProblem, OrderState};
use ledger::community::pledge::PledgeProblem;
use ledger::machine::deeds::{DeedRejection, DeedState};

use crate::web::reading::{say, t};

/// Why it does not come further; what is no rejection of these is told by its code.
pub fn rejection(rejection: &DeedRejection) -> String {
    let words = match rejection {
        DeedRejection::UnknownOrder { .. } => t(
            "没有这个点单，或还没有发布。",
            "There is no such request, or it is not posted yet.",
        ),
        DeedRejection::BadOrder { problem } => return order(problem),
        DeedRejection::OrderState { state, .. } => match state {
            OrderState::Asked => t(
                "还没有发布，请先审核。",
                "It is not posted yet. Please approve it first.",
            ),
            OrderState::Posted => t("已经发布。", "It is posted already."),
            OrderState::Confirmed => t("已经办结。", "It is done already."),
            OrderState::Withdrawn => t("已经撤回。", "It was withdrawn."),
            OrderState::Expired => t("已经过期。", "It has expired."),
        },
        DeedRejection::OrderTaken { .. } => t(
            "已经有人接单了。可以看看别的，或等别人退单。",
            "Somebody has taken it on. Look at others, or wait for it to be given back.",
        ),
        DeedRejection::OrderOver { .. } => t(
            "已经过了期望时间，不能再接。",
            "The time it was wanted by is past. It cannot be taken on any more.",
        ),
        DeedRejection::ClaimNotDue { .. } => t("还没有到时间。", "It is not time yet."),
        DeedRejection::TooManyClaims { limit } => {
            return say!(
                "手上已有 {limit} 单没办完。办好或退掉一单再接。",
                "Requests you have taken on: {limit}. Finish one or give it back first."
            );
        }
        DeedRejection::SkillsMissing { missing } => {
            let skills = missing.join(t("、", ", "));
            return say!(
                "这一单要会：{skills}。会的话请工作人员登记。",
                "This one takes: {skills}. If you can do it, ask staff to record that."
            );
        }
        DeedRejection::NotInTeam { .. } => t(
            "没有这支队伍，或不是（已经是）队员。",
            "There is no such team, or who it is about is not in it (or is already).",
        ),
        DeedRejection::OwnProposal => t(
            "自己申报的，要由另一位工作人员核实。",
            "What you put forward is verified by another member of staff.",
        ),
        DeedRejection::BadFact { .. } => t(
            "有一项填得不对，请重新选择。",
            "One of the answers is not right. Please choose again.",
        ),
        DeedRejection::BadPledge { problem } => return pledge(problem),
        DeedRejection::UnknownPledge { .. } => t(
            "没有这项承诺，或已经结束。",
            "There is no such pledge, or it is over.",
        ),
        other => return say!("没有办成（{other}）。", "It was not done ({other})."),
    };
    words.to_owned()
}

fn order(problem: &OrderProblem) -> String {
    let words = match problem {
        OrderProblem::Fact { .. } => t(
            "请选择类别和服务对象。",
            "Please choose a category and who is served.",
        ),
        OrderProblem::Title => t(
            "名称要 1 到 80 个字，不写姓名和住址。",
            "The title takes 1 to 80 characters, without names or addresses.",
        ),
        OrderProblem::Places { limit } => {
            return say!(
                "需要的人数是 1 到 {limit}。",
                "The number of people is 1 to {limit}."
            );
        }
        OrderProblem::Skills { limit } => {
            return say!(
                "技能最多 {limit} 个，每个不超过 64 个字母或数字。",
                "At most {limit} skills, each of at most 64 letters or digits."
            );
        }
        OrderProblem::By => t(
            "期望时间要在以后的 92 天之内。",
            "It is wanted by a time within the next 92 days.",
        ),
        OrderProblem::Claim { limit } => {
            return say!(
                "接单后保留 1 到 {limit} 小时。",
                "Once taken on, it is kept for 1 to {limit} hours."
            );
        }
    };
    words.to_owned()
}

fn pledge(problem: &PledgeProblem) -> String {
    let words = match problem {
        PledgeProblem::Kind => t("没有这类事项。", "There are no deeds of this kind."),
        PledgeProblem::Target { limit } => {
            return say!(
                "量力而行：目标是 1 到 {limit}。",
                "Promise what you can keep: the target is 1 to {limit}."
            );
        }
        PledgeProblem::Period => t(
            "结束要晚于开始和今天，最长两年。",
            "It ends after it begins and after today, within two years.",
        ),
    };
    words.to_owned()
}

/// Where an order stands.
pub fn order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Asked => t("待审核", "Awaiting approval"),
        OrderState::Posted => t("可接单", "Open"),
        OrderState::Confirmed => t("已办结", "Done"),
        OrderState::Withdrawn => t("已撤回", "Withdrawn"),
        OrderState::Expired => t("已过期", "Expired"),
    }
}

/// Where somebody's part in an order stands, or an exceptional deed.
pub fn part_state(state: DeedState) -> &'static str {
    match state {
        DeedState::Promised => t("已接单", "Taken on"),
        DeedState::Begun => t("等待确认", "Awaiting confirmation"),
        DeedState::Done => t("已确认", "Confirmed"),
        DeedState::Void => t("未办成", "Not done"),
    }
}
