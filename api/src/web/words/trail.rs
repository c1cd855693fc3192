//! The audit trail's codes in plain words.

use crate::web::reading::t;

/// Every operation that a page can ask for, and its names in Chinese and in English.
#[rustfmt::skip]
pub const OPERATIONS: &[(&str, (&str, &str))] = &[
    ("award.submit", ("登记奖励", "Award recorded")),
    ("award.admit", ("排队奖励入账", "Queued award booked")),
    ("award.approve", ("审核通过奖励", "Award approved")),
    ("award.reject", ("审核不通过奖励", "Award turned down")),
    ("award.withdraw", ("撤回奖励", "Award withdrawn")),
    ("award.object", ("对奖励提出异议", "Objection to an award")),
    ("award.review", ("复核异议", "Objection reviewed")),
    ("award.appeal", ("申诉复核结果", "Review appealed")),
    ("award.escalate", ("异议逾期未复核", "Objection not reviewed in time")),
    ("award.settle", ("异议成立，期满撤下奖励", "Objection upheld, award removed")),
    ("record.issue", ("出具服务证明", "Service record issued")),
    ("award.vest", ("奖励公示期满", "Public notice of an award over")),
    ("award.reverse", ("撤销奖励", "Award taken back")),
    ("award.write_off", ("核销欠分", "Points owed written off")),
    ("redemption.authorise", ("兑换", "Redemption")),
    ("redemption.capture", ("收取冻结积分", "Held points taken")),
    ("redemption.void", ("解除冻结", "Hold released")),
    ("redemption.refund", ("退回兑换", "Redemption given back")),
    ("redemption.undo", ("当天撤销兑换", "Redemption undone the same day")),
    ("store.print_code", ("印制门店收款码", "Store's code printed")),
    ("device.add", ("登记离线付款设备", "Device for offline codes added")),
    ("device.end", ("停用离线付款设备", "Device for offline codes ended")),
    ("charge.object", ("对兑换提出异议", "Objection to a redemption")),
    ("charge.answer", ("答复兑换异议", "Objection to a redemption answered")),
    ("redemption.release", ("冻结到期退回", "Hold expired, given back")),
    ("lots.expire", ("积分到期作废", "Points expired")),
    ("lots.expiring", ("到期提醒", "Told of points expiring")),
    ("budget.appropriate", ("资金拨入", "Budget paid in")),
    ("budget.return", ("资金退回", "Budget returned")),
    ("budget.plan", ("资金计划", "Budget planned")),
    ("budget.low", ("资金预警", "Budget running low")),
    ("budget.close", ("资金结账", "Budget closed")),
    ("funds.receive", ("收到资金", "Funds received")),
    ("statement.freeze", ("生成结算单", "Statement made")),
    ("statement.dispute", ("对结算提出异议", "Objection to a statement")),
    ("statement.answer", ("答复结算异议", "Objection to a statement answered")),
    ("statement.confirm", ("商户确认结算单", "Statement confirmed by merchant")),
    ("statement.approve", ("批准付款", "Payment approved")),
    ("statement.pay", ("结算付款", "Statement paid")),
    ("merchant.onboard", ("登记商户", "Merchant recorded")),
    ("merchant.onboarding", ("商户入驻中", "Merchant joining")),
    ("merchant.activate", ("启用商户", "Merchant made active")),
    ("merchant.suspend", ("暂停商户", "Merchant suspended")),
    ("merchant.leave", ("商户退出", "Merchant left")),
    ("place.describe", ("登记门店或驿站资料", "Store or station described")),
    ("offer.make", ("发布优惠", "Offer posted")),
    ("offer.revise", ("修改优惠", "Offer changed")),
    ("offer.pause", ("暂停优惠", "Offer paused")),
    ("offer.resume", ("恢复优惠", "Offer resumed")),
    ("offer.end", ("结束优惠", "Offer ended")),
    ("payment.gather", ("生成付款批次", "Batch of payments made")),
    ("payment.file", ("导出付款文件", "Payment file taken out")),
    ("payee.keep", ("登记收款账户", "Payee's account recorded")),
    ("webhook.register", ("登记事件推送", "Delivery of events set up")),
    ("webhook.change", ("修改事件推送", "Delivery of events changed")),
    ("webhook.rotate", ("更换推送密钥", "Key for delivering events changed")),
    ("webhook.end", ("停止事件推送", "Delivery of events ended")),
    ("webhook.repeat", ("重新推送事件", "Events delivered again")),
    ("policy.import", ("导入规则草案", "Draft rules imported")),
    ("policy.simulated", ("试算规则草案", "Draft rules tried out")),
    ("policy.approve", ("批准规则", "Rules approved")),
    ("register", ("登记资料", "Details recorded")),
    ("access.end", ("停用权限", "Permission ended")),
    ("session.open", ("登录", "Logged in")),
    ("login.invite", ("邀请设置登录", "Invited to set up log-in")),
    ("login.set", ("设置登录方式", "Log-in set up")),
    ("login.pin", ("设置或取消 PIN 码", "PIN set or removed")),
    ("member.merge", ("合并骑手", "Riders merged")),
    ("member.distinguish", ("确认是两个人", "Confirmed as two people")),
    ("joining.ask", ("报到", "Asked to enrol")),
    ("joining.refuse", ("退回报到", "Enrolment turned down")),
    ("personal.keep", ("保存个人信息", "Personal data kept")),
    ("personal.rewrap", ("更换个人信息密钥", "Key of personal data changed")),
    ("personal.reveal", ("查看个人信息", "Personal data looked at")),
    ("personal.erase", ("注销个人信息", "Personal data erased")),
    ("program.close", ("设置项目截止", "End of the programme set")),
    ("activity.plan", ("发布活动", "Event posted")),
    ("activity.change", ("更改活动", "Event changed")),
    ("activity.cancel", ("取消活动", "Event cancelled")),
    ("activity.sign_up", ("活动报名", "Signed up for an event")),
    ("activity.withdraw", ("取消报名", "Sign-up cancelled")),
    ("activity.check_in", ("活动签到", "Checked in at an event")),
    ("activity.check_out", ("活动签退", "Checked out of an event")),
    ("activity.backfill", ("补录签到", "Check-in entered afterwards")),
    ("hazard.report", ("上报隐患", "Hazard reported")),
    ("hazard.triage", ("隐患分类", "Hazard sorted")),
    ("hazard.verify", ("隐患核实", "Hazard verified")),
    ("hazard.invalid", ("隐患不属实", "Hazard found not to be so")),
    ("hazard.duplicate", ("隐患并入重复", "Hazard joined to another report")),
    ("hazard.assign", ("隐患派单", "Hazard assigned")),
    ("hazard.fix", ("隐患整改", "Hazard fixed")),
    ("hazard.confirm", ("隐患复核", "Hazard confirmed as fixed")),
    ("hazard.reopen", ("隐患重新处理", "Hazard reopened")),
    ("hazard.follow", ("重复上报随同办结", "Duplicate report closed with it")),
    ("hazard.terms", ("更改隐患时限", "Time limits of hazards changed")),
    ("patrol.import", ("导入网格", "Grids imported")),
    ("patrol.retire", ("停用网格", "Grid retired")),
    ("patrol.start", ("开始巡查", "Patrol started")),
    ("patrol.waypoint", ("巡查点位", "Place on a patrol")),
    ("patrol.end", ("结束巡查", "Patrol ended")),
    ("patrol.void", ("作废巡查", "Patrol made void")),
    ("deed.close", ("到时结束", "Closed as time was up")),
    ("order.post", ("发布点单", "Request posted")),
    ("order.ask", ("居民点单", "Request of a resident")),
    ("order.accept", ("审核发布点单", "Request approved and posted")),
    ("order.withdraw", ("撤回点单", "Request withdrawn")),
    ("order.claim", ("接单", "Request taken on")),
    ("order.release", ("退单", "Request given back")),
    ("order.done", ("办完点单", "Request done")),
    ("order.confirm", ("确认点单", "Request confirmed")),
    ("order.refuse", ("点单未办成", "Request found not done")),
    ("order.close", ("点单过期", "Request expired")),
    ("member.skills", ("登记技能", "Skills recorded")),
    ("exceptional.propose", ("申报突出事迹", "Exceptional deed put forward")),
    ("exceptional.verify", ("核实突出事迹", "Exceptional deed verified")),
    ("exceptional.refuse", ("突出事迹不属实", "Exceptional deed found not to be so")),
    ("team.form", ("成立队伍", "Team formed")),
    ("team.rename", ("更改队伍", "Team changed")),
    ("team.join", ("加入队伍", "Joined a team")),
    ("team.leave", ("离开队伍", "Left a team")),
    ("pledge.make", ("作出承诺", "Pledge made")),
    ("pledge.end", ("结束承诺", "Pledge ended")),
    ("deed.refuse", ("事项不予计分", "Deed earns no points")),
    ("deed.ask_again", ("重新登记事项", "Deed recorded again")),
    ("group", ("成组操作", "Several together")),
];

/// An operation; one that has no name here is told by its own.
pub fn operation(name: &str) -> &str {
    let known = OPERATIONS.iter().find(|(operation, _)| *operation == name);
    known.map_or(name, |(_, (zh, en))| t(zh, en))
}

/// By what somebody acted.
pub fn via(name: &str) -> &str {
    match name {
        "key" => t("接口密钥", "API key"),
        "session" => t("登录后操作", "While logged in"),
        "login" => t("登录页", "Log-in page"),
        "cli" => t("服务器命令行", "Server's command line"),
        job if job.starts_with("job ") => t("系统定时任务", "Scheduled job"),
        other => other,
    }
}

/// Why.
pub fn purpose(name: &str) -> Option<&'static str> {
    Some(match name {
        "contact" => t("联系本人", "To contact the person"),
        "identification" => t("核对身份", "To check who it is"),
        "correction" => t("更正信息", "To correct the data"),
        "complaint" => t("处理异议或投诉", "For an objection or complaint"),
        "request" => t("本人申请查询", "At the person's own request"),
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
