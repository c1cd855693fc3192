//! 优惠与驿站: what there is for points, and where riders rest, near a place that is chosen.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::offer::{Offer, OfferKind, Price};
use ledger::community::place::PlaceOf;
use ledger::ids::OfferId;
use ledger::policy::Position;
use ledger::views::{Named, NearFilter, OfferFilter, OfferView, OffersOf, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::me::calm;
use crate::datum::DatumName;
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::points;
use crate::web::lists::{Asked, Line, List, Tools, whole};
use crate::web::page::{Frame, Page, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Rider};
use crate::web::wrong::Wrong;

/// How many stations there are to choose from.
const STATIONS: usize = 500;
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
    /// Where the rider is, as it was sent.
    at: Here,
    wrong: Wrong,
    /// Near the place, if one is chosen.
    places: Option<Vec<Listed>>,
    /// Whether there are more than these.
    more: bool,
    offers: Vec<Told>,
    tools: Option<Tools>,
}

/// An offer as a line.
struct Open(Told);

impl Line for Open {
    fn header() -> Vec<&'static str> {
        vec![
            t("优惠", "Offer"),
            t("内容", "What it is"),
            t("价格", "Price"),
            t("剩余", "Left"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let one = &self.0;
        let texts = [&one.title, &one.what, &one.price, &one.left];
        texts.map(|text| Cell::from(text.clone())).to_vec()
    }
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

impl Line for Listed {
    fn header() -> Vec<&'static str> {
        vec![
            t("名称", "Name"),
            t("类别和距离", "Kind and distance"),
            t("地址", "Address"),
            t("电话", "Phone"),
            t("服务", "Services"),
            t("优惠", "Offers"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let offer = |one: &Told| format!("{} {}", one.title, one.price);
        let offers: Vec<String> = self.offers.iter().map(offer).collect();
        vec![
            self.name.clone().into(),
            self.what.clone().into(),
            self.address.clone().into(),
            self.phone.clone().unwrap_or_default().into(),
            self.services.clone().into(),
            offers.join(t("；", "; ")).into(),
        ]
    }
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

/// Where a rider is, as their device or they themselves say it, and how far they would walk.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Here {
    latitude: String,
    longitude: String,
    minutes: String,
}

impl Here {
    /// The place, or what is wrong with it.
    fn position(&self) -> Result<Position, Wrong> {
        let degrees = |text: &str, most: f64| {
            let degrees: Option<f64> = text.trim().parse().ok();
            degrees.filter(|degrees| degrees.abs() <= most)
        };
        let north = degrees(&self.latitude, 90.0);
        let east = degrees(&self.longitude, 180.0);
        let place = north.zip(east);
        let place = place.and_then(|(north, east)| Position::from_degrees(north, east));
        place.ok_or_else(|| self.flaws(north.is_some(), east.is_some()))
    }

    fn flaws(&self, has_latitude: bool, has_longitude: bool) -> Wrong {
        if self.latitude.is_empty() && self.longitude.is_empty() {
            let words = t(
                "请先按“用手机当前位置”，或填上坐标。",
                "Press “Use where my phone is” first, or fill in where you are.",
            );
            return Wrong::with("latitude", words);
        }
        let mut wrong = Wrong::default();
        if !has_latitude {
            let words = t("纬度应在 −90 到 90 之间。", "Latitude: −90 to 90.");
            wrong.note("latitude", words);
        }
        if !has_longitude {
            let words = t("经度应在 −180 到 180 之间。", "Longitude: −180 to 180.");
            wrong.note("longitude", words);
        }
        wrong
    }
}

impl Wanted {
    /// Where somebody is, for the address of another page of the list.
    fn kept(&self) -> [(&'static str, String); 4] {
        let text = |degrees: Option<f64>| degrees.map(|degrees| degrees.to_string());
        let datum = self.datum.map(|datum| match datum {
            DatumName::Wgs84 => "wgs84".to_owned(),
            DatumName::Gcj02 => "gcj02".to_owned(),
        });
        [
            ("near", self.near.clone()),
            ("lat", text(self.lat)),
            ("lon", text(self.lon)),
            ("datum", datum),
        ]
        .map(|(name, value)| (name, value.unwrap_or_default()))
    }
}

/// How far somebody would walk.
fn walk(minutes: Option<u32>) -> u32 {
    let minutes = minutes.filter(|minutes| MINUTES.contains(minutes));
    minutes.unwrap_or(MINUTES[1])
}

/// Nothing is found yet.
async fn blank(web: &Web, rider: &Rider, minutes: u32) -> Result<Places, StoreError> {
    Ok(Places {
        frame: Frame::new(web, t("优惠与驿站", "Offers and stations"), Some(&rider.0)),
        stations: stations(web).await?,
        near: None,
        minutes,
        choices: MINUTES,
        at: Here::default(),
        wrong: Wrong::default(),
        places: None,
        more: false,
        offers: Vec::new(),
        tools: None,
    })
}

/// `GET /{program}/places`: near a station that is chosen, or near a place in the address; else every offer that is open.
pub async fn list(
    At(web): At,
    rider: Rider,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    let near = wanted.near.as_deref().and_then(|id| id.parse().ok());
    let minutes = walk(wanted.minutes);
    let (here, wrong) = here(&web, near, &wanted).await?;
    let (walk, kept) = (minutes.to_string(), wanted.kept());
    let mut keep = vec![("minutes", walk.as_str())];
    keep.extend(kept.iter().map(|(name, value)| (*name, value.as_str())));
    let (mut places, mut offers) = (None, Vec::new());
    let tools = match here {
        Some(here) => {
            let found = places_near(&web, here, minutes, &asked).await?;
            if let Some(file) = asked.file("places", &found) {
                return file.await;
            }
            let List { rows, tools } = asked.page(&keep, found);
            places = Some(rows);
            tools
        }
        None => {
            let found = open(&web, &asked).await?;
            if let Some(file) = asked.file("offers", &found) {
                return file.await;
            }
            let List { rows, tools } = asked.page(&keep, found);
            offers = rows.into_iter().map(|Open(told)| told).collect();
            tools
        }
    };
    show(&Places {
        near,
        wrong,
        places,
        offers,
        tools: calm(tools),
        ..blank(&web, &rider, minutes).await?
    })
}

/// `POST /{program}/places`: near where a rider is. As a form it stands in no address, history or log, and the page that answers is kept nowhere.
pub async fn near_me(At(web): At, rider: Rider, Form(at): Form<Here>) -> Page {
    let minutes = walk(at.minutes.parse().ok());
    let (asked, page) = (Asked::default(), blank(&web, &rider, minutes).await?);
    let here = match at.position() {
        Ok(here) => here,
        Err(wrong) => {
            let List { rows, tools } = asked.page(&[], open(&web, &asked).await?);
            let view = Places {
                at,
                wrong,
                offers: rows.into_iter().map(|Open(told)| told).collect(),
                tools: calm(tools),
                ..page
            };
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let found = places_near(&web, here, minutes, &asked).await?;
    let List { rows, tools } = asked.page(&[], found);
    show(&Places {
        at,
        more: tools.found > rows.len(),
        places: Some(rows),
        ..page
    })
}

/// The place that was chosen, or why there is none.
async fn here(
    web: &Web,
    near: Option<Uuid>,
    wanted: &Wanted,
) -> Result<(Option<Position>, Wrong), StoreError> {
    let (here, words) = match (near, wanted.lat.zip(wanted.lon)) {
        (Some(id), _) => {
            let profile = web.ledger.profile(web.program.id, id).await?;
            let words = t(
                "这个驿站还没有登记位置，换一个试试。",
                "This station's position is not on record. Try another.",
            );
            (profile.and_then(|profile| profile.position), words)
        }
        (None, Some((latitude, longitude))) => {
            let datum = wanted.datum.unwrap_or_default().into();
            let words = t(
                "位置不对，请选一个驿站。",
                "That is no position. Please choose a station.",
            );
            let here = Position::from_degrees_in(datum, latitude, longitude);
            (here, words)
        }
        (None, None) => return Ok((None, Wrong::default())),
    };
    let wrong = here.is_none().then(|| Wrong::with("near", words));
    Ok((here, wrong.unwrap_or_default()))
}

/// Stations to be near.
async fn stations(web: &Web) -> Result<Vec<(Uuid, String)>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |after: Uuid, limit: i64| async move {
        ledger
            .register(program, Register::Sites, after, limit)
            .await
    };
    let place = |site: &Named| site.id;
    let sites = whole::rows(STATIONS, Uuid::nil(), place, page).await?;
    let sites = sites.into_iter().map(|site| (site.id, site.name));
    Ok(sites.collect())
}

/// Stores and stations near a place, the nearest first: as many as are asked for.
async fn places_near(
    web: &Web,
    here: Position,
    minutes: u32,
    asked: &Asked,
) -> Result<Vec<Listed>, StoreError> {
    let filter = NearFilter {
        here,
        minutes: f64::from(minutes),
        now: web.now(),
        skip: 0,
        limit: i64::try_from(asked.reads()).unwrap_or(i64::MAX),
    };
    let places = web.ledger.places_near(web.program.id, &filter).await?;
    Ok(asked.search(places.iter().map(listed).collect()))
}

/// Offers that are open now: as many as are asked for.
async fn open(web: &Web, asked: &Asked) -> Result<Vec<Open>, StoreError> {
    let (ledger, program, now) = (&web.ledger, web.program.id, web.now());
    let page = move |after: OfferId, limit: i64| async move {
        let filter = OfferFilter {
            of: OffersOf::All,
            open: true,
            now,
            after,
            limit,
        };
        ledger.offers(program, &filter).await
    };
    let place = |view: &OfferView| view.offer.id;
    let first = OfferId(Uuid::nil());
    let offers = whole::rows(asked.reads(), first, place, page).await?;
    let offers = offers.iter().map(|view| Open(told(&view.offer)));
    Ok(asked.search(offers.collect()))
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
