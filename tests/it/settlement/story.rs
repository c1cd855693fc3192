//! One walk over HTTP: from an empty programme to statements that are paid. Each sum is worked out here from what was done.

mod stage;
mod tally;

use calamine::Data;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{ok, refused};
use tests::on_both;
use tests::town::{post, text};

use super::payments::{by_calamine, by_python};
use stage::{Offers, Shop, Stage, does};
use tally::{Bears, told};

/// Who is charged where: a rider at the first store or at the second.
const FIRST: usize = 0;
const SECOND: usize = 1;

/// An offer of each kind is taken up: by the code that a rider shows, and by the one on the store's wall. The repair.
async fn each_offer_is_taken_up(stage: &mut Stage, shop: &Shop, offers: &Offers) -> Value {
    let taken = json!({ "offer": offers.repair });
    let repair = stage
        .charges(&shop.clerk, (0, FIRST), taken, (Bears::Union, 1_000))
        .await;
    assert_eq!(
        repair["agreed"]["cash"], "5.00",
        "paid at the counter besides"
    );

    let lunch = json!({ "offer": offers.lunch, "amount": "16.29" });
    let lunch = ok(stage.pays(0, shop, lunch).await, 201);
    // Half a point a yuan: 8.145, rounded up to 8.15. Half of the yuan are paid in cash: 8.145, half a fen rounded up.
    assert_eq!(lunch["agreed"]["cash"], "8.15");
    stage.took(&lunch, (0, FIRST), (Bears::Nobody, 815)).await;

    let gloves = || json!({ "offer": offers.gloves });
    let manager = &shop.manager;
    let kept = stage
        .charges(manager, (1, SECOND), gloves(), (Bears::Nobody, 600))
        .await;
    assert_eq!(kept["agreed"]["bearer"], json!({ "by": "in_kind" }));
    let returned = stage
        .charges(manager, (1, SECOND), gloves(), (Bears::Nobody, 600))
        .await;
    let third = stage.asks(manager, (1, SECOND), gloves()).await;
    refused(third, "out_of_stock");
    let back = (1, json!({}), 600);
    let back = stage.gives_back(manager, "refund", &returned, back).await;
    assert_eq!(back["refunded"], "6.00", "the whole");
    let offer = format!("/v1/offers/{}", offers.gloves);
    let offer = ok(stage.auditor.get(&offer).await.unwrap(), 200);
    assert_eq!(offer["taken"], 1, "one pair is there again");
    repair
}

/// Points without an offer: at the wall, and by an address that a scanner read, a part of which comes back.
async fn points_are_paid(stage: &mut Stage, shop: &Shop) {
    let much = stage.pays(1, shop, json!({ "points": "500" })).await;
    refused(much, "insufficient_points");
    let paid = ok(stage.pays(1, shop, json!({ "points": "20" })).await, 201);
    stage.took(&paid, (1, FIRST), (Bears::Street, 2_000)).await;

    let scanned = format!("https://jifen.example/yuhong/pay#{}", stage.code(1).await);
    let charge = json!({ "code": scanned, "points": "18" });
    let charged = ok(does(&shop.clerk, "/v1/redemptions", charge).await, 201);
    stage
        .took(&charged, (1, FIRST), (Bears::Street, 1_800))
        .await;
    let refund = format!("/v1/redemptions/{}/refund", text(&charged["id"]));
    let part = json!({ "points": "5" });
    refused(does(&shop.clerk, &refund, part.clone()).await, "forbidden");
    let part = (1, part, 500);
    let back = stage
        .gives_back(&shop.manager, "refund", &charged, part)
        .await;
    assert_eq!(
        (&back["captured"], &back["refunded"]),
        (&json!("18.00"), &json!("5.00"))
    );
}

/// Points are held: once captured in part, once let go.
async fn points_are_held(stage: &mut Stage, shop: &Shop) {
    let hold = |points: &str| json!({ "points": points, "capture": false });
    let held = ok(stage.asks(&shop.clerk, (2, FIRST), hold("40")).await, 201);
    assert_eq!(
        (&held["state"], &held["captured"]),
        (&json!("held"), &json!("0.00"))
    );
    let capture = format!("/v1/redemptions/{}/capture", text(&held["id"]));
    refused(
        does(&shop.clerk, &capture, json!({ "points": "41" })).await,
        "capture_exceeds_hold",
    );
    let captured = ok(
        does(&shop.clerk, &capture, json!({ "points": "25" })).await,
        200,
    );
    stage
        .took(&captured, (2, FIRST), (Bears::Street, 2_500))
        .await;
    refused(
        does(&shop.clerk, &capture, json!({})).await,
        "hold_already_resolved",
    );

    let held = ok(stage.asks(&shop.clerk, (2, FIRST), hold("30")).await, 201);
    let void = format!("/v1/redemptions/{}/void", text(&held["id"]));
    let voided = ok(does(&shop.clerk, &void, json!({})).await, 200);
    assert_eq!(voided["state"], "voided");
    stage.has_what_is_left(2).await;
}

/// A clerk charges by mistake, and undoes it the same day.
async fn a_mistake_is_undone(stage: &mut Stage, shop: &Shop) {
    let points = json!({ "points": "12" });
    let worth = (Bears::Street, 1_200);
    let mistake = stage.charges(&shop.clerk, (0, FIRST), points, worth).await;
    let all = (0, json!({}), 1_200);
    let undone = stage.gives_back(&shop.clerk, "undo", &mistake, all).await;
    assert_eq!(undone["refunded"], "12.00");
    let points = json!({ "points": "1" });
    refused(
        stage.asks(&shop.finance, (0, FIRST), points).await,
        "forbidden",
    );
}

/// One call freezes what each store has. The statements, each as the tally has it.
async fn everything_is_frozen(stage: &mut Stage, shop: &Shop) -> [String; 2] {
    let street = &stage.owners.funders[0];
    let named = json!({ "funder": street, "rate": "85.5" });
    let page = ok(post(&stage.town.admin, "/v1/statements", named).await, 200);
    assert_eq!(page["next"], Value::Null);
    let mut statements = Vec::new();
    for (store, id) in stage.owners.stores.iter().enumerate() {
        let answers = page["stores"].as_array().unwrap();
        let frozen = answers.iter().find(|answer| answer["store"] == *id);
        let statement = &frozen.expect("a statement of each store")["statement"];
        let (points, fen) = stage.tally.freeze(store);
        let sums = (json!(told(points)), json!(told(fen)));
        assert_eq!(
            (&statement["points"], &statement["amount"]),
            (&sums.0, &sums.1),
            "{statement}"
        );
        let path = format!("/v1/statements/{}", text(&statement["id"]));
        let lines = ok(
            shop.finance.get(&format!("{path}/lines?limit=200")).await,
            200,
        );
        let sum = |field: &str| {
            let lines = lines["items"].as_array().unwrap().iter();
            let amounts = lines.map(|line| text(&line[field]).parse().unwrap());
            ledger::points::Points::sum(amounts).unwrap().to_string()
        };
        assert_eq!((json!(sum("amount")), json!(sum("money"))), sums, "{lines}");
        statements.push(path);
    }
    stage.balances().await;
    statements.try_into().unwrap()
}

/// The first store's manager disputes a line and gets an answer; then both statements are confirmed.
async fn the_stores_agree(stage: &Stage, shop: &Shop, [first, other]: &[String; 2]) {
    let lines = ok(shop.finance.get(&format!("{first}/lines")).await, 200);
    let version = &lines["items"][1]["version"];
    let dispute = json!({ "version": version, "reason": "points" });
    let [disputes, answers] = ["disputes", "answers"].map(|step| format!("{first}/{step}"));
    for outsider in [&shop.clerk, &shop.finance] {
        refused(
            does(outsider, &disputes, dispute.clone()).await,
            "forbidden",
        );
    }
    let disputed = ok(does(&shop.manager, &disputes, dispute).await, 200);
    assert_eq!(disputed["state"], "disputed");
    let confirm = format!("{first}/confirm");
    refused(
        does(&shop.manager, &confirm, json!({})).await,
        "statement_disputed",
    );
    let finding = json!({ "version": version, "finding": "stands" });
    let answered = ok(post(&stage.town.admin, &answers, finding).await, 200);
    assert_eq!(
        (&answered["state"], &answered["disputes"][0]["upheld"]),
        (&json!("frozen"), &json!(false))
    );

    let early = post(&stage.second, &format!("{first}/approve"), json!({})).await;
    refused(early, "not_confirmed");
    refused(
        post(&stage.town.admin, &confirm, json!({})).await,
        "store_only",
    );
    refused(does(&shop.clerk, &confirm, json!({})).await, "forbidden");
    for statement in [first, other] {
        let confirm = format!("{statement}/confirm");
        let confirmed = ok(does(&shop.manager, &confirm, json!({})).await, 200);
        assert_eq!(confirmed["state"], "confirmed");
    }
}

/// The merchant is suspended: nobody pays there, by neither code.
async fn nothing_more_is_charged(stage: &Stage, shop: &Shop) {
    stage.moves_to("suspended", "complaints").await;
    let points = || json!({ "points": "1" });
    for (clerk, store) in [(&shop.clerk, FIRST), (&shop.manager, SECOND)] {
        let asked = stage.asks(clerk, (2, store), points()).await;
        refused(asked, "merchant_suspended");
    }
    let paid = stage.pays(2, shop, points()).await;
    refused(paid, "merchant_suspended");
    stage.has_what_is_left(2).await;
}

/// A second person approves, and both are gathered to be paid together. The batch.
async fn the_statements_are_approved(stage: &Stage, statements: &[String; 2], fen: i64) -> String {
    for statement in statements {
        let approve = format!("{statement}/approve");
        let own = post(&stage.town.admin, &approve, json!({})).await;
        refused(own, "self_approval");
        let approved = ok(post(&stage.second, &approve, json!({})).await, 200);
        assert_eq!(approved["state"], "approved");
    }
    let gathered = post(&stage.town.admin, "/v1/payment-batches", json!({})).await;
    let gathered = ok(gathered, 201);
    let sums = (&gathered["statements"], &gathered["amount"]);
    assert_eq!(sums, (&json!(2), &json!(told(fen))));
    format!("/v1/payment-batches/{}", text(&gathered["id"]))
}

/// The files that the bank pays by have one line: for goods that were given nothing is paid.
async fn the_files_are_made(stage: &Stage, batch: &str, statement: &str, fen: i64) {
    let (admin, bank) = (&stage.town.admin, "中国银行沈阳于洪支行");
    let account = "6217000010001234567";
    let payee = format!("/v1/merchants/{}/payee", stage.merchant);
    let whom = json!({ "name": "王师傅", "bank": bank, "account": account });
    ok(post(admin, &payee, whom).await, 200);
    let file = async |format: &str| {
        let path = format!("{batch}/file");
        let made = post(admin, &path, json!({ "format": format })).await;
        assert_eq!(made.status, 200, "{}", made.text);
        made.bytes
    };
    let (amount, reference) = (told(fen), statement.replace('-', ""));
    let line = ["王师傅", bank, account, &amount, &reference, "一店"];
    let rows = by_python(&file("csv").await);
    assert_eq!(
        (rows.len(), &rows[1][..]),
        (2, &line.map(str::to_owned)[..])
    );
    let sheet = by_calamine(&file("xlsx").await);
    let yuan = Data::Float(amount.parse().unwrap());
    let line = line.map(|cell| match cell == amount {
        true => yuan.clone(),
        false => Data::String(cell.to_owned()),
    });
    assert_eq!((sheet.len(), &sheet[1][..]), (2, &line[..]));
}

/// What the bank says is booked, by somebody who did not freeze it. Suspended or not, what was charged is paid for.
async fn the_statements_are_paid(stage: &mut Stage, statements: &[String; 2], fen: i64) {
    const REFERENCE: &str = "BOC-20260401-0017";
    let [first, other] = statements;
    let batch = the_statements_are_approved(stage, statements, fen).await;
    let statement = first.trim_start_matches("/v1/statements/");
    the_files_are_made(stage, &batch, statement, fen).await;

    let bank = json!({ "payments": [{ "statement": statement, "reference": REFERENCE }] });
    let paid = format!("{batch}/paid");
    let own = ok(post(&stage.town.admin, &paid, bank.clone()).await, 200);
    assert_eq!(own[0]["problem"]["code"], "self_approval", "{own}");
    let booked = ok(post(&stage.second, &paid, bank).await, 200);
    assert_eq!(booked.as_array().map(Vec::len), Some(2), "{booked}");
    for (path, reference) in [(first, REFERENCE), (other, "none")] {
        let known = ok(stage.auditor.get(path).await.unwrap(), 200);
        let found = (&known["state"], &known["reference"]);
        assert_eq!(found, (&json!("paid"), &json!(reference)));
    }
    stage.tally.pay(FIRST);
    stage.tally.pay(SECOND);
    stage.balances().await;
}

/// What came back after the freeze is on the next statement, at the rate at which it was charged, and waits until more was taken.
async fn the_next_statement_is_paid(stage: &mut Stage, shop: &Shop) {
    let street = stage.owners.funders[0].clone();
    let path = format!("/v1/stores/{}/statements", stage.owners.stores[FIRST]);
    let named = || json!({ "funder": street, "rate": "85.5" });
    refused(
        post(&stage.town.admin, &path, named()).await,
        "nothing_to_settle",
    );
    stage.moves_to("active", "resolved").await;
    let paid = ok(stage.pays(2, shop, json!({ "points": "30" })).await, 201);
    stage.took(&paid, (2, FIRST), (Bears::Street, 3_000)).await;

    let frozen = ok(post(&stage.town.admin, &path, named()).await, 201);
    let (points, fen) = stage.tally.freeze(FIRST);
    // Thirty at 85.5 fen less ten at 120.
    assert_eq!((points, fen), (2_000, 2_565 - 1_200));
    assert_eq!(
        (&frozen["points"], &frozen["amount"]),
        (&json!(told(points)), &json!(told(fen)))
    );
    stage.balances().await;
    let statement = format!("/v1/statements/{}", text(&frozen["id"]));
    ok(
        does(&shop.manager, &format!("{statement}/confirm"), json!({})).await,
        200,
    );
    ok(
        post(&stage.second, &format!("{statement}/approve"), json!({})).await,
        200,
    );
    let bank = json!({ "reference": "BOC-20260501-0003" });
    let paid = ok(
        post(&stage.second, &format!("{statement}/pay"), bank).await,
        200,
    );
    assert_eq!(paid["state"], "paid");
    stage.tally.pay(FIRST);
}

/// Nothing is left between accepted and paid, and the ledger's own check and hledger find nothing wrong.
async fn the_books_are_closed(stage: &Stage) {
    stage.balances().await;
    let books = stage.town.books().await;
    for kind in [
        "merchant:",
        "member:hold",
        "member:pending",
        "member:debt",
        "program:breakage",
    ] {
        let left: Vec<_> = books.keys().filter(|name| name.starts_with(kind)).collect();
        assert!(left.is_empty(), "{left:?}");
    }
    let funders = ok(stage.auditor.get("/v1/funders").await.unwrap(), 200);
    let left = stage.tally.funds();
    for (funder, left) in stage.owners.funders.iter().zip(left) {
        let known = funders
            .as_array()
            .unwrap()
            .iter()
            .find(|known| known["id"] == *funder);
        assert_eq!(known.unwrap()["balance"], told(left));
    }
    assert_eq!(
        left[1], 10_000,
        "the repair was given back, and so was the union's money"
    );
    stage.town.sound().await;
    stage.town.agrees_with_hledger().await;
}

on_both! {
    async fn from_an_empty_programme_to_statements_that_are_paid(db: Database) {
        let mut stage = Stage::set(&db).await;
        let shop = stage.employ().await;
        stage.earns(0, 90, 9_000).await;
        // A hundred and twenty a day, ninety of them had.
        stage.earns(0, 60, 3_000).await;
        stage.earns(1, 120, 12_000).await;
        stage.earns(2, 80, 8_000).await;
        let early = stage.asks(&shop.clerk, (0, FIRST), json!({ "points": "1" })).await;
        refused(early, "merchant_suspended");
        stage.moves_to("active", "agreed").await;
        let offers = stage.offers().await;

        let repair = each_offer_is_taken_up(&mut stage, &shop, &offers).await;
        points_are_paid(&mut stage, &shop).await;
        points_are_held(&mut stage, &shop).await;
        a_mistake_is_undone(&mut stage, &shop).await;
        stage.balances().await;

        let statements = everything_is_frozen(&mut stage, &shop).await;
        // 12.00 of the union; of the street 17.10 for 20 points, 11.12 for 13 and 21.38 for 25.
        let due = 1_200 + 1_710 + 1_112 + 2_138;
        let first = ok(stage.auditor.get(&statements[FIRST]).await.unwrap(), 200);
        assert_eq!((&first["points"], &first["amount"]), (&json!("76.15"), &json!(told(due))));
        the_stores_agree(&stage, &shop, &statements).await;
        let back = (0, json!({}), 1_000);
        stage.gives_back(&shop.manager, "refund", &repair, back).await;
        nothing_more_is_charged(&stage, &shop).await;
        the_statements_are_paid(&mut stage, &statements, due).await;
        let paid = ok(stage.auditor.get(&statements[FIRST]).await.unwrap(), 200);
        assert_eq!((&paid["points"], &paid["amount"]), (&first["points"], &first["amount"]), "as it was frozen");

        the_next_statement_is_paid(&mut stage, &shop).await;
        the_books_are_closed(&stage).await;
    }
}
