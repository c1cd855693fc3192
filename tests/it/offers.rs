//! Offers taken up: what they cost, who may, how often, how many there are; and merchants that stop taking part.

mod http;
mod places;
mod raced;
mod tampered;

use ledger::WriteError;
use ledger::community::merchant::{MerchantReason, MerchantState};
use ledger::community::offer::{Bearer, Limit, Needed, OfferKind, OfferState, OfferTerms, Price};
use ledger::community::{Funder, Registration, Store};
use ledger::ids::{FunderId, MerchantId, OfferId, RedemptionId, StoreId, derived};
use ledger::machine::merchants::MerchantCommand;
use ledger::machine::offers::OfferCommand;
use ledger::machine::{Asked, Charge, Command, Outcome, Receipt, Redemption, RedemptionState};
use ledger::points::{Points, Rate, Rounding};
use ledger::policy::Window;
use ledger::views::{Falling, OfferFilter, OffersOf};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, code_of, points, redemption_of};
use uuid::Uuid;

/// The merchant of the story's stores.
pub fn merchant_of(story: &Story) -> MerchantId {
    MerchantId(derived(&[story.program.0.as_bytes(), b"merchant"]))
}

pub fn yuan(text: &str) -> Points {
    text.parse().unwrap()
}

/// A service for so many points, borne by the merchant.
pub fn plain(price: i64) -> OfferTerms {
    OfferTerms {
        title: "免费修车".to_owned(),
        description: None,
        kind: OfferKind::Service,
        stores: Vec::new(),
        price: Price::Fixed {
            points: points(price),
            cash: Points::ZERO,
        },
        bearer: Bearer::Merchant,
        stock: None,
        from: None,
        until: None,
        hours: Default::default(),
        limit: None,
        needed: Vec::new(),
    }
}

pub async fn make(story: &Story, name: &str, terms: OfferTerms) -> OfferId {
    let offer = OfferId(derived(&[story.program.0.as_bytes(), name.as_bytes()]));
    let merchant = merchant_of(story);
    let command = OfferCommand::Make {
        offer,
        merchant,
        terms,
    };
    change(story, command).await.unwrap();
    offer
}

pub async fn change(story: &Story, command: OfferCommand) -> Result<Receipt, WriteError> {
    let command = Command::Offer(Box::new(command));
    story.execute(story.admin(), None, command).await
}

/// A member takes an offer up with a new code.
pub async fn take(
    story: &Story,
    member: usize,
    store: usize,
    asked: Asked,
    capture: bool,
) -> Result<Receipt, WriteError> {
    let command = Command::Authorise {
        payer: story.code(member).await.into(),
        store: story.stores[store],
        charge: Charge::Offer(asked),
        capture,
        hold_seconds: HOUR,
    };
    story.execute(story.merchant(store), None, command).await
}

pub const fn asked(offer: OfferId) -> Asked {
    Asked {
        offer,
        amount: None,
    }
}

pub fn for_yuan(offer: OfferId, amount: &str) -> Asked {
    Asked {
        offer,
        amount: Some(yuan(amount)),
    }
}

pub fn redemption(receipt: Receipt) -> Redemption {
    match receipt.outcome {
        Outcome::Redemption(redemption) => redemption,
        other => panic!("{other:?} is no redemption"),
    }
}

pub async fn taken(story: &Story, offer: OfferId) -> i64 {
    let now = story.clock.now();
    let view = story.ledger.offer(story.program, offer, now).await;
    view.unwrap().unwrap().offer.taken
}

/// Each of the first members has 120 points.
pub async fn begin(db: &Database) -> Story {
    let story = Story::begin(db).await;
    for member in 0..3 {
        let award = story.service_of(member, &format!("visit-{member}"), 120);
        story.award(&award).await.unwrap();
    }
    story
}

async fn move_to(
    story: &Story,
    to: MerchantState,
    reason: MerchantReason,
) -> Result<Receipt, WriteError> {
    let merchant = merchant_of(story);
    let command = MerchantCommand::Move {
        merchant,
        to,
        reason,
    };
    let command = Command::Merchant(Box::new(command));
    story.execute(story.admin(), None, command).await
}

on_both! {
    async fn a_fixed_price_with_co_pay_and_a_price_by_amount_are_worked_out_and_pinned(db: Database) {
        let story = begin(&db).await;
        let funder = FunderId(derived(&[b"funder"]));
        let record = Funder { id: funder, name: "街道办".to_owned() };
        story.register(Registration::Funder(record)).await;
        let rate = Rate::new("85.5".parse().unwrap(), Rounding::HalfUp);
        let lodging = OfferTerms {
            price: Price::Fixed { points: points(20), cash: yuan("10") },
            bearer: Bearer::Fund { funder, rate },
            ..plain(1)
        };
        let lodging = make(&story, "lodging", lodging).await;
        let paid = redemption(take(&story, 0, 0, asked(lodging), true).await.unwrap());
        let terms = paid.terms.unwrap();
        assert_eq!((paid.authorised, terms.cash, terms.revision), (points(20), yuan("10"), 1));
        assert_eq!(terms.bearer, Bearer::Fund { funder, rate });

        let by_amount = OfferTerms {
            kind: OfferKind::Discount,
            price: Price::Amount {
                rate: "0.333".parse().unwrap(), rounding: Rounding::Down, most: Some(points(15)), cash_share: 8_000,
            },
            ..plain(1)
        };
        let discount = make(&story, "discount", by_amount).await;
        let paid = redemption(take(&story, 0, 1, for_yuan(discount, "10.05"), true).await.unwrap());
        assert_eq!((paid.authorised, paid.terms.unwrap().cash), (yuan("3.34"), yuan("8.04")), "3.34665 rounded down");
        let most = redemption(take(&story, 0, 1, for_yuan(discount, "100"), false).await.unwrap());
        assert_eq!((most.authorised, most.state), (points(15), RedemptionState::Held));

        for (offer, code) in [
            (asked(discount), "amount_required"),
            (for_yuan(lodging, "1"), "amount_unwanted"),
            (for_yuan(discount, "0.01"), "amount_too_small"),
            (asked(OfferId(Uuid::nil())), "unknown_offer"),
        ] {
            assert_eq!(code_of(take(&story, 1, 0, offer, true).await), code);
        }
        let dear = make(&story, "dear", plain(121)).await;
        assert_eq!(code_of(take(&story, 1, 0, asked(dear), true).await), "insufficient_points");
        assert_eq!(taken(&story, dear).await, 0);
        story.clean(&db).await;
    }

    async fn what_was_agreed_on_stays_when_the_offer_changes(db: Database) {
        let story = begin(&db).await;
        let offer = make(&story, "repair", plain(10)).await;
        let before = redemption(take(&story, 0, 0, asked(offer), false).await.unwrap());
        let terms = plain(30);
        change(&story, OfferCommand::Revise { offer, terms }).await.unwrap();
        let after = redemption(take(&story, 0, 0, asked(offer), true).await.unwrap());
        assert_eq!((after.authorised, after.terms.unwrap().revision), (points(30), 2));
        let capture = Command::Capture { redemption: before.id, points: None };
        let captured = redemption(story.execute(story.merchant(0), None, capture).await.unwrap());
        assert_eq!((captured.captured, captured.terms), (points(10), before.terms));
        let stored = story.ledger.redemption(story.program, before.id).await.unwrap().unwrap();
        assert_eq!(stored.terms, before.terms);

        let paused = OfferCommand::Move { offer, to: OfferState::Paused };
        change(&story, paused.clone()).await.unwrap();
        assert_eq!(code_of(change(&story, paused).await), "offer_state");
        assert_eq!(code_of(take(&story, 0, 0, asked(offer), true).await), "offer_not_open");
        change(&story, OfferCommand::Move { offer, to: OfferState::Open }).await.unwrap();
        take(&story, 0, 0, asked(offer), true).await.unwrap();
        change(&story, OfferCommand::Move { offer, to: OfferState::Ended }).await.unwrap();
        let again = OfferCommand::Move { offer, to: OfferState::Open };
        assert_eq!(code_of(change(&story, again).await), "offer_state");
        let terms = plain(1);
        assert_eq!(code_of(change(&story, OfferCommand::Revise { offer, terms }).await), "offer_state");
        story.clean(&db).await;
    }

    async fn stock_comes_back_with_a_void_a_release_and_a_whole_refund(db: Database) {
        let story = begin(&db).await;
        let gloves = OfferTerms { stock: Some(3), bearer: Bearer::InKind, kind: OfferKind::Gift, ..plain(5) };
        let offer = make(&story, "gloves", gloves.clone()).await;
        let mut held = Vec::new();
        for capture in [false, false, true] {
            held.push(redemption_of(&take(&story, 0, 0, asked(offer), capture).await.unwrap()));
        }
        assert_eq!(code_of(take(&story, 1, 0, asked(offer), true).await), "out_of_stock");
        assert_eq!(taken(&story, offer).await, 3);
        let fewer = OfferCommand::Revise { offer, terms: OfferTerms { stock: Some(2), ..gloves } };
        assert_eq!(code_of(change(&story, fewer).await), "stock_taken");

        let does = async |command| story.execute(story.merchant(0), None, command).await.unwrap();
        does(Command::Void { redemption: held[0] }).await;
        assert_eq!(taken(&story, offer).await, 2);
        does(Command::Refund { redemption: held[2], points: Some(points(2)) }).await;
        assert_eq!(taken(&story, offer).await, 2, "a part of it is still taken");
        does(Command::Refund { redemption: held[2], points: None }).await;
        assert_eq!(taken(&story, offer).await, 1);
        story.later(2 * HOUR);
        let release = Command::ReleaseHold { redemption: held[1] };
        story.execute(story.admin(), None, release).await.unwrap();
        assert_eq!(taken(&story, offer).await, 0);
        assert_eq!(story.available(0).await, 12_000);
        story.clean(&db).await;
    }

    async fn an_offer_is_for_who_did_enough_lately(db: Database) {
        let story = begin(&db).await;
        let needed = vec![
            Needed { deed: "volunteer_service".to_owned(), count: 1, within_days: 30 },
            Needed { deed: "patrol_shift".to_owned(), count: 2, within_days: 7 },
        ];
        let offer = make(&story, "lunch", OfferTerms { needed, ..plain(5) }).await;
        let refused = take(&story, 0, 0, asked(offer), true).await.unwrap_err();
        let WriteError::Rejected(rejection) = refused else { panic!("{refused:?}") };
        let told = serde_json::to_value(&rejection).unwrap();
        assert_eq!((told["code"].as_str(), told["deed"].as_str()), (Some("not_eligible"), Some("patrol_shift")));
        assert_eq!((told["needed"].as_i64(), told["missing"].as_i64()), (Some(2), Some(2)));

        let mut awards = Vec::new();
        for reference in ["shift-1", "shift-2"] {
            let award = tests::story::award_of(&story.award(&story.patrol_of(0, reference, 60)).await.unwrap());
            awards.push(award);
        }
        assert_eq!(code_of(take(&story, 0, 0, asked(offer), true).await), "not_eligible", "nobody approved them yet");
        for &award in &awards {
            story.execute(story.staff(1), None, Command::ApproveAward { award }).await.unwrap();
        }
        take(&story, 0, 0, asked(offer), true).await.unwrap();
        let reason = ledger::machine::Reason::Mistake;
        story.execute(story.staff(1), None, Command::ReverseAward { award: awards[0], reason }).await.unwrap();
        assert_eq!(code_of(take(&story, 0, 0, asked(offer), true).await), "not_eligible", "one of them fell");
        let again = story.patrol_of(0, "shift-3", 60);
        let award = tests::story::award_of(&story.award(&again).await.unwrap());
        story.execute(story.staff(1), None, Command::ApproveAward { award }).await.unwrap();
        take(&story, 0, 0, asked(offer), true).await.unwrap();
        story.later(8 * DAY);
        assert_eq!(code_of(take(&story, 0, 0, asked(offer), true).await), "not_eligible", "that was long ago");
        story.clean(&db).await;
    }

    async fn an_offer_has_its_place_its_time_and_its_hours(db: Database) {
        let story = begin(&db).await;
        let now = story.clock.now();
        let hours = |text: &str| serde_json::from_str(text).unwrap();
        let elsewhere = OfferTerms { stores: vec![story.stores[1]], ..plain(1) };
        let elsewhere = make(&story, "elsewhere", elsewhere).await;
        assert_eq!(code_of(take(&story, 0, 0, asked(elsewhere), true).await), "offer_not_here");
        take(&story, 0, 1, asked(elsewhere), true).await.unwrap();
        let later = make(&story, "later", OfferTerms { from: Some(now.plus_seconds(HOUR)), ..plain(1) }).await;
        let over = make(&story, "over", OfferTerms { until: Some(now.plus_seconds(HOUR)), ..plain(1) }).await;
        // The story begins at ten on a Thursday.
        let lunch = hours(r#"[{"days": [4], "from": "11:00", "until": "12:00"}]"#);
        let lunch = make(&story, "lunch", OfferTerms { hours: lunch, ..plain(1) }).await;
        let open = async || {
            let filter = OfferFilter {
                of: OffersOf::Store(story.stores[0]), open: true, now: story.clock.now(), after: OfferId(Uuid::nil()), limit: 9,
            };
            let offers = story.ledger.offers(story.program, &filter).await.unwrap();
            let mut ids: Vec<OfferId> = offers.iter().map(|view| view.offer.id).collect();
            ids.sort();
            ids
        };
        let sorted = |mut ids: Vec<OfferId>| { ids.sort(); ids };
        assert_eq!(open().await, [over]);
        assert_eq!(code_of(take(&story, 0, 0, asked(later), true).await), "offer_not_open");
        assert_eq!(code_of(take(&story, 0, 0, asked(lunch), true).await), "offer_not_now");
        take(&story, 0, 0, asked(over), true).await.unwrap();
        story.later(HOUR);
        assert_eq!(open().await, sorted(vec![later, lunch]));
        take(&story, 0, 0, asked(later), true).await.unwrap();
        take(&story, 0, 0, asked(lunch), true).await.unwrap();
        assert_eq!(code_of(take(&story, 0, 0, asked(over), true).await), "offer_not_open");
        story.later(DAY);
        assert_eq!(code_of(take(&story, 0, 0, asked(lunch), true).await), "offer_not_now", "on a Friday");
        story.clean(&db).await;
    }

    async fn an_offer_is_checked(db: Database) {
        let story = begin(&db).await;
        let merchant = merchant_of(&story);
        let mut made = 0;
        let mut refused = async |merchant, terms| {
            made += 1;
            let offer = OfferId(derived(&[b"refused", &[made]]));
            code_of(change(&story, OfferCommand::Make { offer, merchant, terms }).await)
        };
        assert_eq!(refused(merchant, plain(0)).await, "bad_offer");
        let rolling = Limit { count: 1, every: Window::Rolling { days: 7 } };
        assert_eq!(refused(merchant, OfferTerms { limit: Some(rolling), ..plain(1) }).await, "bad_offer");
        let stranger = Needed { deed: "being_somebody".to_owned(), count: 1, within_days: 7 };
        assert_eq!(refused(merchant, OfferTerms { needed: vec![stranger], ..plain(1) }).await, "bad_offer");
        let nowhere = StoreId(Uuid::nil());
        assert_eq!(refused(merchant, OfferTerms { stores: vec![nowhere], ..plain(1) }).await, "unknown_store");
        let rate = Rate::new("1".parse().unwrap(), Rounding::HalfUp);
        let bearer = Bearer::Fund { funder: FunderId(Uuid::nil()), rate };
        assert_eq!(refused(merchant, OfferTerms { bearer, ..plain(1) }).await, "unknown_funder");
        assert_eq!(refused(MerchantId(Uuid::nil()), plain(1)).await, "unknown_reference");
        let offer = make(&story, "once", plain(1)).await;
        let again = OfferCommand::Make { offer, merchant, terms: plain(1) };
        assert_eq!(code_of(change(&story, again).await), "already_exists");
    }

    async fn a_suspended_merchant_takes_nothing_and_what_it_took_stands(db: Database) {
        let story = begin(&db).await;
        let offer = make(&story, "repair", OfferTerms { stock: Some(5), ..plain(10) }).await;
        let charged = redemption_of(&take(&story, 0, 0, asked(offer), true).await.unwrap());
        let held = redemption_of(&take(&story, 1, 0, asked(offer), false).await.unwrap());
        let plainly = redemption_of(&story.spend(2, 1, 7, false).await.unwrap());
        assert_eq!(code_of(move_to(&story, MerchantState::Onboarding, MerchantReason::Agreed).await), "merchant_state");
        move_to(&story, MerchantState::Suspended, MerchantReason::Complaints).await.unwrap();
        for refused in [take(&story, 0, 0, asked(offer), true).await, story.spend(0, 1, 1, true).await] {
            assert_eq!(code_of(refused), "merchant_suspended");
        }
        let capture = Command::Capture { redemption: held, points: None };
        assert_eq!(code_of(story.execute(story.merchant(0), None, capture).await), "hold_expired");
        let due = story.ledger.due(story.program, Falling::Holds, story.clock.now(), None, 9).await.unwrap();
        let mut due: Vec<RedemptionId> = due.into_iter().map(|due| RedemptionId(due.id)).collect();
        due.sort();
        let mut open = vec![held, plainly];
        open.sort();
        assert_eq!(due, open, "the job gives them back now");
        for redemption in due {
            story.execute(story.admin(), None, Command::ReleaseHold { redemption }).await.unwrap();
        }
        assert_eq!(taken(&story, offer).await, 1);
        let refund = Command::Refund { redemption: charged, points: Some(points(4)) };
        story.execute(story.merchant(0), None, refund).await.unwrap();
        story.clean(&db).await;

        // A store that comes meanwhile takes nothing either.
        let store = StoreId(derived(&[b"another"]));
        let record = Store { id: store, merchant: merchant_of(&story), name: "新店".to_owned(), address: String::new() };
        story.register(Registration::Store(record)).await;
        let pay = async || {
            let charge = Charge::Points(points(1));
            let command = Command::Authorise { payer: story.code(0).await.into(), store, charge, capture: true, hold_seconds: HOUR };
            story.execute(story.admin(), None, command).await
        };
        assert_eq!(code_of(pay().await), "merchant_suspended");
        let now = story.clock.now();
        let view = story.ledger.offer(story.program, offer, now).await.unwrap().unwrap();
        assert_eq!((view.takes_part, view.open), (false, false));

        move_to(&story, MerchantState::Active, MerchantReason::Resolved).await.unwrap();
        pay().await.unwrap();
        take(&story, 0, 0, asked(offer), true).await.unwrap();
        move_to(&story, MerchantState::Left, MerchantReason::Closed).await.unwrap();
        assert_eq!(code_of(pay().await), "merchant_suspended");
        assert_eq!(code_of(move_to(&story, MerchantState::Active, MerchantReason::Request).await), "merchant_state");
        let merchant = story.ledger.merchant(story.program, merchant_of(&story)).await.unwrap().unwrap();
        assert_eq!((merchant.state, merchant.reason), (MerchantState::Left, Some(MerchantReason::Closed)));
        story.clean(&db).await;
    }
}
