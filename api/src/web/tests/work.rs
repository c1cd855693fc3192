//! Awards as work on the pages: ticked and decided together, seen by the public, objected to, reviewed; a service record signed and checked.

use ledger::Drawn;
use ledger::community::CodeFor;
use ledger::community::StaffRole::{Administrator, Approver};
use ledger::community::personal::Phone;
use ledger::community::{Member, Registration};
use ledger::ids::AwardId;
use ledger::machine::AwardState;

use super::town::Town;
use super::*;

async fn state(town: &Town, award: AwardId) -> AwardState {
    let award = town.web.ledger.award(town.web.program.id, award);
    award.await.expect("the ledger").expect("the award").state
}

/// An award on public notice: that of the first rider, approved by two, of two nodes.
async fn on_notice(town: &Town, approver: &Browser) -> AwardId {
    let deed = serde_json::json!({
        "kind": "exceptional", "reference": "wallet", "occurred_at": town.web.now(),
        "evidence": ["photo", "witness", "document", "sign_off"],
        "facts": { "category": "honesty", "verified": true },
    });
    let ours = town.award(0, deed, false).await;
    let form = format!("act=approve&award={ours}");
    let approved = approver.post("/yuhong/desk/approvals", &form).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let again = approver.get("/yuhong/desk/approvals").await.text;
    assert!(!again.contains(&ours.to_string()), "they have approved it");
    let elsewhere = ledger::Request {
        program: town.web.program.id,
        key: None,
        origin: Origin::default(),
        actor: Actor {
            id: ActorId(super::town::id()),
            role: Role::Staff,
            member: None,
            store: None,
            node: None,
        },
    };
    let approve = Command::ApproveAward { award: ours };
    let second = town.web.ledger.execute(&elsewhere, approve).await;
    second.expect("two have approved it");
    assert_eq!(state(town, ours).await, AwardState::Pending);
    ours
}

#[tokio::test]
async fn what_is_ticked_is_decided_and_what_is_on_notice_is_objected_to() {
    let town = Town::begin().await;
    let approver = town.worker(&[Approver], Some(town.nodes[0])).await;
    let page = approver.get("/yuhong/desk/approvals").await.text;
    let [ours, theirs] = town.awards;
    assert!(page.contains(&ours.to_string()), "{page}");
    assert!(!page.contains(&theirs.to_string()), "it is elsewhere");
    let none = approver.post("/yuhong/desk/approvals", "act=approve").await;
    assert!(none.text.contains("请先勾选"), "{}", none.text);
    let unsaid = format!("act=reject&award={ours}");
    let unsaid = approver.post("/yuhong/desk/approvals", &unsaid).await;
    assert!(unsaid.text.contains("请先选不通过的原因"));
    let both = format!("act=approve&award={ours}&award={theirs}");
    let both = approver.post("/yuhong/desk/approvals", &both).await;
    assert!(both.text.contains("已办理 1 笔") && both.text.contains("没有这笔奖励"));
    // Others may report the same for a day.
    assert_eq!(state(&town, ours).await, AwardState::Pending);
    assert_eq!(state(&town, theirs).await, AwardState::Submitted);
    let ours = on_notice(&town, &approver).await;
    let public = Browser::at_door(&town.pages).await;
    let list = public.get("/yuhong/notice").await.text;
    assert!(list.contains("赵**") && !list.contains(&ours.to_string()));
    assert!(!list.contains("上报安全隐患"), "it only waits: {list}");
    let number = between(&list, "/yuhong/notice/", "\"").to_owned();
    let zoned = |at: ledger::clock::Timestamp| at.to_jiff().to_zoned(town.web.zone());
    let this = zoned(town.web.now());
    let last = this
        .checked_sub(jiff::Span::new().months(1))
        .expect("a month");
    for (month, on) in [(this, true), (last, false)] {
        let path = month.strftime("/yuhong/notice?month=%Y-%m").to_string();
        let list = public.get(&path).await.text;
        assert_eq!(list.contains(&number), on, "{path}: {list}");
    }
    let wrong = public.get("/yuhong/notice?month=2026-13").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let one = format!("/yuhong/notice/{number}");
    assert_eq!(public.get(&one).await.location, "/yuhong/login");
    let rider = Browser::of(&town.pages, "金永哲").await;
    assert!(rider.get(&one).await.text.contains("提出异议"));
    let objection = "act=object&reason=evidence&words=%E6%B2%A1%E8%A7%81%E5%88%B0";
    for _ in 0..2 {
        let objected = rider.post(&one, objection).await;
        assert_eq!(objected.status, StatusCode::SEE_OTHER, "{}", objected.text);
    }
    assert_eq!(state(&town, ours).await, AwardState::Frozen);
    // Who administers the node is told, and decides nothing.
    let told = town.worker(&[Administrator], Some(town.nodes[0])).await;
    let told = told.get("/yuhong/desk/approvals").await.text;
    assert!(told.contains("异议：凭据不足") && !told.contains("name=\"finding\""));
    let review = format!("/yuhong/desk/objections/{ours}");
    let involved = approver.post(&review, "finding=as_claimed").await;
    assert_eq!(involved.status, StatusCode::CONFLICT, "they approved it");
    let reviewer = town.worker(&[Approver], Some(town.nodes[0])).await;
    for _ in 0..2 {
        let words = "finding=not_as_claimed&words=%E6%9F%A5%E8%BF%87";
        let reviewed = reviewer.post(&review, words).await;
        assert_eq!(reviewed.status, StatusCode::SEE_OTHER, "{}", reviewed.text);
    }
    let mine = format!("/yuhong/me/awards/{ours}");
    let member = Browser::of(&town.pages, "赵立军").await;
    assert!(member.get(&mine).await.text.contains("前申诉一次"));
    let appealed = member.post(&mine, "words=").await;
    assert_eq!(appealed.location, mine, "{}", appealed.text);
    let after = member.get(&mine).await.text;
    assert!(after.contains("申诉") && !after.contains("前申诉一次"));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

/// So many awards that one has to approve: three of each rider, each of another place.
async fn waiting(town: &Town, count: i64) {
    let (ledger, request) = (&town.web.ledger, operator(&town.web));
    let mut member = MemberId(super::town::id());
    for number in 0..count {
        if number % 3 == 0 {
            member = MemberId(super::town::id());
            let record = Registration::Member(Member {
                id: member,
                organization: Some(town.nodes[0]),
                name: "骑手".to_owned(),
            });
            let done = ledger.execute(&request, Command::Register(record)).await;
            done.expect("on record");
        }
        let deed = serde_json::json!({
            "kind": "hazard_report", "reference": format!("page {number}"), "occurred_at": town.web.now(),
            "facts": { "category": "traffic", "severity": "low", "outcome": "verified" },
        });
        let award = AwardRequest {
            member,
            deed: serde_json::from_value(deed).expect("a deed"),
            policy: None,
            position: Position::from_millionths(41_700_000 + number * 2_000, 123_308_500),
        };
        let made = ledger.submit_award(&request, &award).await;
        made.expect("an award");
    }
}

/// The awards that a page lists to be ticked.
fn listed(text: &str) -> Vec<&str> {
    let ids = text.split("name=\"award\" value=\"").skip(1);
    ids.filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn a_page_of_what_waits_is_decided_where_it_is() {
    const QUEUE: &str = "/yuhong/desk/approvals";
    let town = Town::begin().await;
    waiting(&town, 52).await;
    let approver = town.worker(&[Approver], Some(town.nodes[0])).await;
    let first = approver.get(QUEUE).await.text;
    let second = approver.get(&format!("{QUEUE}?page=2")).await.text;
    let page = listed(&second);
    assert_eq!((listed(&first).len(), page.len()), (50, 3), "{second}");
    let kept = "name=\"page\" value=\"2\"";
    assert!(second.contains(kept) && !first.contains(kept), "{second}");
    let ticks = |text: &str| text.matches("\" checked>").count();
    let all = approver.get(&format!("{QUEUE}?page=2&tick=all")).await.text;
    assert!(all.contains(kept) && ticks(&all) == 3, "{all}");
    // What went wrong is said on the same page, with what was ticked there.
    let one = page[0];
    let unsaid = format!("act=reject&page=2&award={one}");
    let unsaid = approver.post(QUEUE, &unsaid).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(listed(&unsaid.text), page);
    assert!(unsaid.text.contains(kept) && ticks(&unsaid.text) == 1);
    let ticked = format!("value=\"{one}\" checked>");
    assert!(unsaid.text.contains(&ticked), "{}", unsaid.text);
    assert!(unsaid.text.contains(&format!("{QUEUE}?page=1")));
    // Decided, one goes on there.
    let said = format!("act=reject&reason=evidence&page=2&award={one}");
    let decided = approver.post(QUEUE, &said).await;
    assert_eq!(decided.location, format!("{QUEUE}?done=1&page=2"));
    let after = approver.get(&decided.location).await.text;
    assert!(after.contains("已办理 1 笔"), "{after}");
    assert_eq!(listed(&after), page[1..]);
    // After the last of a page, the one before is the last.
    let rest = format!("act=approve&page=2&award={}&award={}", page[1], page[2]);
    let decided = approver.post(QUEUE, &rest).await;
    assert_eq!(decided.location, format!("{QUEUE}?done=2&page=2"));
    let after = approver.get(&decided.location).await.text;
    assert_eq!(listed(&after), listed(&first));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_record_is_printed_and_checked_by_anybody() {
    let town = Town::begin().await;
    let rider = Browser::of(&town.pages, "赵立军").await;
    let page = rider.get("/yuhong/me/service").await.text;
    assert!(page.contains("服务记录") && page.contains("小时"), "{page}");
    let printed = rider.post("/yuhong/me/service", "name=whole").await.text;
    assert!(printed.contains("赵立军") && printed.contains("<svg"));
    let masked = rider.post("/yuhong/me/service", "name=masked").await.text;
    assert!(masked.contains("<b>赵**</b>"), "{masked}");
    let signed = between(&printed, "签名文本\">", "</textarea>");
    let public = Browser::at_door(&town.pages).await;
    let check = async |record: &str| {
        let form = format!("record={record}");
        public.post("/yuhong/records/verify", &form).await.text
    };
    let good = check(signed).await;
    assert!(
        good.contains("签名有效") && good.contains("赵立军"),
        "{good}"
    );
    let changed = signed.replacen('.', ".A", 1);
    assert!(check(&changed).await.contains("签名无效"));
    assert!(check("x").await.contains("不是服务证明"));
    let id = between(&printed, "<dt>编号</dt><dd>", "<");
    let code = between(&printed, "<dt>校验码</dt><dd>", "<");
    let by_number = format!("/yuhong/records/verify?id={id}&code={code}");
    assert!(public.get(&by_number).await.text.contains("由本计划于"));
    let wrong = by_number.replace(code, "0123456789abcdef");
    assert!(public.get(&wrong).await.text.contains("没有出具过"));
    let auditor = Browser::of(&town.pages, "何静").await;
    let reports = auditor.get("/yuhong/audit/reports").await.text;
    assert!(reports.contains("HHI"), "{reports}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_resident_objects_by_phone_and_appeals_with_the_same() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    let approver = town.worker(&[Approver], Some(town.nodes[0])).await;
    let award = on_notice(&town, &approver).await;
    let public = Browser::at_door(&town.pages).await;
    let list = public.get("/yuhong/notice").await.text;
    let path = format!(
        "/yuhong/notice/{}",
        between(&list, "href=\"/yuhong/notice/", "\" ")
    );
    let path = format!("{}/phone", path.trim_end_matches("/phone"));
    assert!(list.contains(&path), "{path} in {list}");
    let number = path.split('/').nth(3).expect("a number");
    let number: uuid::Uuid = number.parse().expect("a number");
    let form = public.get(&path).await.text;
    assert!(
        form.contains("凭手机号提出异议") && form.contains("赵**"),
        "{form}"
    );
    let key = between(&form, "name=\"key\" value=\"", "\"").to_owned();
    let said = |act: &str, phone: &str, code: &str| {
        format!(
            "act={act}&key={key}&reason=evidence&words=%E6%B2%A1%E8%A7%81%E5%88%B0&phone={phone}&code={code}"
        )
    };
    let phone = "15499990001";
    let unsaid = public
        .post(&path, &said("object", phone, "").replace("evidence", ""))
        .await;
    assert!(unsaid.text.contains("请先选异议的理由") && unsaid.text.contains("没见到"));
    let no_phone = public.post(&path, &said("object", "12", "")).await;
    assert_eq!(no_phone.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sent = public.post(&path, &said("object", phone, "")).await;
    assert!(
        sent.status == StatusCode::OK && sent.text.contains("验证码发到 15499990001"),
        "{}",
        sent.text
    );
    let soon = public.post(&path, &said("object", phone, "")).await;
    assert_eq!(soon.status, StatusCode::TOO_MANY_REQUESTS);
    let drawn = async |phone: &str, purpose: CodeFor| {
        clock.set(clock.now().plus_seconds(61));
        let phone = Phone::parse(phone).expect("a phone");
        let drawn = town
            .web
            .ledger
            .draw_code(town.web.program.id, purpose, &phone);
        match drawn.await.expect("the ledger") {
            Drawn::Code(code) => code.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    // A code for something else is none for this.
    for purpose in [CodeFor::LogIn, CodeFor::Objecting(uuid::Uuid::nil())] {
        let other = drawn(phone, purpose).await;
        let refused = public.post(&path, &said("object", phone, &other)).await;
        assert!(refused.text.contains("验证码不对"), "{}", refused.text);
    }
    let code = drawn(phone, CodeFor::Objecting(number)).await;
    for _ in 0..2 {
        let objected = public.post(&path, &said("object", phone, &code)).await;
        assert!(objected.text.contains("已提出异议"), "{}", objected.text);
    }
    let ledger = &town.web.ledger;
    let found = ledger.award(town.web.program.id, award).await;
    let objection = found.expect("the ledger").expect("it").objection;
    let holder = Phone::parse(phone).expect("a phone");
    let holder = ledger
        .holder_of(town.web.program.id, &holder)
        .await
        .expect("keys");
    assert_eq!(objection.map(|objection| objection.by), Some(holder.0));
    assert_eq!(holder.1, None, "nobody who is known");
    assert_eq!(state(&town, award).await, AwardState::Frozen);

    let reviewer = town.worker(&[Approver], Some(town.nodes[0])).await;
    let review = format!("/yuhong/desk/objections/{award}");
    let reviewed = reviewer.post(&review, "finding=as_claimed&words=").await;
    assert_eq!(reviewed.status, StatusCode::SEE_OTHER, "{}", reviewed.text);
    let page = public.get(&path).await.text;
    assert!(page.contains("前用同一手机号申诉一次"), "{page}");
    let other = "15499990002";
    let code = drawn(other, CodeFor::Objecting(number)).await;
    let refused = public.post(&path, &said("appeal", other, &code)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    let code = drawn(phone, CodeFor::Objecting(number)).await;
    let appealed = public.post(&path, &said("appeal", phone, &code)).await;
    assert!(appealed.text.contains("已申诉"), "{}", appealed.text);
    assert_eq!(state(&town, award).await, AwardState::Frozen);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
