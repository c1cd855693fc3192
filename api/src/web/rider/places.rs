//! 优惠与驿站: what there is for points, and where riders rest, near a place that is chosen.

use askama::Template;
use axum::extract::Query;
use ledger::community::offer::{Offer, OfferKind, Price};
use ledger::community::place::PlaceOf;
use ledger::ids::OfferId;
use ledger::policy::Position;
use ledger::views::{NearFilter, OfferFilter, OffersOf, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::datum::DatumName;
use crate::web::format::points;
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Rider};

/// How many offers, places and stations to choose from are shown.
const MOST: i64 = 100;
/// Walking times to choose from, in minutes; the second is meant if nothing is said.
const MINUTES: [u32; 4] = [5, 15, 30, 60];

#[derive(Template)]
#[template(path = "rider/places.html")]
struct Places {
    frame: Frame,
    /// Stations to be near, and which is chosen.
    stations: Vec<(Uuid, String)>,
    near: Option<Uuid>,
    minutes: u32,
    choices: [u32; 4],
    problem: Option<&'static str>,
    /// Near the place, if one is chosen.
    places: Option<Vec<Listed>>,
    offers: Vec<Told>,
}

/// A store or station.
struct Listed {
    name: String,
    address: String,
    /// 驿站, or 门店; how far; whether it is open.
    what: String,
    services: String,
    phone: Option<String>,
    offers: Vec<Told>,
}

/// An offer in words.
pub struct Told {
    pub id: OfferId,
    pub title: String,
    pub what: String,
    pub price: String,
    pub left: String,
}

/// 20 分，另付 10 元
pub fn price(price: &Price) -> String {
    match price {
        Price::Fixed { points: cost, cash } => {
            let cost = points(*cost);
            match cash.is_positive() {
                true => {
                    let cash = points(*cash);
                    say!("{cost} 分，另付 {cash} 元", "{cost} points and {cash} yuan")
                }
                false => say!("{cost} 分", "{cost} points"),
            }
        }
        Price::Amount {
            rate,
            most,
            cash_share,
            ..
        } => {
            let most = most.map(|most| {
                let most = points(most);
                say!("，最多 {most} 分", ", at most {most} points")
            });
            let (whole, rest) = (cash_share / 100, cash_share % 100);
            let share = match (whole, rest) {
                (0, 0) => String::new(),
                (_, 0) => say!("，另付账单的 {whole}%", ", and {whole}% of the bill"),
                _ => say!(
                    "，另付账单的 {whole}.{rest:02}%",
                    ", and {whole}.{rest:02}% of the bill"
                ),
            };
            let (rate, most) = (rate.normalize(), most.unwrap_or_default());
            say!(
                "每元 {rate} 分{most}{share}",
                "{rate} points per yuan{most}{share}"
            )
        }
    }
}

/// An offer in words.
pub fn told(offer: &Offer) -> Told {
    let kind = match offer.terms.kind {
        OfferKind::Service => t("服务", "Service"),
        OfferKind::Discount => t("优惠", "Discount"),
        OfferKind::Gift => t("礼品", "Gift"),
    };
    let about = offer.terms.description.as_deref();
    Told {
        id: offer.id,
        title: offer.terms.title.clone(),
        what: about.map_or_else(|| kind.to_owned(), |about| format!("{kind} · {about}")),
        price: price(&offer.terms.price),
        left: offer
            .left()
            .map(|left| say!("还剩 {left} 份", "{left} left"))
            .unwrap_or_default(),
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    near: Option<String>,
    minutes: Option<u32>,
    lat: Option<f64>,
    lon: Option<f64>,
    datum: Option<DatumName>,
}

/// `GET /{program}/places`: near a station that is chosen, or near where a device says it is; else every offer that is open.
pub async fn list(At(web): At, rider: Rider, Query(wanted): Query<Wanted>) -> Page {
    let program = web.program.id;
    let sites = web
        .ledger
        .register(program, Register::Sites, Uuid::nil(), MOST);
    let stations = sites.await?.into_iter().map(|site| (site.id, site.name));
    let stations: Vec<(Uuid, String)> = stations.collect();
    let near = wanted.near.as_deref().and_then(|id| id.parse().ok());
    let minutes = wanted.minutes.filter(|minutes| MINUTES.contains(minutes));
    let minutes = minutes.unwrap_or(MINUTES[1]);
    let (here, problem) = match (near, wanted.lat.zip(wanted.lon)) {
        (Some(id), _) => {
            let profile = web.ledger.profile(program, id).await?;
            let here = profile.and_then(|profile| profile.position);
            let problem = here.is_none().then(|| {
                t(
                    "这个驿站还没有登记位置，换一个试试。",
                    "This station's position is not on record. Try another.",
                )
            });
            (here, problem)
        }
        (None, Some((latitude, longitude))) => {
            let datum = wanted.datum.unwrap_or_default().into();
            let here = Position::from_degrees_in(datum, latitude, longitude);
            let problem = here.is_none().then(|| {
                t(
                    "位置不对，请选一个驿站。",
                    "That is no position. Please choose a station.",
                )
            });
            (here, problem)
        }
        (None, None) => (None, None),
    };
    let now = web.now();
    let places = match here {
        None => None,
        Some(here) => {
            let filter = NearFilter {
                here,
                minutes: f64::from(minutes),
                now,
                skip: 0,
                limit: MOST,
            };
            let places = web.ledger.places_near(program, &filter).await?;
            Some(places.iter().map(listed).collect())
        }
    };
    let filter = OfferFilter {
        of: OffersOf::All,
        open: true,
        now,
        after: OfferId(Uuid::nil()),
        limit: MOST,
    };
    let offers = match &places {
        Some(_) => Vec::new(),
        None => web.ledger.offers(program, &filter).await?,
    };
    show(&Places {
        frame: Frame::new(&web, t("优惠与驿站", "Offers and stations"), Some(&rider.0)),
        stations,
        near,
        minutes,
        choices: MINUTES,
        problem,
        places,
        offers: offers.iter().map(|view| told(&view.offer)).collect(),
    })
}

fn listed(view: &ledger::views::PlaceView) -> Listed {
    let kind = match view.profile.of {
        PlaceOf::Site(_) => t("驿站", "Station"),
        PlaceOf::Store(_) => t("门店", "Store"),
    };
    let open = match view.open {
        None => "",
        Some(true) => t(" · 营业中", " · open"),
        Some(false) => t(" · 现在不营业", " · closed now"),
    };
    let walk = view.minutes.ceil();
    Listed {
        name: view.name.clone(),
        address: view.address.clone(),
        what: say!(
            "{kind} · 步行约 {walk:.0} 分钟{open}",
            "{kind} · about {walk:.0} min on foot{open}"
        ),
        services: view.profile.services.join(t("、", ", ")),
        phone: view.profile.phone.clone(),
        offers: view.offers.iter().map(|view| told(&view.offer)).collect(),
    }
}
