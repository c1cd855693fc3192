//! The audit trail's codes in plain Chinese.

/// Every operation that a page can ask for, and its name.
pub const OPERATIONS: &[(&str, &str)] = &[
    ("award.submit", "登记奖励"),
    ("award.admit", "排队奖励入账"),
    ("award.approve", "审核通过奖励"),
    ("award.reject", "审核不通过奖励"),
    ("award.withdraw", "撤回奖励"),
    ("award.object", "对奖励提出异议"),
    ("award.review", "复核异议"),
    ("award.appeal", "申诉复核结果"),
    ("award.escalate", "异议逾期未复核"),
    ("award.settle", "异议成立，期满撤下奖励"),
    ("record.issue", "出具服务证明"),
    ("award.vest", "奖励公示期满"),
    ("award.reverse", "撤销奖励"),
    ("award.write_off", "核销欠分"),
    ("redemption.authorise", "兑换"),
    ("redemption.capture", "收取冻结积分"),
    ("redemption.void", "解除冻结"),
    ("redemption.refund", "退回兑换"),
    ("redemption.undo", "当天撤销兑换"),
    ("store.print_code", "印制门店收款码"),
    ("device.add", "登记离线付款设备"),
    ("device.end", "停用离线付款设备"),
    ("charge.object", "对兑换提出异议"),
    ("charge.answer", "答复兑换异议"),
    ("redemption.release", "冻结到期退回"),
    ("lots.expire", "积分到期作废"),
    ("lots.expiring", "到期提醒"),
    ("budget.appropriate", "资金拨入"),
    ("budget.return", "资金退回"),
    ("budget.plan", "资金计划"),
    ("budget.low", "资金预警"),
    ("budget.close", "资金结账"),
    ("funds.receive", "收到资金"),
    ("statement.freeze", "生成结算单"),
    ("statement.dispute", "对结算提出异议"),
    ("statement.answer", "答复结算异议"),
    ("statement.confirm", "商户确认结算单"),
    ("statement.approve", "批准付款"),
    ("statement.pay", "结算付款"),
    ("merchant.onboard", "登记商户"),
    ("merchant.onboarding", "商户入驻中"),
    ("merchant.activate", "启用商户"),
    ("merchant.suspend", "暂停商户"),
    ("merchant.leave", "商户退出"),
    ("place.describe", "登记门店或驿站资料"),
    ("offer.make", "发布优惠"),
    ("offer.revise", "修改优惠"),
    ("offer.pause", "暂停优惠"),
    ("offer.resume", "恢复优惠"),
    ("offer.end", "结束优惠"),
    ("payment.gather", "生成付款批次"),
    ("payment.file", "导出付款文件"),
    ("payee.keep", "登记收款账户"),
    ("webhook.register", "登记事件推送"),
    ("webhook.change", "修改事件推送"),
    ("webhook.rotate", "更换推送密钥"),
    ("webhook.end", "停止事件推送"),
    ("webhook.repeat", "重新推送事件"),
    ("policy.import", "导入规则草案"),
    ("policy.simulated", "试算规则草案"),
    ("policy.approve", "批准规则"),
    ("register", "登记资料"),
    ("access.end", "停用权限"),
    ("session.open", "登录"),
    ("login.invite", "邀请设置登录"),
    ("login.set", "设置登录方式"),
    ("member.merge", "合并骑手"),
    ("member.distinguish", "确认是两个人"),
    ("joining.ask", "报到"),
    ("joining.refuse", "退回报到"),
    ("personal.keep", "保存个人信息"),
    ("personal.rewrap", "更换个人信息密钥"),
    ("personal.reveal", "查看个人信息"),
    ("personal.erase", "注销个人信息"),
    ("program.close", "设置项目截止"),
    ("activity.plan", "发布活动"),
    ("activity.change", "更改活动"),
    ("activity.cancel", "取消活动"),
    ("activity.sign_up", "活动报名"),
    ("activity.withdraw", "取消报名"),
    ("activity.check_in", "活动签到"),
    ("activity.check_out", "活动签退"),
    ("activity.backfill", "补录签到"),
    ("hazard.report", "上报隐患"),
    ("hazard.triage", "隐患分类"),
    ("hazard.verify", "隐患核实"),
    ("hazard.invalid", "隐患不属实"),
    ("hazard.duplicate", "隐患并入重复"),
    ("hazard.assign", "隐患派单"),
    ("hazard.fix", "隐患整改"),
    ("hazard.confirm", "隐患复核"),
    ("hazard.reopen", "隐患重新处理"),
    ("hazard.follow", "重复上报随同办结"),
    ("hazard.terms", "更改隐患时限"),
    ("patrol.import", "导入网格"),
    ("patrol.retire", "停用网格"),
    ("patrol.start", "开始巡查"),
    ("patrol.waypoint", "巡查点位"),
    ("patrol.end", "结束巡查"),
    ("patrol.void", "作废巡查"),
    ("deed.close", "到时结束"),
    ("order.post", "发布点单"),
    ("order.ask", "居民点单"),
    ("order.accept", "审核发布点单"),
    ("order.withdraw", "撤回点单"),
    ("order.claim", "接单"),
    ("order.release", "退单"),
    ("order.done", "办完点单"),
    ("order.confirm", "确认点单"),
    ("order.refuse", "点单未办成"),
    ("order.close", "点单过期"),
    ("member.skills", "登记技能"),
    ("exceptional.propose", "申报突出事迹"),
    ("exceptional.verify", "核实突出事迹"),
    ("exceptional.refuse", "突出事迹不属实"),
    ("team.form", "成立队伍"),
    ("team.rename", "更改队伍"),
    ("team.join", "加入队伍"),
    ("team.leave", "离开队伍"),
    ("pledge.make", "作出承诺"),
    ("pledge.end", "结束承诺"),
    ("deed.refuse", "事项不予计分"),
    ("deed.ask_again", "重新登记事项"),
    ("group", "成组操作"),
];

/// An operation; one that has no name here is told by its own.
pub fn operation(name: &str) -> &str {
    let known = OPERATIONS.iter().find(|(operation, _)| *operation == name);
    known.map_or(name, |(_, words)| words)
}

/// By what somebody acted.
pub fn via(name: &str) -> &str {
    match name {
        "key" => "接口密钥",
        "session" => "登录后操作",
        "login" => "登录页",
        "cli" => "服务器命令行",
        job if job.starts_with("job ") => "系统定时任务",
        other => other,
    }
}

/// Why.
pub fn purpose(name: &str) -> Option<&'static str> {
    Some(match name {
        "contact" => "联系本人",
        "identification" => "核对身份",
        "correction" => "更正信息",
        "complaint" => "处理异议或投诉",
        "request" => "本人申请查询",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const COMMANDS: [&str; 15] = [
        include_str!("../../../../ledger/src/machine/command.rs"),
        include_str!("../../../../ledger/src/machine/budget.rs"),
        include_str!("../../../../ledger/src/machine/deeds/attendance.rs"),
        include_str!("../../../../ledger/src/machine/hazards/command.rs"),
        include_str!("../../../../ledger/src/machine/deeds/patrol.rs"),
        include_str!("../../../../ledger/src/machine/deeds/orders.rs"),
        include_str!("../../../../ledger/src/machine/deeds/exceptional.rs"),
        include_str!("../../../../ledger/src/machine/teams.rs"),
        include_str!("../../../../ledger/src/machine/pledges.rs"),
        include_str!("../../../../ledger/src/machine/webhooks.rs"),
        include_str!("../../../../ledger/src/machine/merchants.rs"),
        include_str!("../../../../ledger/src/machine/offers/mod.rs"),
        include_str!("../../../../ledger/src/machine/places.rs"),
        include_str!("../../../../ledger/src/machine/paying.rs"),
        include_str!("../../../../ledger/src/machine/settlement/command.rs"),
    ];

    /// The names that commands give their operations, as their sources have them.
    fn operations() -> BTreeSet<&'static str> {
        let names = COMMANDS.iter().flat_map(|source| {
            let (_, body) = source.split_once("fn operation(&self)").expect("it");
            let (body, _) = body.split_once("\n    }\n").expect("its end");
            let arms = body.lines().filter(|line| line.contains("=>"));
            let asked = arms.filter(|arm| !arm.contains("command.operation()"));
            asked.map(|arm| arm.split('"').nth(1).expect("a name"))
        });
        names.collect()
    }

    #[test]
    fn every_operation_has_words_and_no_words_are_of_none() {
        let named: BTreeSet<&str> = OPERATIONS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named.len(), OPERATIONS.len(), "a name stands twice");
        assert!(named.len() > 30, "{named:?}");
        assert_eq!(named, operations());
    }
}
