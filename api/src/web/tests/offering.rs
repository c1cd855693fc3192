//! Offers at the desk: published once and chosen at the counter, said anew, stocked, paused and ended; found again, and taken along.

use ledger::community::StaffRole::{Awarder, MerchantManager};
use ledger::community::offer::{Bearer, Offer, OfferKind, OfferState, Price};
use ledger::ids::{MerchantId, OfferId};
use ledger::points::Points;
use ledger::policy::Window;
use ledger::views::{OfferFilter, OffersOf};
use uuid::Uuid;

use super::town::Town;
use super::*;

const OFFERS: &str = "/yuhong/desk/offers";
const TITLE: &str = "暖心午餐";

/// A form as a browser sends it.
fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        form.append_pair(name, value);
    }
    form.finish()
}

/// The same form with some fields that say something else.
fn but(fields: &[(&'static str, String)], others: &[(&'static str, &str)]) -> String {
    let said = |name: &&str| others.iter().any(|(other, _)| other == name);
    let kept = fields.iter().filter(|(name, _)| !said(name));
    let kept = kept.map(|(name, value)| (*name, value.as_str()));
    let fields: Vec<(&str, &str)> = kept.chain(others.iter().copied()).collect();
    form(&fields)
}

impl Town {
    /// Whose the store of the first rider's side is.
    async fn merchant(&self) -> MerchantId {
        let (program, store) = (self.web.program.id, self.stores[0]);
        let merchant = self.web.ledger.merchant_of(program, store).await;
        merchant.expect("the ledger").expect("a merchant")
    }

    async fn offers_of(&self, merchant: MerchantId) -> Vec<Offer> {
        let filter = OfferFilter {
            of: OffersOf::Merchant(merchant),
            open: false,
            now: self.web.now(),
            after: OfferId(Uuid::nil()),
            limit: 100,
        };
        let offers = self.web.ledger.offers(self.web.program.id, &filter).await;
        let offers = offers.expect("offers").into_iter();
        offers.map(|view| view.offer).collect()
    }

    async fn offer(&self, id: OfferId) -> Offer {
        let (program, now) = (self.web.program.id, self.web.now());
        let known = self.web.ledger.offer(program, id, now).await;
        known.expect("the ledger").expect("the offer").offer
    }

    /// What is filled in where it is kept short.
    async fn short(&self, key: &str) -> Vec<(&'static str, String)> {
        vec![
            ("key", key.to_owned()),
            ("merchant", self.merchant().await.to_string()),
            ("title", TITLE.to_owned()),
            ("kind", "service".to_owned()),
            ("points", "3".to_owned()),
            ("bearer", "merchant".to_owned()),
            ("store", self.stores[0].to_string()),
        ]
    }

    /// Published by somebody; where its page is.
    async fn published(&self, manager: &Browser, key: &str) -> (OfferId, String) {
        let made = manager
            .post(OFFERS, &but(&self.short(key).await, &[]))
            .await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
        let path = made.location.strip_suffix("?done=made").expect("its page");
        let id = path.rsplit('/').next().expect("an id");
        (id.parse().expect("an id"), path.to_owned())
    }

    /// Its first rider pays for an offer at the counter of the first store.
    async fn take(&self, offer: OfferId) {
        let rider = self.let_in(Role::Member, self.members[0].0).await.1;
        let clerk = Browser::of(&self.pages, "刘春燕").await;
        let page = rider.post("/yuhong/me/code", "").await.text;
        let drawn = between(&page, "aria-label=\"付款码数字\">", "</p>");
        let drawn = drawn.replace("<span>", "").replace("</span>", "");
        let charge = format!("code={drawn}&key=t-{offer}&offer={offer}&amount=&points=");
        let charged = clerk.post("/yuhong/counter", &charge).await;
        assert_eq!(charged.status, StatusCode::SEE_OTHER, "{}", charged.text);
    }
}

#[tokio::test]
async fn an_offer_is_published_once_and_chosen_at_the_counter() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let merchant = town.merchant().await;
    let begin = format!("{OFFERS}/new");
    let whose = manager.get(&begin).await.text;
    assert!(whose.contains(&format!("<option value=\"{merchant}\">")));
    let page = manager.get(&format!("{begin}?merchant={merchant}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let store = format!("name=\"store\" value=\"{}\"", town.stores[0]);
    assert!(page.text.contains(&store), "{}", page.text);
    assert!(
        page.text.contains("由“于洪区暖新专项资金”按分结算"),
        "{}",
        page.text
    );

    let before = town.offers_of(merchant).await.len();
    let (id, path) = town.published(&manager, "a").await;
    assert_eq!(town.published(&manager, "a").await, (id, path.clone()));
    assert_eq!(town.offers_of(merchant).await.len(), before + 1);
    let offer = town.offer(id).await;
    let (three, cash) = (Points::whole(3).expect("points"), Points::ZERO);
    let points = three;
    assert_eq!(offer.terms.price, Price::Fixed { points, cash });
    assert_eq!(offer.terms.bearer, Bearer::Merchant);
    assert_eq!(offer.terms.kind, OfferKind::Service);
    assert_eq!(offer.terms.stores, [town.stores[0]]);

    let list = manager.get(OFFERS).await.text;
    assert!(list.contains(TITLE) && list.contains("10 元住一晚"));
    town.take(id).await;
    let one = manager.get(&format!("{path}?done=made")).await.text;
    assert!(one.contains("已发布"), "{one}");
    assert!(one.contains("<dt>已兑</dt><dd>1</dd>"), "{one}");
    assert!(
        !one.contains("近几个月收取的"),
        "they do not read the books"
    );
    let auditor = Browser::of(&town.pages, "何静").await;
    let read = auditor.get(&path).await.text;
    assert!(read.contains("近几个月收取的"), "{read}");
    assert!(read.contains("data-label=\"收取积分\"><b>3<"), "{read}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn everything_that_an_offer_may_say_is_kept() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let funders = town.web.ledger.funders(town.web.program.id).await;
    let funder = funders.expect("funders").remove(0).id.to_string();
    let all = [
        ("points", ""),
        ("rate", "0.50"),
        ("most", "20"),
        ("share", "80"),
        ("rounding", "down"),
        ("bearer", funder.as_str()),
        ("fen", "85.5"),
        ("fen_rounding", "up"),
        ("stock", "50"),
        ("count", "2"),
        ("every", "week"),
        ("from", "2020-01-01T00:00"),
        ("until", "2120-01-01T00:00"),
        ("hours.0.day", "1"),
        ("hours.0.day", "5"),
        ("hours.0.from", "11:00"),
        ("hours.0.until", "13:30"),
        ("needed.1.deed", "patrol_shift"),
        ("needed.1.count", "3"),
        ("needed.1.days", "30"),
        ("description", "凭码取餐"),
    ];
    let made = manager
        .post(OFFERS, &but(&town.short("all").await, &all))
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let path = made.location.strip_suffix("?done=made").expect("its page");
    let id = path.rsplit('/').next().expect("an id").parse();
    let terms = town.offer(id.expect("an id")).await.terms;
    let Price::Amount { cash_share, .. } = terms.price else {
        panic!("{:?}", terms.price);
    };
    assert_eq!((cash_share, terms.stock), (8_000, Some(50)));
    let limit = terms.limit.expect("a limit");
    assert_eq!((limit.count, limit.every), (2, Window::Week));
    assert_eq!(terms.hours.0[0].days, [1, 5]);
    assert_eq!(terms.needed[0].within_days, 30);
    let page = manager.get(path).await.text;
    for told in [
        "每元 0.5 分，最多 20 分，另付账单的 80%",
        "于洪区暖新专项资金，每分 85.5 分钱，不足一分钱的进一",
        "周一、周五 11:00–13:30",
        "每人每周 2 次",
        "近 30 天做满 3 次",
        "凭码取餐",
        "50 份",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
    // The form that changes it holds the same.
    let form = manager.get(&format!("{path}/terms")).await.text;
    for held in [
        "value=\"0.5\"",
        "value=\"80\"",
        "value=\"85.5\"",
        "value=\"2020-01-01T00:00\"",
        "value=\"11:00\"",
        "<option value=\"patrol_shift\" selected>",
        "<option value=\"week\" selected>",
        ">凭码取餐</textarea>",
    ] {
        assert!(form.contains(held), "{held} in {form}");
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn what_was_typed_is_kept_with_what_is_wrong_beside_it() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let merchant = town.merchant().await;
    let before = town.offers_of(merchant).await.len();
    let short = town.short("w").await;
    for (fields, field, words) in [
        (vec![("points", "many")], "points", "最多两位小数"),
        (vec![("points", "0")], "points", "积分数要大于 0"),
        (vec![("points", "")], "points", "请填要多少积分"),
        (vec![("rate", "0.5")], "rate", "只填一样"),
        (vec![("share", "80")], "share", "只有按账单计分时才填"),
        (vec![("bearer", "")], "bearer", "请选由谁承担"),
        (vec![("fen", "85")], "fen", "只有由资金结算时才填单价"),
        (vec![("stock", "0")], "stock", "要 1 份以上"),
        (vec![("count", "x")], "count", "请填整数"),
        (
            vec![("from", "2120-01-01T00:00"), ("until", "2120-01-01T00:00")],
            "until",
            "到期要晚于开始",
        ),
        (
            vec![("hours.2.from", "11:00"), ("hours.2.until", "12:00")],
            "hours-0",
            "要选星期",
        ),
        (vec![("needed.0.count", "3")], "needed-0", "请选事项"),
    ] {
        let wrong = manager.post(OFFERS, &but(&short, &fields)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let said = between(&wrong.text, &format!("id=\"{field}-wrong\">"), "</p>");
        assert!(said.contains(words), "{field}: {said}");
        for (_, value) in fields {
            let kept = format!("value=\"{value}\"");
            assert!(wrong.text.contains(&kept), "{kept} in {}", wrong.text);
        }
        assert!(wrong.text.contains(&format!("value=\"{TITLE}\"")));
    }
    let untitled = manager.post(OFFERS, &but(&short, &[("title", " ")])).await;
    assert!(untitled.text.contains("id=\"title-wrong\""));
    let nobodys = manager
        .post(OFFERS, &but(&short, &[("merchant", "none")]))
        .await;
    assert_eq!(nobodys.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobodys.text.contains("请先选是哪家商户的"));
    assert_eq!(town.offers_of(merchant).await.len(), before);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn an_offer_is_said_anew_and_what_it_said_is_kept() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let (id, path) = town.published(&manager, "r").await;
    let terms = format!("{path}/terms");
    let form = manager.get(&terms).await.text;
    assert!(form.contains("name=\"revision\" value=\"1\""), "{form}");
    let short = town.short("r2").await;
    let dearer = [("points", "4"), ("revision", "1")];
    for _ in 0..2 {
        let changed = manager.post(&terms, &but(&short, &dearer)).await;
        assert_eq!(changed.location, format!("{path}?done=revised"));
    }
    assert_eq!(town.offer(id).await.revision, 2, "once for each form");
    let page = manager.get(&path).await.text;
    for told in ["第 2 版", "第 1 版", "4 分", "3 分", "以前的内容"] {
        assert!(page.contains(told), "{told} in {page}");
    }

    // Whoever did not see that does not undo it unawares; a form that is sent again with something else in it goes under another key.
    for key in ["late", "r2"] {
        let unseen = [("key", key), ("points", "5"), ("revision", "1")];
        let late = manager.post(&terms, &but(&short, &unseen)).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.text.contains("已经有人改过"), "{}", late.text);
        assert!(late.text.contains("name=\"revision\" value=\"2\""));
        let kept = format!("name=\"key\" value=\"{key}\"");
        assert_eq!(late.text.contains(&kept), key == "late", "{key}");
        assert_eq!(town.offer(id).await.revision, 2);
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn there_are_as_many_of_an_offer_as_is_said() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let made = town.short("s").await;
    let made = manager.post(OFFERS, &but(&made, &[("stock", "1")])).await;
    let path = made.location.strip_suffix("?done=made").expect("its page");
    let id: OfferId = path.rsplit('/').next().expect("an id").parse().expect("it");
    town.take(id).await;
    assert!(manager.get(OFFERS).await.text.contains("已兑完"));
    for _ in 0..2 {
        let more = manager.post(path, "act=stock&key=m&stock=20").await;
        assert_eq!(more.location, format!("{path}?done=stock"), "{}", more.text);
    }
    let known = town.offer(id).await;
    assert_eq!((known.left(), known.revision), (Some(19), 2));
    for (key, stock, words) in [
        ("n", "x", "1 以上的整数"),
        ("o", "0", "1 以上的整数"),
        ("p", "20", "总份数没有变"),
        ("m", "10", "提交过别的内容"),
    ] {
        let form = format!("act=stock&key={key}&stock={stock}");
        let wrong = manager.post(path, &form).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = between(&wrong.text, "id=\"stock-wrong\">", "</p>");
        assert!(said.contains(words), "{said}");
        let kept = format!("name=\"stock\" inputmode=\"numeric\" value=\"{stock}\"");
        assert!(wrong.text.contains(&kept), "{}", wrong.text);
        let used = format!("name=\"key\" value=\"{key}\"");
        assert!(!wrong.text.contains(&used), "{key}");
        assert_eq!(town.offer(id).await.revision, 2, "{key}");
    }
    let unlimited = manager.post(path, "act=stock&key=u&stock=").await;
    assert_eq!(unlimited.status, StatusCode::SEE_OTHER);
    assert_eq!(town.offer(id).await.left(), None);
    let another = but(&town.short("t").await, &[("revision", "3"), ("stock", "0")]);
    let none = manager.post(&format!("{path}/terms"), &another).await;
    assert!(none.text.contains("id=\"stock-wrong\""), "{}", none.text);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn an_offer_is_paused_opened_again_and_ended() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let (id, path) = town.published(&manager, "e").await;
    let clerk = Browser::of(&town.pages, "刘春燕").await;
    let choosable = async || clerk.get("/yuhong/counter").await.text.contains(TITLE);
    assert!(choosable().await);
    for (act, state) in [
        ("pause", OfferState::Paused),
        ("resume", OfferState::Open),
        ("end", OfferState::Ended),
    ] {
        let page = manager.get(&path).await.text;
        assert!(page.contains(&format!("value=\"{act}\"")), "{page}");
        assert!(page.contains("结束以后不能恢复"), "{page}");
        for _ in 0..2 {
            let form = format!("act={act}&key=k");
            let moved = manager.post(&path, &form).await;
            assert_eq!(moved.location, format!("{path}?done={act}"));
        }
        assert_eq!(town.offer(id).await.state, state);
        assert_eq!(choosable().await, state == OfferState::Open);
    }
    let page = manager.get(&format!("{path}?done=end")).await.text;
    assert!(page.contains("已结束") && !page.contains("value=\"stock\""));
    let over = manager.post(&path, "act=pause&key=l").await;
    assert_eq!(over.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(over.text.contains("这项优惠已结束"), "{}", over.text);
    assert_eq!(manager.get(&format!("{path}/terms")).await.location, path);
    let listed = async |state: &str| {
        let path = format!("{OFFERS}?state={state}");
        manager.get(&path).await.text.contains(TITLE)
    };
    assert!(listed("ended").await && listed("").await);
    assert!(!listed("open").await && !listed("paused").await);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn offers_are_for_who_has_to_do_with_merchants_and_read_by_auditors() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let (_, path) = town.published(&manager, "x").await;
    let pages = [
        OFFERS.to_owned(),
        path.clone(),
        format!("{OFFERS}/new"),
        format!("{path}/terms"),
    ];
    let below = town.worker(&[MerchantManager], Some(town.nodes[0])).await;
    let awarder = town.worker(&[Awarder], None).await;
    let rider = Browser::of(&town.pages, "赵立军").await;
    let clerk = Browser::of(&town.pages, "刘春燕").await;
    for stranger in [&below, &awarder, &rider, &clerk] {
        for page in &pages {
            let refused = stranger.get(page).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{page}");
        }
        let form = but(&town.short("y").await, &[]);
        for (page, form) in [(OFFERS, form.as_str()), (path.as_str(), "act=end&key=z")] {
            let refused = stranger.post(page, form).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{page}");
        }
    }
    let auditor = Browser::of(&town.pages, "何静").await;
    let list = auditor.get(OFFERS).await.text;
    assert!(list.contains(TITLE) && !list.contains("发布优惠"), "{list}");
    let one = auditor.get(&path).await.text;
    assert!(one.contains(TITLE) && !one.contains("value=\"end\""));
    assert_eq!(
        auditor.post(path.as_str(), "act=end&key=z").await.status,
        StatusCode::FORBIDDEN
    );
    let none = format!("{OFFERS}/{}", Uuid::nil());
    assert_eq!(manager.get(&none).await.status, StatusCode::NOT_FOUND);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn offers_are_searched_and_taken_along() {
    let town = Town::begin().await;
    let manager = town.worker(&[MerchantManager], None).await;
    let merchant = town.merchant().await;
    town.published(&manager, "f").await;
    let asked = |fields: &[(&str, &str)]| format!("{OFFERS}?{}", form(fields));
    let found = manager.get(&asked(&[("q", "旅馆 住一晚")])).await.text;
    assert!(found.contains("10 元住一晚") && !found.contains(TITLE));
    let nothing = manager.get(&asked(&[("q", "没有的")])).await.text;
    assert!(nothing.contains("没有符合的"), "{nothing}");
    let theirs = merchant.to_string();
    let of = manager.get(&asked(&[("merchant", &theirs)])).await.text;
    assert!(of.contains(TITLE) && !of.contains("10 元住一晚"), "{of}");
    let csv = asked(&[("merchant", &theirs), ("q", TITLE), ("as", "csv")]);
    let csv = manager.get(&csv).await.text;
    let mut lines = csv.lines();
    let header = lines.next().expect("a header");
    assert!(header.contains("优惠,类别,商户,价格"), "{header}");
    let line = lines.next().expect("a line");
    assert!(line.starts_with("暖心午餐,服务,"), "{line}");
    assert!(line.contains(",3 分,不限,0,不限,"), "{line}");
    assert_eq!(lines.next(), None);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
