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
                true => format!("{cost} 分，另付 {} 元", points(*cash)),
                false => format!("{cost} 分"),
            }
        }
        Price::Amount {
            rate,
            most,
            cash_share,
            ..
        } => {
            let most = most.map(|most| format!("，最多 {} 分", points(most)));
            let (whole, rest) = (cash_share / 100, cash_share % 100);
            let share = match (whole, rest) {
                (0, 0) => String::new(),
                (_, 0) => format!("，另付账单的 {whole}%"),
                _ => format!("，另付账单的 {whole}.{rest:02}%"),
            };
            format!(
                "每元 {} 分{}{share}",
                rate.normalize(),
                most.unwrap_or_default()
            )
        }
    }
}

/// An offer in words.
pub fn told(offer: &Offer) -> Told {
    let kind = match offer.terms.kind {
        OfferKind::Service => "服务",
        OfferKind::Discount => "优惠",
        OfferKind::Gift => "礼品",
    };
    let about = offer.terms.description.as_deref();
    Told {
        id: offer.id,
        title: offer.terms.title.clone(),
        what: about.map_or_else(|| kind.to_owned(), |about| format!("{kind} · {about}")),
        price: price(&offer.terms.price),
        left: offer
            .left()
            .map(|left| format!("还剩 {left} 份"))
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
            let problem = here
                .is_none()
                .then_some("这个驿站还没有登记位置，换一个试试。");
            (here, problem)
        }
        (None, Some((latitude, longitude))) => {
            let datum = wanted.datum.unwrap_or_default().into();
            let here = Position::from_degrees_in(datum, latitude, longitude);
            let problem = here.is_none().then_some("位置不对，请选一个驿站。");
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
        frame: Frame::new(&web, "优惠与驿站", Some(&rider.0)),
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
        PlaceOf::Site(_) => "驿站",
        PlaceOf::Store(_) => "门店",
    };
    let open = match view.open {
        None => "",
        Some(true) => " · 营业中",
        Some(false) => " · 现在不营业",
    };
    Listed {
        name: view.name.clone(),
        address: view.address.clone(),
        what: format!("{kind} · 步行约 {:.0} 分钟{open}", view.minutes.ceil()),
        services: view.profile.services.join("、"),
        phone: view.profile.phone.clone(),
        offers: view.offers.iter().map(|view| told(&view.offer)).collect(),
    }
}
