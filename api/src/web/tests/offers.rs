//! Offers on the pages: found by a rider, with and without a place, and chosen at the counter.

use super::*;

#[tokio::test]
async fn an_offer_is_found_and_chosen_at_the_counter() {
    let clock = Clock::fixed(Clock::System.now());
    let (site, web, file) = web(clock.clone()).await;
    let pages = router(site);
    let rider = Browser::of(&pages, "赵立军").await;
    let clerk = Browser::of(&pages, "刘春燕").await;
    let people = people();
    let member = people.iter().find(|one| one.name == "赵立军").expect("him");
    let deed = serde_json::json!({
        "kind": "request_fulfilled", "reference": "r", "occurred_at": clock.now(),
        "facts": { "category": "errand", "beneficiary": "community", "confirmed": true },
    });
    let award = AwardRequest {
        member: MemberId(member.id),
        deed: serde_json::from_value(deed).expect("a deed"),
        policy: None,
        position: Position::from_millionths(41_795_200, 123_308_500),
    };
    let awarded = web.ledger.submit_award(&operator(&web), &award).await;
    awarded.expect("six points");

    // Everything that is open; then what is near a station.
    let all = rider.get("/yuhong/places").await.text;
    for told in [
        "10 元住一晚",
        "40 分，另付 10 元",
        "还剩 120 份",
        "每元 0.5 分，最多 20 分，另付账单的 80%",
    ] {
        assert!(all.contains(told), "{told} in {all}");
    }
    let station = between(&all, "<option value=\"\">全部优惠</option>", "</option>");
    let station = between(station, "value=\"", "\"").to_owned();
    let near = rider
        .get(&format!("/yuhong/places?near={station}&minutes=60"))
        .await;
    assert!(
        near.text.contains("驿站 · 步行约 0 分钟") && near.text.contains("饮水"),
        "{}",
        near.text
    );
    let nowhere = rider
        .get(&format!("/yuhong/places?near={}", member.id))
        .await
        .text;
    assert!(nowhere.contains("没有登记位置"), "{nowhere}");

    // The counter: the bill is typed, the points are worked out, and the cash is said.
    let counter = clerk.get("/yuhong/counter").await.text;
    let option = counter
        .split("<option value=\"")
        .find(|part| part.contains("面馆八折"));
    let offer = option
        .and_then(|part| part.split('"').next())
        .expect("an offer")
        .to_owned();
    assert!(
        !counter.contains("10 元住一晚"),
        "that is another merchant's"
    );
    let page = rider.post("/yuhong/me/code", "").await.text;
    let drawn = between(&page, "aria-label=\"付款码数字\">", "</p>");
    let drawn = drawn.replace("<span>", "").replace("</span>", "");
    let charge = |code: &str, key: &str, amount: &str| {
        format!("code={code}&key={key}&offer={offer}&amount={amount}&points=")
    };
    let refused = clerk
        .post("/yuhong/counter", &charge(&drawn, "a", ""))
        .await;
    assert!(
        refused.text.contains("请填金额")
            && refused
                .text
                .contains(&format!("value=\"{offer}\" selected")),
        "{}",
        refused.text
    );
    let charged = clerk
        .post("/yuhong/counter", &charge(&drawn, "b", "10"))
        .await;
    assert_eq!(charged.status, StatusCode::SEE_OTHER, "{}", charged.text);
    let done = clerk.get(&charged.location).await.text;
    assert!(
        done.contains("收款成功") && done.contains("另收现金 8 元"),
        "{done}"
    );
    assert!(done.contains("<p class=\"huge\">5<small>"), "{done}");
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
