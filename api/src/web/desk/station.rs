//! The station's desk: its code (报到码) to be printed, and who asks to be enrolled.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::personal::{Personal, Purpose};
use ledger::community::{JoinCode, Registration};
use ledger::ids::{MemberId, OrganizationId, random_bytes};
use ledger::machine::Command;
use ledger::views::{Asking, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::outside::station_of;
use crate::sheet::Cell;
use crate::web::format::{full, last_day};
use crate::web::lists::whole::{self, MOST};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::mine::{self, entries};
use crate::web::square::square;
use crate::web::visitor::Reached;
use crate::web::visitor::{At, Enroller, Id, Visitor, request};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "desk/station.html")]
struct Station {
    frame: Frame,
    /// Whose code they look after; nobody's, if they belong nowhere.
    station: Option<String>,
    code: Option<Posted>,
    asking: List<Row>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// The code as it is posted on the wall.
struct Posted {
    address: String,
    until: String,
    size: usize,
    path: String,
}

struct Row {
    id: Uuid,
    name: String,
    at: String,
    station: String,
    proved: bool,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("姓名", "Name"),
            t("报到时间", "Asked"),
            t("驿站", "Station"),
            t("手机号", "Phone"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let proved = match self.proved {
            true => t("已核实", "checked"),
            false => t("未核实", "not checked"),
        };
        vec![
            self.id.into(),
            self.name.clone().into(),
            self.at.clone().into(),
            self.station.clone().into(),
            proved.into(),
        ]
    }
}

#[derive(Template)]
#[template(path = "desk/asking.html")]
struct AskingPage {
    frame: Frame,
    id: Uuid,
    proved: bool,
    entries: Vec<mine::Entry>,
}

#[derive(Default, Deserialize)]
pub struct Shown {
    done: Option<String>,
}

/// `GET /{program}/desk/join`.
pub async fn show_desk(
    At(web): At,
    worker: Enroller,
    reached: Reached,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let notice = match shown.done.as_deref() {
        Some("enrolled") => Some(t("已登记。", "Enrolled.")),
        Some("added") => Some(t(
            "这位骑手早已登记，新填的内容已补上。",
            "This rider was enrolled already; what is new was added.",
        )),
        Some("double") => Some(t(
            "已登记；证件号与另一位骑手相同，请管理员核对是否同一人。",
            "Enrolled. The identity number is that of another rider: please have an administrator check whether they are the same person.",
        )),
        Some("refused") => Some(t(
            "已退回，填写的内容已删除。",
            "Turned down; what was filled in is deleted.",
        )),
        _ => None,
    };
    let home = home(&web, &worker.0).await?;
    let found = asked.search(asking(&web, &worker, home).await?);
    if let Some(file) = asked.file("joining", &found) {
        return file.await;
    }
    let view = view(&web, home, &worker, &reached, asked.page(&[], found));
    show(&Station {
        notice,
        ..view.await?
    })
}

/// `POST /{program}/desk/join/code`: another code; the one before ends with it.
pub async fn make_code(At(web): At, worker: Enroller) -> Page {
    let organization = home(&web, &worker.0).await?.ok_or(Trouble::Missing)?;
    let code = JoinCode::new(organization, random_bytes(), web.now(), JoinCode::DAYS);
    let request = request(&worker.0, None);
    let command = Command::Register(Registration::JoinCode(code));
    let made = web.ledger.execute(&request, command).await;
    made.map_err(Trouble::Write)?;
    go(&web.path("desk/join"))
}

#[derive(Deserialize)]
pub struct Decision {
    act: String,
}

/// `POST /{program}/desk/join/{id}`: looked at, confirmed or refused. Pressed twice, it is decided once.
pub async fn decide(
    At(web): At,
    worker: Enroller,
    reached: Reached,
    Id(member): Id<MemberId>,
    Form(decision): Form<Decision>,
) -> Page {
    let key = format!("{}-joining-{member}", decision.act);
    let request = request(&worker.0, Some(key));
    let operation = match decision.act.as_str() {
        "look" => return look(&web, &worker, member).await,
        "confirm" => "personal.keep",
        "refuse" => "joining.refuse",
        _ => return Err(Trouble::Missing),
    };
    // Decided under this key, they ask no more.
    if web.ledger.outcome_of(&request, operation).await?.is_none() {
        must_reach(&web, &worker, member).await?;
    }
    let done = match decision.act.as_str() {
        "confirm" => match web.ledger.confirm_joining(&request, member).await {
            Ok(enrolled) if enrolled.doubles > 0 => Ok("double"),
            Ok(enrolled) if enrolled.known => Ok("added"),
            Ok(_) => Ok("enrolled"),
            Err(error) => Err(words::personal(&error)),
        },
        _ => {
            let command = Command::RefuseJoining { member };
            let refused = web.ledger.execute(&request, command).await;
            refused.map(|_| "refused").map_err(|e| words::failure(&e))
        }
    };
    match done {
        Ok(done) => go(&web.path(&format!("desk/join?done={done}"))),
        Err(problem) => {
            let home = home(&web, &worker.0).await?;
            let list = Asked::default().page(&[], asking(&web, &worker, home).await?);
            let list = List {
                tools: list.tools.at(web.path("desk/join")),
                ..list
            };
            let view = Station {
                problem: Some(problem),
                ..view(&web, home, &worker, &reached, list).await?
            };
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}

/// Everything they said, to be compared with who stands there. That somebody looked is recorded.
async fn look(web: &Web, worker: &Enroller, member: MemberId) -> Page {
    let asking = must_reach(web, worker, member).await?;
    let request = request(&worker.0, None);
    let held = web.ledger.reveal(&request, member, Purpose::Identification);
    let said: Personal = held.await?.own.ok_or(Trouble::Missing)?;
    show(&AskingPage {
        frame: Frame::new(web, t("核对报到", "Check an enrolment"), Some(&worker.0)),
        id: member.0,
        proved: asking.proved_at.is_some(),
        entries: entries(&said, &web.zone()),
    })
}

/// An organization's name.
pub async fn organization(web: &Web, id: OrganizationId) -> Result<String, StoreError> {
    let named = web
        .ledger
        .registered(web.program.id, Register::Organizations, id.0);
    Ok(named.await?.map(|named| named.name).unwrap_or_default())
}

/// Who asks an organization that they reach.
async fn must_reach(web: &Web, worker: &Enroller, member: MemberId) -> Result<Asking, Trouble> {
    let asking = web.ledger.joining_of(web.program.id, member).await?;
    let asking = asking.ok_or(Trouble::Missing)?;
    let caller = &worker.0.caller;
    let reached = caller.reaches_node(&web.app, Some(asking.organization));
    reached.await?.then_some(asking).ok_or(Trouble::Missing)
}

/// The station's code, if it is good still. Without keys nothing that is said there can be kept.
pub async fn leads(web: &Web, code: &str) -> Result<JoinCode, Trouble> {
    if !web.ledger.has_keyring() {
        return Err(Trouble::Missing);
    }
    let found = station_of(&web.app, web.program.id, code).await?;
    found.ok_or(Trouble::CodeOver)
}

/// The organization for which they act: the one they work for, or else the first that they reach.
pub async fn home(web: &Web, visitor: &Visitor) -> Result<Option<OrganizationId>, StoreError> {
    let app = &web.app;
    let person = web
        .ledger
        .registered(web.program.id, Register::Staff, visitor.id());
    let home = person.await?.and_then(|person| person.belongs_to);
    let home = home.map(OrganizationId);
    if home.is_some() && visitor.caller.reaches_node(app, home).await? {
        return Ok(home);
    }
    Ok(visitor.caller.nodes(app).await?.first().copied())
}

/// Whether one who asks this organization is theirs to look at: all they reach, but of the whole programme what lies below their station.
async fn is_theirs(
    web: &Web,
    worker: &Enroller,
    station: Option<OrganizationId>,
    node: OrganizationId,
) -> Result<bool, StoreError> {
    let caller = &worker.0.caller;
    match station.filter(|_| caller.has_program()) {
        Some(station) => {
            let path = web.ledger.path(web.program.id, node).await?;
            Ok(path.contains(&station))
        }
        None => caller.reaches_node(&web.app, Some(node)).await,
    }
}

/// Who asks, and is theirs to look at.
async fn asking(
    web: &Web,
    worker: &Enroller,
    home: Option<OrganizationId>,
) -> Result<Vec<Row>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let nobody = MemberId(Uuid::nil());
    let page = |after, limit| ledger.joining(program, after, limit);
    let all = whole::rows(MOST, nobody, |asking: &Asking| asking.member, page).await?;
    let mut rows = Vec::new();
    let mut below = HashMap::new();
    for asking in all {
        let node = asking.organization;
        if let Entry::Vacant(unknown) = below.entry(node) {
            unknown.insert(match is_theirs(web, worker, home, node).await? {
                true => Some(organization(web, node).await?),
                false => None,
            });
        }
        if let Some(Some(station)) = below.get(&node) {
            rows.push(row(asking, station.clone(), web));
        }
    }
    Ok(rows)
}

async fn view(
    web: &Web,
    home: Option<OrganizationId>,
    worker: &Enroller,
    reached: &Reached,
    asking: List<Row>,
) -> Result<Station, Trouble> {
    let (station, code) = match home {
        Some(home) => {
            let code = web.ledger.join_code(web.program.id, home).await?;
            let name = organization(web, home).await?;
            (Some(name), code.filter(|code| code.expires_at > web.now()))
        }
        None => (None, None),
    };
    Ok(Station {
        frame: Frame::new(web, t("报到码", "Joining code"), Some(&worker.0)),
        station,
        code: code.map(|code| posted(web, reached, &code)),
        asking,
        notice: None,
        problem: None,
    })
}

fn row(asking: Asking, station: String, web: &Web) -> Row {
    Row {
        id: asking.member.0,
        name: asking.name,
        at: full(asking.asked_at, &web.zone()),
        station,
        proved: asking.proved_at.is_some(),
    }
}

/// The page's whole address.
fn posted(web: &Web, Reached(server): &Reached, code: &JoinCode) -> Posted {
    let path = web.path(&format!("join/{}", code.code));
    let address = format!("{server}{path}");
    let (size, path) = square(&address);
    Posted {
        address,
        until: last_day(code.expires_at, &web.zone()),
        size,
        path,
    }
}
