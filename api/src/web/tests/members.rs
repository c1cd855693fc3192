//! The register of riders: found, taken along, and two who are one person told and merged.

use ledger::Enrolment;
use ledger::community::StaffRole::{Administrator, Approver, Awarder};
use ledger::community::personal::{Personal, Phone};
use ledger::points::Points;
use uuid::Uuid;

use super::town::{Town, id, named};
use super::*;

const LIST: &str = "/yuhong/desk/members";

async fn available(town: &Town, member: MemberId) -> Points {
    let (program, now) = (town.web.program.id, town.web.now());
    let balance = town.web.ledger.balance(program, member, now).await;
    balance.expect("the ledger").expect("a rider").available
}

#[tokio::test]
async fn riders_are_listed_found_and_taken_along_as_far_as_one_sees() {
    let town = Town::begin().await;
    let [own, others] = town.members;
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let all = worker.get(LIST).await.text;
    assert!(
        all.contains("骑手名册") && all.contains("desk/join"),
        "{all}"
    );
    assert!(all.contains("怒江社区") && !all.contains("永安社区"));
    let found = worker.get(&format!("{LIST}?q={own}")).await.text;
    let one = format!("{LIST}/{own}");
    assert!(
        found.contains(&format!("href=\"{one}\"")) && found.contains("1 条"),
        "{found}"
    );
    let none = worker.get(&format!("{LIST}?q={others}")).await.text;
    assert!(none.contains("没有符合的") && !none.contains(&format!("{LIST}/{others}")));

    let file = worker.get(&format!("{LIST}?q={own}&as=csv")).await.text;
    assert!(file.contains("姓名,所属组织,状态,可用积分,编号"), "{file}");
    let has = available(&town, own).await;
    assert!(has.is_positive());
    let line = format!("赵**,怒江社区第1网格,在册,{has},{own}");
    assert!(file.contains(&line), "{line} in {file}");
    let file = worker.get(&format!("{LIST}?as=csv")).await.text;
    assert!(!file.contains(&others.to_string()));

    // What they have, what waits, how it came and went, and where to go on.
    let page = worker.get(&one).await.text;
    for said in [
        "赵**".to_owned(),
        format!("<code>{own}</code>"),
        format!("/yuhong/awards/{}", town.awards[0]),
        format!("desk/deed?member={own}"),
        format!("desk/exceptional?member={own}"),
        format!("desk/people/{own}/teams"),
        format!("desk/people/{own}/service"),
        "待审核".to_owned(),
        "−1".to_owned(),
    ] {
        assert!(page.contains(&said), "{said} in {page}");
    }
    assert!(!page.contains("惠民抻面馆") && !page.contains("/merge"));
    let hidden = worker.get(&format!("{LIST}/{others}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    // Who only approves reads the same, and goes on to nothing else from there.
    let approver = town.worker(&[Approver], Some(town.nodes[0])).await;
    let page = approver.get(&one).await.text;
    assert!(page.contains("赵**") && !page.contains("desk/people") && !page.contains("desk/deed"));
    // Who reads the books sees at which store it was.
    let auditor = Browser::of(&town.pages, "何静").await;
    let page = auditor.get(&format!("{LIST}/{others}")).await.text;
    assert!(page.contains("老佟电动车修理部"), "{page}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn two_who_are_one_person_are_looked_at_and_then_merged_once() {
    let town = Town::begin().await;
    let (from, into) = (town.members[0], MemberId(named("孙晓梅")));
    let admin = town.worker(&[Administrator], None).await;
    let (one, merge) = (format!("{LIST}/{from}"), format!("{LIST}/{from}/merge"));
    let page = admin.get(&one).await.text;
    assert!(page.contains(&format!("action=\"{merge}\"")), "{page}");

    // What cannot be is told plainly, and what was typed stays.
    for (typed, said) in [
        ("act=look&with=".to_owned(), "请填写另一位"),
        (format!("act=look&with={from}"), "不能把账户并入它自己"),
        (format!("act=look&into={from}"), "不能把账户并入它自己"),
        (
            format!("act=merge&key=s&into={from}"),
            "不能把账户并入它自己",
        ),
        (
            format!("act=look&with={}", super::town::id()),
            "没有这位骑手",
        ),
        (
            "act=look&with=%E6%AC%A7%E9%98%B3%E4%B8%80".to_owned(),
            "没有找到这样的骑手",
        ),
    ] {
        let refused = admin.post(&merge, &typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(refused.text.contains(said), "{said} in {}", refused.text);
    }
    // Many fit: one is chosen; nobody is offered themselves.
    let many = admin.post(&merge, "act=look&with=**").await;
    assert_eq!(many.status, StatusCode::OK);
    assert!(many.text.contains("type=\"radio\"") && many.text.contains("还有更多"));
    assert!(
        !many
            .text
            .contains(&format!("name=\"into\" value=\"{from}\""))
    );

    // Both are shown; nothing has moved.
    let had = available(&town, from).await;
    assert!(had.is_positive());
    let sun = "act=look&with=%E5%AD%99%E6%99%93%E6%A2%85";
    let both = admin.post(&merge, sun).await;
    assert_eq!(both.status, StatusCode::OK, "{}", both.text);
    for said in [
        from.to_string().as_str(),
        into.to_string().as_str(),
        "不能撤回",
        "value=\"merge\"",
        "换个方向",
    ] {
        assert!(both.text.contains(said), "{said} in {}", both.text);
    }
    assert!(!both.text.contains("value=\"two\""), "they are not noted");
    assert_eq!(available(&town, from).await, had);
    let before = available(&town, into).await;

    // Pressed twice, points move once.
    let key = between(&both.text, "name=\"key\" value=\"", "\"");
    let form = format!("act=merge&key={key}&into={into}");
    for _ in 0..2 {
        let merged = admin.post(&merge, &form).await;
        assert_eq!(merged.location, format!("{LIST}/{into}?done={from}"));
        let moved = available(&town, into).await.minus(before);
        assert_eq!(moved.expect("points"), had);
    }
    assert_eq!(available(&town, from).await, Points::ZERO);
    let stays = admin.get(&format!("{LIST}/{into}?done={from}")).await.text;
    assert!(
        stays.contains("已把赵**的账户并入这里") && stays.contains(&town.awards[0].to_string()),
        "{stays}"
    );
    let gone = admin.get(&one).await.text;
    assert!(gone.contains("已并入另一个账户") && !gone.contains(&merge));
    let found = admin.get(&format!("{LIST}?q={from}")).await.text;
    assert!(found.contains("已并入他人") && found.contains(&format!("{LIST}/{into}")));
    let file = admin.get(&format!("{LIST}?as=csv")).await.text;
    let line = format!("赵**,怒江社区第1网格,已并入他人,0.00,{from}");
    assert!(file.contains(&line), "{line} in {file}");
    let stays = format!(",在册,{},{into}", available(&town, into).await);
    assert!(file.contains(&stays), "{stays} in {file}");
    // Another form says so.
    let again = admin
        .post(&merge, &format!("act=merge&key=other&into={into}"))
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("已经并入另一个账户"), "{}", again.text);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn only_who_sees_to_people_everywhere_merges() {
    let town = Town::begin().await;
    let [from, into] = town.members;
    let merge = format!("{LIST}/{from}/merge");
    let form = format!("act=merge&key=k&into={into}");
    let desk = town.worker(&[Awarder, Approver], None).await;
    let below = town.worker(&[Administrator], Some(town.nodes[0])).await;
    let rider = Browser::of(&town.pages, "周海波").await;
    for browser in [&desk, &below, &rider] {
        let refused = browser.post(&merge, &form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    for browser in [&desk, &below] {
        let page = browser.get(&format!("{LIST}/{from}")).await.text;
        assert!(page.contains("赵**") && !page.contains(&merge), "{page}");
    }
    assert_eq!(rider.get(LIST).await.status, StatusCode::FORBIDDEN);
    let stands = town.web.ledger.merged_into(town.web.program.id, from).await;
    assert_eq!(stands.expect("the ledger"), None);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

/// A new rider who gives the identity number of another, and one who shows that the other's phone is at hand.
async fn twins(town: &Town, other: MemberId) -> [MemberId; 2] {
    let (ledger, request) = (&town.web.ledger, operator(&town.web));
    let held = ledger.held_about(request.program, other).await;
    let held = held.expect("keys").own.expect("it is held");
    assert!(held.identity.is_some());
    let enrolment = Enrolment {
        organization: Some(town.nodes[1]),
        personal: Personal {
            name: "周海".to_owned(),
            phones: vec![Phone::parse("15499990009").expect("a phone")],
            identity: held.identity,
            ..Personal::default()
        },
    };
    let [enrolled, shows] = [MemberId(id()), town.members[0]];
    let done = ledger.enrol(&request, enrolled, &enrolment).await;
    assert_eq!(done.expect("enrolled").doubles, 1);
    note(town, shows, other).await;
    [enrolled, shows]
}

/// The one shows that the other's phone is at hand.
async fn note(town: &Town, one: MemberId, other: MemberId) {
    let (ledger, request) = (&town.web.ledger, operator(&town.web));
    let held = ledger.held_about(request.program, other).await;
    let held = held.expect("keys").own.expect("it is held");
    let phone = held.phones.first().expect("a phone");
    let noted = ledger.note_phone_of_another(&request, one, phone).await;
    noted.expect("it is noted");
}

#[tokio::test]
async fn every_pair_is_told_once_wherever_a_page_ends() {
    let town = Town::begin().await;
    let [one, another] = town.members;
    let mut others = [another, MemberId(named("周海波"))];
    for other in others {
        note(&town, one, other).await;
        note(&town, other, one).await;
    }
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let nobody = MemberId(Uuid::nil());
    let (mut told, mut after) = (Vec::new(), (nobody, nobody));
    loop {
        let page = ledger.doubles(program, after, 1).await;
        let page = page.expect("the ledger");
        let Some(double) = page.first() else { break };
        after = (double.member, double.other);
        told.push(after);
    }
    others.sort();
    assert_eq!(told, others.map(|other| (one, other)));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn who_are_probably_one_person_are_told_and_lead_to_the_merge() {
    let town = Town::begin().await;
    let path = format!("{LIST}/doubles");
    let other = MemberId(named("周海波"));
    let admin = town.worker(&[Administrator], None).await;
    assert!(admin.get(LIST).await.text.contains(&path));
    let none = admin.get(&path).await.text;
    assert!(none.contains("没有可能重复登记的骑手"), "{none}");

    let [enrolled, shows] = twins(&town, other).await;
    let page = admin.get(&path).await.text;
    let merge = format!("{LIST}/{enrolled}/merge");
    for said in [
        format!("href=\"{LIST}/{enrolled}\""),
        format!("href=\"{LIST}/{shows}\""),
        format!("href=\"{LIST}/{other}\""),
        format!("action=\"{merge}\""),
        format!("name=\"into\" value=\"{other}\""),
        "登记的证件号与别人相同".to_owned(),
        "发现时办理的".to_owned(),
        "2 对".to_owned(),
    ] {
        assert!(page.contains(&said), "{said} in {page}");
    }
    let found = admin.get(&format!("{path}?q={enrolled}")).await.text;
    assert!(
        found.contains("1 条") && !found.contains(&shows.to_string()),
        "{found}"
    );
    let file = admin.get(&format!("{path}?as=csv")).await.text;
    assert_eq!(file.lines().count(), 3, "{file}");
    for said in ["发现时办理的：编号", "另一位：编号", "永安社区"] {
        assert!(file.contains(said), "{said} in {file}");
    }

    // From there they are looked at, and merged; who is merged is no double any more.
    let both = format!("act=look&into={other}");
    let both = admin.post(&merge, &both).await;
    assert!(both.text.contains("不能撤回"), "{}", both.text);
    let key = between(&both.text, "name=\"key\" value=\"", "\"");
    let form = format!("act=merge&key={key}&into={other}");
    let merged = admin.post(&merge, &form).await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.text);
    let page = admin.get(&path).await.text;
    assert!(page.contains("1 对") && !page.contains(&merge), "{page}");

    // Who enrols everywhere is told, but does not merge; who enrols on a node is not told.
    let desk = town.worker(&[Awarder], None).await;
    let page = desk.get(&path).await.text;
    assert!(page.contains(&format!("{LIST}/{shows}")) && !page.contains("/merge"));

    // Of the others somebody made sure that they are two; both stay, and nobody is asked again, whichever of them is found with the other.
    let look = format!("act=look&into={shows}");
    let turned = admin.post(&format!("{LIST}/{other}/merge"), &look).await;
    assert!(turned.text.contains("value=\"two\""), "{}", turned.text);
    let apart = format!("act=two&key=apart&into={other}");
    let apart = admin.post(&format!("{LIST}/{shows}/merge"), &apart).await;
    assert_eq!(apart.status, StatusCode::SEE_OTHER, "{}", apart.text);
    note(&town, other, shows).await;
    note(&town, shows, other).await;
    let turned = admin.post(&format!("{LIST}/{other}/merge"), &look).await;
    assert!(!turned.text.contains("value=\"two\""), "{}", turned.text);
    let page = admin.get(&format!("{path}?done=two")).await.text;
    assert!(
        page.contains("他们是两个人") && page.contains("没有可能重复登记的骑手"),
        "{page}"
    );
    let below = town.worker(&[Administrator], Some(town.nodes[0])).await;
    assert_eq!(below.get(&path).await.status, StatusCode::FORBIDDEN);
    assert!(!below.get(LIST).await.text.contains(&path));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
