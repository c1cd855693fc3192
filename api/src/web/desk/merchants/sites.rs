//! 驿站: where riders rest, which is no merchant's; put on record, and what is to be known of each.

use std::collections::HashMap;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::place::PlaceOf;
use ledger::community::{Registration, Site};
use ledger::ids::{OrganizationId, SiteId};
use ledger::machine::Command;
use ledger::views::{Named, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::profile::{self, Known, Wrong, describe};
use super::{Field, all, keep, record_id, trades};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, Trouble, go, show as render, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Settler, Trader, Visitor};

/// Who may run a station: what has people of its own.
const RUNNING: [&str; 3] = ["district", "street", "community"];

#[derive(Template)]
#[template(path = "desk/sites.html")]
struct Sites {
    frame: Frame,
    list: List<Row>,
    /// A new one, for who has to do with merchants.
    making: Option<Making>,
    problem: Option<String>,
}

/// A station in the list.
struct Row {
    id: Uuid,
    name: String,
    address: String,
    runs: String,
    known: Known,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("驿站", "Station"),
            t("地址", "Address"),
            t("由谁管", "Run by"),
            t("位置", "Position"),
            t("开放时间", "Opening hours"),
            t("设施", "What it has"),
            t("电话", "Telephone"),
            t("编号", "Number"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let known = &self.known;
        vec![
            self.name.as_str().into(),
            self.address.as_str().into(),
            self.runs.as_str().into(),
            known.place.as_deref().unwrap_or_default().into(),
            known.hours.join(t("；", "; ")).into(),
            known.services.as_str().into(),
            known.phone.as_deref().unwrap_or_default().into(),
            self.id.into(),
        ]
    }
}

/// A new one, as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    key: String,
    name: String,
    address: String,
    organization: String,
}

/// The form of a new one.
struct Making {
    key: String,
    name: Field,
    address: Field,
    /// By what is sent, what it is called, and whether it is chosen.
    organizations: Vec<(String, String, bool)>,
}

/// `GET /{program}/desk/places`.
pub async fn list(At(web): At, Settler(visitor): Settler, Query(asked): Query<Asked>) -> Page {
    let rows = asked.search(listed(&web).await?);
    if let Some(file) = asked.file("stations", &rows) {
        return file.await;
    }
    let typed = Typed {
        key: fresh_key(),
        ..Typed::default()
    };
    let fields = (Field::default(), Field::default());
    let list = asked.page(&[], rows);
    render(&view(&web, &visitor, list, typed, fields).await?)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    list: List<Row>,
    typed: Typed,
    (name, address): (Field, Field),
) -> Result<Sites, Trouble> {
    let mut making = None;
    if trades(visitor) {
        let organizations = all(web, Register::Organizations).await?.into_iter();
        let running = organizations.filter(|one| RUNNING.contains(&one.detail.as_str()));
        let choice = |one: Named| {
            let value = one.id.to_string();
            let chosen = value == typed.organization;
            (value, one.name, chosen)
        };
        making = Some(Making {
            organizations: running.map(choice).collect(),
            key: typed.key,
            name,
            address,
        });
    }
    Ok(Sites {
        frame: Frame::new(web, t("驿站", "Stations"), Some(visitor)),
        list,
        making,
        problem: None,
    })
}

/// Every station, by name.
async fn listed(web: &Web) -> Result<Vec<Row>, StoreError> {
    let organizations = all(web, Register::Organizations).await?.into_iter();
    let names = organizations.map(|one| (one.id, one.name));
    let names: HashMap<Uuid, String> = names.collect();
    let mut rows = Vec::new();
    for site in all(web, Register::Sites).await? {
        let profile = web.ledger.profile(web.program.id, site.id).await?;
        let runs = site.belongs_to.and_then(|id| names.get(&id));
        rows.push(Row {
            id: site.id,
            name: site.name,
            address: site.detail,
            runs: runs.cloned().unwrap_or_default(),
            known: Known::of(profile),
        });
    }
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(rows)
}

/// `POST /{program}/desk/places`: puts one on record, once for each form.
pub async fn make(At(web): At, Trader(visitor): Trader, Form(mut typed): Form<Typed>) -> Page {
    let organization = match typed.organization.as_str() {
        "" => None,
        id => Some(id.parse::<OrganizationId>().map_err(|_| Trouble::Missing)?),
    };
    let (name, address) = (Field::name(&typed.name), Field::address(&typed.address));
    let mut problem = None;
    if name.wrong.is_none() && address.wrong.is_none() {
        let id = SiteId(record_id(&visitor, &typed.key));
        let record = Registration::Site(Site {
            id,
            organization,
            name: name.value.clone(),
            address: address.value.clone(),
        });
        match keep(&web, &visitor, &mut typed.key, Command::Register(record)).await {
            Ok(()) => return go(&web.path(&format!("desk/places/{id}?done=made"))),
            Err(words) => problem = Some(words),
        }
    }
    let list = Asked::default().page(&[], listed(&web).await?);
    let mut view = view(&web, &visitor, list, typed, (name, address)).await?;
    view.problem = problem;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

#[derive(Template)]
#[template(path = "desk/site.html")]
struct One {
    frame: Frame,
    id: Uuid,
    name: String,
    address: String,
    runs: String,
    known: Known,
    form: Option<Describing>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// What is known of it, to be changed.
struct Describing {
    typed: profile::Typed,
    wrong: Wrong,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    done: String,
}

/// What just happened.
fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "made" => t(
            "已登记。请填写位置和开放时间，骑手才能在附近找到它。",
            "It is on record. Please fill in where it is and when it is open, so that riders find it near them.",
        ),
        "described" => t("资料已保存。", "It is kept."),
        _ => return None,
    })
}

/// A station on record.
async fn found(web: &Web, id: SiteId) -> Result<Named, Trouble> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let site = ledger.registered(program, Register::Sites, id.0).await?;
    site.ok_or(Trouble::Missing)
}

async fn view_one(
    web: &Web,
    visitor: &Visitor,
    site: Named,
    again: Option<Describing>,
) -> Result<One, Trouble> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let known = Known::of(ledger.profile(program, site.id).await?);
    let runs = match site.belongs_to {
        Some(id) => {
            let runs = ledger.registered(program, Register::Organizations, id);
            runs.await?
        }
        None => None,
    };
    let fresh = || Describing {
        typed: profile::Typed::of(&known),
        wrong: Wrong::default(),
    };
    let form = trades(visitor).then(|| again.unwrap_or_else(fresh));
    Ok(One {
        frame: Frame::new(web, t("驿站", "Stations"), Some(visitor)),
        id: site.id,
        name: site.name,
        address: site.detail,
        runs: runs.map_or_else(String::new, |runs| runs.name),
        form,
        known,
        notice: None,
        problem: None,
    })
}

/// `GET /{program}/desk/places/{id}`.
pub async fn show(
    At(web): At,
    Settler(visitor): Settler,
    Id(id): Id<SiteId>,
    Query(shown): Query<Shown>,
) -> Page {
    let site = found(&web, id).await?;
    let mut view = view_one(&web, &visitor, site, None).await?;
    view.notice = notice(&shown.done);
    render(&view)
}

/// `POST /{program}/desk/places/{id}`: where it is, when it is open and what it has, in place of what was said before.
pub async fn act(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<SiteId>,
    Form(mut typed): Form<profile::Typed>,
) -> Page {
    let site = found(&web, id).await?;
    match describe(&web, &visitor, PlaceOf::Site(id), &mut typed).await {
        Ok(()) => go(&web.path(&format!("desk/places/{id}?done=described"))),
        Err(failed) => {
            let again = Describing {
                typed,
                wrong: failed.wrong,
            };
            let mut view = view_one(&web, &visitor, site, Some(again)).await?;
            view.problem = failed.problem;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}
