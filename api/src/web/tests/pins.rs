//! Clerks who take turns at one counter: each sets a PIN, takes over with it from another, and charges under their own name.

use std::net::Ipv4Addr;

use ledger::Offer;
use ledger::community::{Access, Clerk, ClerkRole, Registration, totp_at};
use ledger::ids::{ClerkId, random_bytes, sha256_hex};
use ledger::views::TrailFilter;

use super::town::{Town, id};
use super::*;

const PASSWORD: &str = "correct horse battery";
const SWITCH: &str = "/yuhong/counter/switch";
const PIN: &str = "/yuhong/account/pin";
const HOUR: i64 = 3_600;

/// The bytes of a secret in base32.
fn bytes_of(secret: &str) -> Vec<u8> {
    let letters = secret.bytes().map(|letter| match letter {
        b'A'..=b'Z' => letter - b'A',
        _ => letter - b'2' + 26,
    });
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for letter in letters {
        (bits, held) = ((bits << 5) | u32::from(letter), held + 5);
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held).expect("a byte"));
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

/// Somebody at a counter, and their browser.
struct AtCounter {
    clerk: ClerkId,
    browser: Browser,
}

impl Town {
    async fn begin_the_day() -> (Self, Clock) {
        let clock = Clock::fixed(Clock::System.now());
        (Self::begin_at(clock.clone()).await, clock)
    }

    /// Has somebody follow an invitation.
    async fn choose(&self, clerk: ClerkId, handle: &str) {
        let (ledger, program) = (&self.web.ledger, self.web.program.id);
        let (request, whom) = (operator(&self.web), (Role::Merchant, clerk.0));
        let hash = sha256_hex(&random_bytes::<32>());
        let invited = ledger.invite(&request, whom, handle, &hash).await;
        invited.expect("an invitation");
        let offer = Offer::draw("yuhong", handle);
        let code = totp_at(&bytes_of(&offer.secret), self.web.now());
        let totp = (offer.secret.as_str(), code.as_str());
        let accepted = ledger.accept_invitation(program, &hash, PASSWORD, totp, None);
        accepted.await.expect("a log-in");
    }

    /// Somebody of one of the two stores who has a log-in, in their browser.
    async fn with_log_in(&self, whose: usize, name: &str, role: ClerkRole) -> AtCounter {
        let clerk = Clerk {
            id: ClerkId(id()),
            store: self.stores[whose],
            name: name.to_owned(),
            role,
            whole_merchant: false,
        };
        let id = clerk.id;
        let command = Command::Register(Registration::Clerk(clerk));
        let done = self.web.app.execute(&operator(&self.web), command).await;
        done.expect("on record");
        self.choose(id, name).await;
        AtCounter {
            clerk: id,
            browser: self.let_in(Role::Merchant, id.0).await.1,
        }
    }

    async fn has_pin(&self, clerk: ClerkId) -> bool {
        let known = self.web.ledger.has_pin(self.web.program.id, clerk);
        known.await.expect("the ledger")
    }
}

impl AtCounter {
    async fn sets(&self, pin: &str) -> Answer {
        let form = format!("act=set&password=correct+horse+battery&pin={pin}&again={pin}");
        self.browser.post(PIN, &form).await
    }

    /// The same, and it is taken.
    async fn has_set(self, pin: &str) -> Self {
        let set = self.sets(pin).await;
        assert!(set.text.contains("PIN 码已设置"), "{}", set.text);
        self
    }
}

/// Somebody types their PIN in a browser.
async fn types(browser: &Browser, clerk: ClerkId, pin: &str) -> Answer {
    let form = format!("clerk={clerk}&pin={pin}");
    browser.post(SWITCH, &form).await
}

/// The browser once they have taken over.
async fn taken(browser: &Browser, clerk: ClerkId, pin: &str) -> Browser {
    let answer = types(browser, clerk, pin).await;
    assert_eq!(answer.location, "/yuhong/counter", "{}", answer.text);
    let mut taken = Browser {
        pages: browser.pages.clone(),
        cookie: answer.cookie,
        csrf: String::new(),
    };
    let counter = taken.get("/yuhong/counter").await.text;
    taken.csrf = between(&counter, "name=\"csrf\" value=\"", "\"").to_owned();
    taken
}

#[tokio::test]
async fn a_pin_is_set_with_the_password_and_removed() {
    let (town, _) = Town::begin_the_day().await;
    let lin = town.with_log_in(0, "小林", ClerkRole::Clerk).await;
    let page = lin.browser.get("/yuhong/account").await.text;
    assert!(page.contains("收银台 PIN 码（未设置）"), "{page}");
    for (pin, told) in [
        ("123", "4 到 8 位数字"),
        ("7777", "同一个数字"),
        ("4567", "连着的数字"),
    ] {
        let refused = lin.sets(pin).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(told), "{}", refused.text);
    }
    let differ = "act=set&password=correct+horse+battery&pin=2580&again=2581";
    let differ = lin.browser.post(PIN, differ).await;
    assert!(differ.text.contains("两次输入的 PIN 码不一样"));
    let wrong = "act=set&password=wrong+password&pin=2580&again=2580";
    let wrong = lin.browser.post(PIN, wrong).await;
    assert!(wrong.text.contains("当前密码不对"), "{}", wrong.text);
    assert!(!town.has_pin(lin.clerk).await);
    let lin = lin.has_set("2580").await;
    assert!(town.has_pin(lin.clerk).await);
    let page = lin.browser.get("/yuhong/account").await.text;
    assert!(page.contains("收银台 PIN 码（已设置）"), "{page}");
    let removed = lin.browser.post(PIN, "act=remove").await;
    assert!(removed.text.contains("PIN 码已取消"), "{}", removed.text);
    assert!(!town.has_pin(lin.clerk).await);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_clerk_takes_over_and_charges_under_their_own_name() {
    let (town, _) = Town::begin_the_day().await;
    let lin = town.with_log_in(0, "小林", ClerkRole::Clerk).await;
    let zhou = town.with_log_in(0, "小周", ClerkRole::Clerk).await;
    let zhou = zhou.has_set("2580").await;
    let counter = lin.browser.get("/yuhong/counter").await.text;
    assert!(counter.contains(SWITCH) && counter.contains("小林"));
    let till = lin.browser.get("/yuhong/counter/till").await.text;
    assert!(till.contains(SWITCH), "{till}");
    let page = lin.browser.get(SWITCH).await.text;
    assert!(
        page.contains("小周</option>") && !page.contains("小林</option>"),
        "{page}"
    );
    let nobody = lin.browser.post(SWITCH, "clerk=&pin=2580").await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = types(&lin.browser, zhou.clerk, "2581").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("PIN 码不对") && !wrong.text.contains("value=\"2581\""),
        "{}",
        wrong.text
    );

    let taken = taken(&lin.browser, zhou.clerk, "2580").await;
    let counter = taken.get("/yuhong/counter").await.text;
    assert!(
        counter.contains("小周") && !counter.contains("小林"),
        "{counter}"
    );
    // Who was there before is not any more; what zhou opened elsewhere goes on.
    let gone = lin.browser.get("/yuhong/counter").await;
    assert_eq!(gone.location, "/yuhong/login");
    let elsewhere = zhou.browser.get("/yuhong/account").await.text;
    assert!(elsewhere.contains("（PIN 码换人）"), "{elsewhere}");

    let rider = town.let_in(Role::Member, town.members[0].0).await.1;
    let pay = rider.post("/yuhong/me/code", "").await.text;
    let code = between(&pay, "aria-label=\"付款码数字\">", "</p>").replace("<span>", "");
    let code = code.replace("</span>", "");
    let charge = format!("key=k&code={code}&points=1");
    let charged = taken.post("/yuhong/counter", &charge).await;
    let redemption = charged.location.rsplit('=').next().expect("a redemption");
    let filter = TrailFilter {
        object: Some(redemption.parse().expect("an id")),
        limit: 10,
        ..TrailFilter::default()
    };
    let trail = town.web.ledger.trail(town.web.program.id, &filter).await;
    let changes = trail.expect("the trail").changes;
    let actors: Vec<_> = changes.iter().map(|change| change.actor).collect();
    assert_eq!(actors, [Some(ActorId(zhou.clerk.0))]);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn five_wrong_pins_lock_it_for_a_quarter_of_an_hour_and_nothing_else() {
    let (town, clock) = Town::begin_the_day().await;
    let lin = town.with_log_in(0, "小林", ClerkRole::Clerk).await;
    let zhou = town.with_log_in(0, "小周", ClerkRole::Clerk).await;
    let zhou = zhou.has_set("2580").await;
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(types(&lin.browser, zhou.clerk, "2581").await.status);
    }
    let (wrong, locked) = (
        StatusCode::UNPROCESSABLE_ENTITY,
        StatusCode::TOO_MANY_REQUESTS,
    );
    assert_eq!(told, [wrong, wrong, wrong, wrong, locked]);
    for (later, minutes) in [(0, "15 分钟后再试"), (899, "1 分钟后再试")] {
        clock.set(clock.now().plus_seconds(later));
        let right = types(&lin.browser, zhou.clerk, "2580").await;
        assert_eq!(right.status, locked);
        assert!(right.text.contains(minutes), "{}", right.text);
    }
    let (ledger, here) = (&town.web.ledger, Ipv4Addr::LOCALHOST.into());
    let password = ledger.check_password(town.web.program.id, "小周", PASSWORD, here);
    assert!(password.await.is_ok());
    clock.set(clock.now().plus_seconds(1));
    taken(&lin.browser, zhou.clerk, "2580").await;
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn only_who_works_at_the_store_and_is_still_there_takes_over() {
    let (town, _) = Town::begin_the_day().await;
    let lin = town.with_log_in(0, "小林", ClerkRole::Clerk).await;
    let elsewhere = town.with_log_in(1, "小何", ClerkRole::Clerk).await;
    let elsewhere = elsewhere.has_set("2580").await;
    let zhou = town.with_log_in(0, "小周", ClerkRole::Clerk).await;
    let zhou = zhou.has_set("2580").await;
    let wu = town.with_log_in(0, "小吴", ClerkRole::Clerk).await;
    let wu = wu.has_set("2580").await;
    assert!(!lin.browser.get(SWITCH).await.text.contains("小何"));

    let leave = Command::EndAccess {
        access: Access::Clerk(zhou.clerk),
        at: None,
    };
    let left = town.web.app.execute(&operator(&town.web), leave).await;
    left.expect("gone");
    // Whoever chose anew after an invitation sets another PIN, too.
    town.choose(wu.clerk, "小吴").await;
    for clerk in [elsewhere.clerk, zhou.clerk, wu.clerk] {
        let refused = types(&lin.browser, clerk, "2580").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(!town.has_pin(zhou.clerk).await && !town.has_pin(wu.clerk).await);
    let page = lin.browser.get(SWITCH).await.text;
    assert!(page.contains("还没有别的店员设置 PIN 码"), "{page}");
    // A PIN alone lets nobody in.
    let door = Browser::at_door(&town.pages).await;
    assert_eq!(door.get(SWITCH).await.location, "/yuhong/login");
    let refused = types(&door, elsewhere.clerk, "2580").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_manager_manages_after_a_log_in_and_not_after_a_pin() {
    let (town, _) = Town::begin_the_day().await;
    let lin = town.with_log_in(0, "小林", ClerkRole::Clerk).await;
    let boss = town.with_log_in(0, "周店长", ClerkRole::Manager).await;
    let boss = boss.has_set("2580").await;
    let clerks = "/yuhong/counter/clerks";
    assert_eq!(boss.browser.get(clerks).await.status, StatusCode::OK);
    let taken = taken(&lin.browser, boss.clerk, "2580").await;
    assert_eq!(taken.get(clerks).await.status, StatusCode::FORBIDDEN);
    let print = taken.post("/yuhong/counter/code", "").await;
    assert_eq!(print.status, StatusCode::FORBIDDEN);
    let payments = taken.get("/yuhong/counter/payments").await;
    assert_eq!(payments.status, StatusCode::OK);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_shift_is_not_made_longer_by_pins() {
    let (town, clock) = Town::begin_the_day().await;
    let lin = town.with_log_in(0, "小林", ClerkRole::Clerk).await;
    let lin = lin.has_set("1357").await;
    let zhou = town.with_log_in(0, "小周", ClerkRole::Clerk).await;
    let zhou = zhou.has_set("2580").await;
    let began = clock.now();
    let mut there = lin.browser;
    for turn in 1..=6 {
        clock.set(began.plus_seconds(turn * 110 * 60));
        let (clerk, pin) = match turn % 2 {
            1 => (zhou.clerk, "2580"),
            _ => (lin.clerk, "1357"),
        };
        there = taken(&there, clerk, pin).await;
    }
    clock.set(began.plus_seconds(12 * HOUR - 60));
    let counter = there.get("/yuhong/counter").await;
    assert_eq!(counter.status, StatusCode::OK);
    clock.set(began.plus_seconds(12 * HOUR));
    let over = there.get("/yuhong/counter").await;
    assert_eq!(over.location, "/yuhong/login");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
