//! What the demo's merchants offer for points, and where they and the stations are. The places are made up.

use ledger::Ledger;
use ledger::community::offer::{Bearer, Limit, OfferKind, OfferTerms, Price};
use ledger::community::place::{PlaceOf, Profile};
use ledger::community::{Funder, Registration};
use ledger::ids::{CommandId, FunderId, OfferId, derived};
use ledger::machine::Command;
use ledger::machine::offers::OfferCommand;
use ledger::machine::places::PlaceCommand;
use ledger::points::{Points, Rate, Rounding};
use ledger::policy::{Position, Window};
use rust_decimal::Decimal;

use super::cast;
use super::places::SITES;
use super::records::{operator, request};
use super::shops::SHOPS;
use crate::commands::Failure;

/// Who pays for meals.
const FUND: &str = "于洪区暖新专项资金";

/// Merchant, title, kind, price, and what is said of it.
type Row = (&'static str, &'static str, OfferKind, Price, &'static str);

const fn points(whole: i64) -> Points {
    Points::from_hundredths(whole * 100)
}

const fn fixed(cost: i64, yuan: i64) -> Price {
    Price::Fixed {
        points: points(cost),
        cash: points(yuan),
    }
}

const OFFERS: &[Row] = &[
    (
        "安心司机旅馆",
        "10 元住一晚",
        OfferKind::Service,
        fixed(40, 10),
        "司机、骑手凭积分住宿，另付 10 元",
    ),
    (
        "春明自助餐厅",
        "12 元自助餐",
        OfferKind::Service,
        fixed(12, 12),
        "午餐、晚餐各一次",
    ),
    (
        "老佟电动车修理",
        "免费小修",
        OfferKind::Service,
        fixed(5, 0),
        "补胎、调刹车，只收积分",
    ),
    (
        "万家便利",
        "防寒手套一副",
        OfferKind::Gift,
        fixed(8, 0),
        "爱心企业捐赠，发完为止",
    ),
    (
        "惠民抻面馆",
        "面馆八折",
        OfferKind::Discount,
        Price::Amount {
            rate: Decimal::from_parts(5, 0, 0, false, 1),
            rounding: Rounding::HalfUp,
            most: Some(points(20)),
            cash_share: 8_000,
        },
        "积分抵两成，其余到店付",
    ),
];

pub fn funder() -> FunderId {
    FunderId(derived(&[b"demo funder", FUND.as_bytes()]))
}

fn terms(row: &Row) -> OfferTerms {
    let (_, title, kind, price, about) = row;
    let gloves = *kind == OfferKind::Gift;
    let funded = *title == "12 元自助餐";
    let rate = Rate::new(Decimal::ONE_HUNDRED, Rounding::HalfUp);
    OfferTerms {
        title: (*title).to_owned(),
        description: Some((*about).to_owned()),
        kind: *kind,
        stores: Vec::new(),
        price: *price,
        bearer: match (gloves, funded) {
            (true, _) => Bearer::InKind,
            (_, true) => Bearer::Fund {
                funder: funder(),
                rate,
            },
            _ => Bearer::Merchant,
        },
        stock: gloves.then_some(120),
        from: None,
        until: None,
        hours: Default::default(),
        limit: gloves.then_some(Limit {
            count: 1,
            every: Window::Year,
        }),
        needed: Vec::new(),
    }
}

/// Somewhere in the district, following from the name.
fn position(name: &str) -> Option<Position> {
    let drawn = derived(&[b"demo position", name.as_bytes()]);
    let [north, east, ..] = drawn.as_bytes().map(i64::from);
    Position::from_millionths(41_780_000 + north * 180, 123_280_000 + east * 220)
}

fn described(of: PlaceOf, name: &str, services: &[&str]) -> Command {
    Command::Place(Box::new(PlaceCommand::Describe(Profile {
        of,
        position: position(name),
        hours: Default::default(),
        services: services.iter().map(|word| (*word).to_owned()).collect(),
        phone: None,
    })))
}

/// Puts all of it on record.
pub async fn register(ledger: &Ledger) -> Result<(), Failure> {
    let fund = Funder {
        id: funder(),
        name: FUND.to_owned(),
    };
    let mut commands = vec![Command::Register(Registration::Funder(fund))];
    for (name, ..) in SITES {
        let services = ["饮水", "充电", "微波炉", "歇脚"];
        commands.push(described(PlaceOf::Site(cast::site(name)), name, &services));
    }
    for (name, _) in SHOPS.iter().flat_map(|shop| shop.stores) {
        commands.push(described(PlaceOf::Store(cast::store(name)), name, &[]));
    }
    for row in OFFERS {
        let offer = OfferId(derived(&[b"demo offer", row.1.as_bytes()]));
        commands.push(Command::Offer(Box::new(OfferCommand::Make {
            offer,
            merchant: cast::merchant(row.0),
            terms: terms(row),
        })));
    }
    let now = ledger.clock().now();
    let commands = commands.into_iter();
    let group = commands.map(|command| (CommandId::new(now), command));
    let request = request(operator(), "demo-offers");
    ledger
        .execute(&request, Command::Group(group.collect()))
        .await?;
    Ok(())
}
