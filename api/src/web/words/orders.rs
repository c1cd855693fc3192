//! Orders, exceptional deeds, teams and pledges in plain Chinese.

use ledger::community::order::{OrderProblem, OrderState};
use ledger::community::pledge::PledgeProblem;
use ledger::machine::deeds::{DeedRejection, DeedState};

/// Why it does not come further; what is no rejection of these is told by its code.
pub fn rejection(rejection: &DeedRejection) -> String {
    let words = match rejection {
        DeedRejection::UnknownOrder { .. } => "没有这个点单，或还没有发布。",
        DeedRejection::BadOrder { problem } => return order(problem),
        DeedRejection::OrderState { state, .. } => match state {
            OrderState::Asked => "还没有发布，请先审核。",
            OrderState::Posted => "已经发布。",
            OrderState::Confirmed => "已经办结。",
            OrderState::Withdrawn => "已经撤回。",
            OrderState::Expired => "已经过期。",
        },
        DeedRejection::OrderTaken { .. } => "已经有人接单了。可以看看别的，或等别人退单。",
        DeedRejection::OrderOver { .. } => "已经过了期望时间，不能再接。",
        DeedRejection::ClaimNotDue { .. } => "还没有到时间。",
        DeedRejection::TooManyClaims { limit } => {
            return format!("手上已有 {limit} 单没办完。办好或退掉一单再接。");
        }
        DeedRejection::SkillsMissing { missing } => {
            return format!("这一单要会：{}。会的话请工作人员登记。", missing.join("、"));
        }
        DeedRejection::NotInTeam { .. } => "没有这支队伍，或不是（已经是）队员。",
        DeedRejection::OwnProposal => "自己申报的，要由另一位工作人员核实。",
        DeedRejection::BadFact { .. } => "有一项填得不对，请重新选择。",
        DeedRejection::BadPledge { problem } => return pledge(problem),
        DeedRejection::UnknownPledge { .. } => "没有这项承诺，或已经结束。",
        other => return format!("没有办成（{other}）。"),
    };
    words.to_owned()
}

fn order(problem: &OrderProblem) -> String {
    match problem {
        OrderProblem::Fact { .. } => "请选择类别和服务对象。".to_owned(),
        OrderProblem::Title => "名称要 1 到 80 个字，不写姓名和住址。".to_owned(),
        OrderProblem::Places { limit } => format!("需要的人数是 1 到 {limit}。"),
        OrderProblem::Skills { limit } => {
            format!("技能最多 {limit} 个，每个不超过 64 个字母或数字。")
        }
        OrderProblem::By => "期望时间要在以后的 92 天之内。".to_owned(),
        OrderProblem::Claim { limit } => format!("接单后保留 1 到 {limit} 小时。"),
    }
}

fn pledge(problem: &PledgeProblem) -> String {
    match problem {
        PledgeProblem::Kind => "没有这类事项。".to_owned(),
        PledgeProblem::Target { limit } => format!("量力而行：目标是 1 到 {limit}。"),
        PledgeProblem::Period => "结束要晚于开始和今天，最长两年。".to_owned(),
    }
}

/// Where an order stands.
pub const fn order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Asked => "待审核",
        OrderState::Posted => "可接单",
        OrderState::Confirmed => "已办结",
        OrderState::Withdrawn => "已撤回",
        OrderState::Expired => "已过期",
    }
}

/// Where somebody's part in an order stands, or an exceptional deed.
pub const fn part_state(state: DeedState) -> &'static str {
    match state {
        DeedState::Promised => "已接单",
        DeedState::Begun => "等待确认",
        DeedState::Done => "已确认",
        DeedState::Void => "未办成",
    }
}
