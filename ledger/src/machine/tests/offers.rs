//! Offers taken up one after the other in one batch.

use super::*;
use crate::community::offer::{
    Bearer, Limit, Needed, Offer, OfferKind, OfferState, OfferTerms, Price,
};
use crate::ids::{MerchantId, OfferId};
use crate::machine::Asked;
use crate::policy::Window;

const OFFER: OfferId = OfferId(Uuid::from_u128(77));

/// Of some merchant, for five points, as many as one likes.
pub fn gift(id: OfferId) -> Offer {
    Offer {
        id,
        merchant: MerchantId(Uuid::from_u128(76)),
        state: OfferState::Open,
        revision: 1,
        terms: OfferTerms {
            title: "x".to_owned(),
            description: None,
            kind: OfferKind::Gift,
            stores: Vec::new(),
            price: Price::Fixed {
                points: points(5),
                cash: Points::ZERO,
            },
            bearer: Bearer::InKind,
            stock: None,
            from: None,
            until: None,
            hours: Default::default(),
            limit: None,
            needed: Vec::new(),
        },
        taken: 0,
    }
}

fn take(desk: &mut Desk) -> Command {
    let Command::Authorise {
        payer,
        store,
        capture,
        hold_seconds,
        ..
    } = desk.authorise(1, false)
    else {
        panic!()
    };
    Command::Authorise {
        payer,
        store,
        charge: Charge::Offer(Asked {
            offer: OFFER,
            amount: None,
        }),
        capture,
        hold_seconds,
    }
}

#[test]
fn what_happened_in_the_same_batch_counts() {
    let mut desk = Desk::new(NO_APPROVAL);
    let first = desk.award("a", 50);
    let deed = desk.state.award(first).expect("it").deed.kind.clone();
    let merchant = MerchantId(Uuid::from_u128(78));
    desk.state.load_zone("Asia/Shanghai").expect("a zone");
    desk.state.offers.load_store(STORE, merchant);
    let mut offer = gift(OFFER);
    offer.merchant = merchant;
    offer.terms.stock = Some(3);
    offer.terms.limit = Some(Limit {
        count: 2,
        every: Window::Day,
    });
    offer.terms.needed = vec![Needed {
        deed,
        count: 2,
        within_days: 7,
    }];
    desk.state.offers.load(offer);
    let early = take(&mut desk);
    assert_eq!(desk.refuses(cashier(STORE), early).code(), "not_eligible");
    desk.award("b", 50);
    let mut held = Vec::new();
    for _ in 0..2 {
        let command = take(&mut desk);
        held.push(RedemptionId(desk.does(cashier(STORE), command).id.0));
    }
    let third = take(&mut desk);
    let refused = desk.refuses(cashier(STORE), third.clone()).code();
    assert_eq!(refused, "offer_limit_reached");
    let void = Command::Void {
        redemption: held[0],
    };
    desk.does(cashier(STORE), void);
    desk.does(cashier(STORE), third);
    assert_eq!(desk.state.offers.get(OFFER).expect("it").taken, 2);
}
