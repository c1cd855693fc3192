//! Merchants, their stores and stations at the desk: put on record once, described, changed by whoever may.

use ledger::community::StaffRole::{Auditor, BudgetManager, MerchantManager};
use ledger::community::merchant::MerchantState;
use ledger::ids::{MerchantId, StoreId};
use ledger::views::Register;
use uuid::Uuid;

use super::town::{Town, named};
use super::*;

const MERCHANTS: &str = "/yuhong/desk/merchants";
const PLACES: &str = "/yuhong/desk/places";
/// Where a rider is: nothing of the demo's is as near to it as what is put there.
const HERE: &str = "41.601234, 123.101234";
const NEAR: &str = "/yuhong/places?lat=41.601234&lon=123.101234&minutes=5";

/// What a form sends.
fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

/// The id that a redirect leads to.
fn led_to(location: &str) -> Uuid {
    let (path, _) = location.split_once('?').expect("a notice");
    let id = path.rsplit('/').next().expect("an id");
    id.parse().expect("an id")
}

/// What is called so, of a register.
async fn called(town: &Town, register: Register, name: &str) -> Vec<Uuid> {
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let all = ledger.register(program, register, Uuid::nil(), 500).await;
    let all = all.expect("the ledger").into_iter();
    all.filter(|one| one.name == name)
        .map(|one| one.id)
        .collect()
}

async fn state_of(town: &Town, merchant: Uuid) -> MerchantState {
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let found = ledger.merchant(program, MerchantId(merchant)).await;
    found.expect("the ledger").expect("it").state
}

/// The merchant of the store of one of the two.
async fn merchant_of(town: &Town, whose: usize) -> Uuid {
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let StoreId(store) = town.stores[whose];
    let found = ledger.registered(program, Register::Stores, store).await;
    let store = found.expect("the ledger").expect("the store");
    store.belongs_to.expect("a merchant")
}

#[tokio::test]
async fn a_merchant_and_a_store_are_put_on_record_once_and_found_by_riders() {
    let town = Town::begin().await;
    let trader = town.worker(&[MerchantManager], None).await;
    let rider = Browser::of(&town.pages, "赵立军").await;

    let unnamed = trader.post(MERCHANTS, "key=a&name=&onboarding=yes").await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unnamed.text.contains("id=\"name-wrong\"")
            && unnamed.text.contains("value=\"yes\" checked"),
        "{}",
        unnamed.text
    );
    let new = form(&[("key", "a"), ("name", "如意饺子馆")]);
    let mut led = Vec::new();
    for _ in 0..2 {
        led.push(trader.post(MERCHANTS, &new).await.location);
    }
    assert_eq!(led[0], led[1]);
    let merchant = led_to(&led[0]);
    let known = called(&town, Register::Merchants, "如意饺子馆").await;
    assert_eq!(known, [merchant]);
    assert_eq!(state_of(&town, merchant).await, MerchantState::Active);
    let one = format!("{MERCHANTS}/{merchant}");
    let page = trader.get(&led[0]).await.text;
    assert!(
        page.contains("已登记") && page.contains("还没有门店"),
        "{page}"
    );

    // What is wrong stands beside its field, and what was typed is kept.
    let lone = form(&[
        ("act", "store"),
        ("key", "b"),
        ("name", "如意饺子馆（一店）"),
    ]);
    let lone = trader.post(&one, &lone).await;
    assert_eq!(lone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        lone.text.contains("id=\"store-address-wrong\"")
            && lone.text.contains("value=\"如意饺子馆（一店）\"")
            && !lone.text.contains("id=\"store-name-wrong\""),
        "{}",
        lone.text
    );
    let new = form(&[
        ("act", "store"),
        ("key", "b"),
        ("name", "如意饺子馆（一店）"),
        ("address", "于洪区平罗街 3 号"),
    ]);
    let mut led = Vec::new();
    for _ in 0..2 {
        led.push(trader.post(&one, &new).await.location);
    }
    assert_eq!(led[0], led[1]);
    let store = led_to(&led[0]);
    assert_eq!(
        called(&town, Register::Stores, "如意饺子馆（一店）").await,
        [store]
    );
    assert!(!rider.get(NEAR).await.text.contains("如意饺子馆"));

    let path = format!("/yuhong/desk/stores/{store}");
    let wrong = form(&[
        ("key", "c"),
        ("position", "somewhere"),
        ("hours", "周一 09:00-21:00\n有时候"),
        ("services", "饮水、饮水"),
        ("phone", "没有"),
    ]);
    let wrong = trader.post(&path, &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "id=\"position-wrong\"",
        "id=\"services-wrong\"",
        "id=\"phone-wrong\"",
        "第 2 行看不懂",
        "value=\"somewhere\"",
        "有时候</textarea>",
    ] {
        assert!(wrong.text.contains(said), "{said} in {}", wrong.text);
    }
    let right = form(&[
        ("key", "c"),
        ("position", HERE),
        ("datum", "wgs84"),
        ("hours", "每天 0:00-24:00"),
        ("services", "热水，插座"),
        ("phone", "024-2530 0000"),
    ]);
    for _ in 0..2 {
        let described = trader.post(&path, &right).await;
        assert_eq!(described.location, format!("{path}?done=described"));
    }
    let found = rider.get(NEAR).await.text;
    for said in [
        "如意饺子馆（一店）",
        "营业中",
        "热水、插座",
        "024-2530 0000",
    ] {
        assert!(found.contains(said), "{said} in {found}");
    }
    let page = trader.get(&one).await.text;
    for said in ["每天 00:00-24:00", HERE, "于洪区平罗街 3 号"] {
        assert!(page.contains(said), "{said} in {page}");
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_merchant_is_suspended_and_paid_elsewhere() {
    let town = Town::begin().await;
    let trader = town.worker(&[MerchantManager], None).await;
    let merchant = merchant_of(&town, 0).await;
    let one = format!("{MERCHANTS}/{merchant}");
    let unsaid = trader.post(&one, "act=state&key=a&to=suspended&reason=");
    let unsaid = unsaid.await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unsaid.text.contains("id=\"reason-suspended-wrong\"")
            && !unsaid.text.contains("id=\"reason-left-wrong\""),
        "{}",
        unsaid.text
    );
    for _ in 0..2 {
        let moved = trader.post(&one, "act=state&key=a&to=suspended&reason=complaints");
        assert_eq!(moved.await.location, format!("{one}?done=suspended"));
    }
    assert_eq!(state_of(&town, merchant).await, MerchantState::Suspended);
    let again = trader.post(&one, "act=state&key=b&to=suspended&reason=breach");
    let again = again.await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("不能这样变更"), "{}", again.text);
    let page = trader.get(&one).await.text;
    assert!(
        page.contains("已暂停") && page.contains("骑手有投诉") && page.contains("恢复合作"),
        "{page}"
    );

    let payee = |key: &str, account: &str| {
        form(&[
            ("act", "payee"),
            ("key", key),
            ("name", "惠民餐饮"),
            ("bank", "盛京银行于洪支行"),
            ("account", account),
        ])
    };
    assert!(page.contains("还没有登记，不能导出"), "{page}");
    let short = trader.post(&one, &payee("c", "12 34")).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "id=\"payee-account-wrong\"",
        "value=\"12 34\"",
        "value=\"盛京银行于洪支行\"",
    ] {
        assert!(short.text.contains(said), "{said} in {}", short.text);
    }
    for _ in 0..2 {
        let kept = trader.post(&one, &payee("c", "6222 0212 3456 7890")).await;
        assert_eq!(kept.location, format!("{one}?done=payee"), "{}", kept.text);
    }
    let page = trader.get(&one).await.text;
    assert!(
        page.contains("尾号 7890") && !page.contains("02123456"),
        "{page}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn merchants_are_searched_and_taken_along() {
    let town = Town::begin().await;
    let trader = town.worker(&[MerchantManager], None).await;
    let all = trader.get(MERCHANTS).await.text;
    assert!(
        all.contains("惠民抻面馆") && all.contains("顺发理发店"),
        "{all}"
    );
    // By the name of a store, too.
    let asked = |query: &[(&str, &str)]| format!("{MERCHANTS}?{}", form(query));
    let found = trader.get(&asked(&[("q", "沙岭店")])).await.text;
    assert!(
        found.contains("惠民抻面馆") && !found.contains("顺发理发店"),
        "{found}"
    );
    let none = asked(&[("q", "沙岭店"), ("state", "left")]);
    let none = trader.get(&none);
    assert!(none.await.text.contains("没有符合的"));
    let file = trader.get(&asked(&[("q", "沙岭店"), ("as", "csv")])).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(
        file.text.contains("合作状态") && file.text.contains("惠民抻面馆,合作中"),
        "{}",
        file.text
    );
    assert!(!file.text.contains("顺发理发店") && !file.text.contains("<html"));
    let one = format!("{MERCHANTS}/{}?as=csv", merchant_of(&town, 0).await);
    let stores = trader.get(&one).await.text;
    assert!(stores.contains("于洪区沙岭路 26 号"), "{stores}");
    let places = trader.get(&format!("{PLACES}?as=csv")).await.text;
    assert!(
        places.contains("由谁管") && places.contains("饮水、充电"),
        "{places}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_station_is_put_on_record_and_found() {
    let town = Town::begin().await;
    let trader = town.worker(&[MerchantManager], None).await;
    let node = town.nodes[0].to_string();
    let lone = form(&[("key", "a"), ("name", "暖蜂驿站"), ("organization", &node)]);
    let lone = trader.post(PLACES, &lone).await;
    assert_eq!(lone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        lone.text.contains("id=\"address-wrong\"")
            && lone.text.contains("value=\"暖蜂驿站\"")
            && lone.text.contains(&format!("value=\"{node}\" selected")),
        "{}",
        lone.text
    );
    let new = form(&[
        ("key", "a"),
        ("name", "暖蜂驿站"),
        ("address", "平罗街 5 号"),
        ("organization", &node),
    ]);
    let mut led = Vec::new();
    for _ in 0..2 {
        led.push(trader.post(PLACES, &new).await.location);
    }
    assert_eq!(led[0], led[1]);
    let site = led_to(&led[0]);
    assert_eq!(called(&town, Register::Sites, "暖蜂驿站").await, [site]);
    let path = format!("{PLACES}/{site}");
    let page = trader.get(&path).await.text;
    assert!(
        page.contains("怒江社区") && page.contains("未填写"),
        "{page}"
    );
    let described = form(&[("key", "b"), ("position", HERE), ("services", "饮水")]);
    let described = trader.post(&path, &described).await;
    assert_eq!(described.location, format!("{path}?done=described"));
    let rider = Browser::of(&town.pages, "赵立军").await;
    assert!(rider.get(NEAR).await.text.contains("暖蜂驿站"));
    let strange = format!("{PLACES}/{}", super::town::id());
    assert_eq!(trader.get(&strange).await.status, StatusCode::NOT_FOUND);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_manager_is_put_on_record_at_a_store_and_let_go() {
    let town = Town::begin().await;
    let trader = town.worker(&[MerchantManager], None).await;
    let store = town.stores[0];
    let path = format!("/yuhong/desk/stores/{store}/clerks");
    let unsaid = form(&[("act", "employ"), ("key", "a"), ("name", "赵店长")]);
    let unsaid = trader.post(&path, &unsaid).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unsaid.text.contains("id=\"role-wrong\"") && unsaid.text.contains("value=\"赵店长\""),
        "{}",
        unsaid.text
    );
    let new = form(&[
        ("act", "employ"),
        ("key", "a"),
        ("name", "赵店长"),
        ("role", "manager"),
    ]);
    let page = format!("/yuhong/desk/stores/{store}");
    for _ in 0..2 {
        let employed = trader.post(&path, &new).await;
        assert_eq!(employed.location, format!("{page}?done=employed"));
    }
    let known = called(&town, Register::Clerks, "赵店长").await;
    assert_eq!(known.len(), 1, "once");
    assert!(trader.get(&page).await.text.contains("赵店长"));
    let leave = format!("act=leave&key=b&clerk={}", known[0]);
    let beside = format!("/yuhong/desk/stores/{}/clerks", town.stores[1]);
    let elsewhere = trader.post(&beside, &leave).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    for _ in 0..2 {
        let left = trader.post(&path, &leave).await;
        assert_eq!(left.location, format!("{page}?done=left"));
    }
    assert!(trader.get(&page).await.text.contains("已离职"));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn only_who_has_to_do_with_merchants_changes_them() {
    let town = Town::begin().await;
    let merchant = merchant_of(&town, 0).await;
    let StoreId(store) = town.stores[0];
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let sites = ledger.register(program, Register::Sites, Uuid::nil(), 1);
    let site = sites.await.expect("the ledger")[0].id;
    let budgets = town.worker(&[BudgetManager], None).await;
    let below = town.worker(&[MerchantManager], Some(town.nodes[0])).await;
    let rider = Browser::of(&town.pages, "赵立军").await;
    let staff = town.worker(&[Auditor], None).await;
    let (_, auditor) = town.let_in(Role::Auditor, named("何静")).await;
    let one = format!("{MERCHANTS}/{merchant}");
    let of_store = format!("/yuhong/desk/stores/{store}");
    let of_site = format!("{PLACES}/{site}");
    let (one, of_store, of_site) = (one.as_str(), of_store.as_str(), of_site.as_str());
    for path in [MERCHANTS, PLACES, one, of_store, of_site] {
        for outsider in [&budgets, &below, &rider] {
            let refused = outsider.get(path).await.status;
            assert_eq!(refused, StatusCode::FORBIDDEN, "{path}");
        }
        for reader in [&staff, &auditor] {
            let page = reader.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(!page.text.contains("name=\"key\""), "{path}: {}", page.text);
        }
    }
    let clerks = format!("{of_store}/clerks");
    for (path, form) in [
        (MERCHANTS, "key=k&name=x"),
        (PLACES, "key=k&name=x&address=y"),
        (one, "act=state&key=k&to=left&reason=closed"),
        (of_store, "key=k"),
        (of_site, "key=k"),
        (clerks.as_str(), "act=employ&key=k&name=x&role=manager"),
    ] {
        for outsider in [&budgets, &below, &rider, &staff, &auditor] {
            let refused = outsider.post(path, form).await.status;
            assert_eq!(refused, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(state_of(&town, merchant).await, MerchantState::Active);
    assert!(called(&town, Register::Merchants, "x").await.is_empty());
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
