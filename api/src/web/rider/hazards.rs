//! 随手拍: a rider reports a hazard, and sees what becomes of it.

mod own;

use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{Multipart, Query};
use axum::http::StatusCode;
use ledger::community::attachment::AttachmentKind;
use ledger::community::hazard::{Hazard, HazardCategory, HazardState, StepKind};
use ledger::ids::{HazardId, derived};
use ledger::machine::hazards::{HazardCommand, Report, steps_from};
use ledger::policy::{Datum, Position};
use ledger::{StoreError, Upload};
use serde::Deserialize;
use uuid::Uuid;

use self::own::{Own, reports};
use super::activities::came;
use super::me::calm;
use crate::web::fields::{fresh_key, sent_at};
use crate::web::format::moment;
use crate::web::lists::{Asked, List, Tools};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::photos::{MOST_PHOTOS, Wrong, keep_photos, kept, must_be_meant, sent};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Rider, request};
use crate::web::{Web, words};

/// The longest text, in characters.
const LONGEST_TEXT: usize = 500;

#[derive(Template)]
#[template(path = "rider/hazards.html")]
struct Hazards {
    frame: Frame,
    mine: Vec<Own>,
    tools: Option<Tools>,
    categories: Vec<(&'static str, &'static str)>,
    typed: Typed,
    problem: Option<String>,
}

/// A report in a list.
pub struct Line {
    pub id: Uuid,
    pub category: &'static str,
    pub severity: &'static str,
    pub state: &'static str,
    pub at: String,
    /// What is due, if something is.
    pub due: String,
    pub overdue: bool,
    pub photo: Option<Uuid>,
}

impl Line {
    pub fn of(web: &Web, hazard: &Hazard) -> Self {
        let zone = web.zone();
        let due = hazard.due_at();
        Self {
            id: hazard.id.0,
            category: words::hazard_category(hazard.category),
            severity: hazard.severity.map_or("", words::severity),
            state: words::hazard_state(hazard.state),
            at: moment(hazard.received_at, &zone),
            due: due.map_or_else(String::new, |due| moment(due, &zone)),
            overdue: due.is_some_and(|due| due <= web.now()),
            photo: hazard.body.photos.first().map(|id| id.0),
        }
    }
}

#[derive(Template)]
#[template(path = "rider/hazard.html")]
struct HazardPage {
    frame: Frame,
    line: Line,
    told: Told,
    /// What came of it, in sentences.
    said: Vec<String>,
    may_confirm: bool,
    may_reopen: bool,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// What was reported, and what was done about it.
pub struct Told {
    pub photos: Vec<Uuid>,
    pub text: Option<String>,
    pub steps: Vec<StepLine>,
}

/// A step that was taken.
pub struct StepLine {
    pub what: &'static str,
    pub at: String,
    /// How long it took, and why nothing came of it.
    pub note: String,
}

/// A report as it was typed.
#[derive(Default)]
struct Typed {
    category: String,
    text: String,
    latitude: String,
    longitude: String,
    key: String,
    csrf: String,
    at: String,
    parked: bool,
    photos: Vec<Bytes>,
}

impl Typed {
    async fn read(mut form: Multipart) -> Result<Self, Wrong> {
        let mut typed = Self::default();
        while let Some(field) = form.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "category" => typed.category = field.text().await?,
                "text" => typed.text = field.text().await?,
                "latitude" => typed.latitude = field.text().await?,
                "longitude" => typed.longitude = field.text().await?,
                "key" => typed.key = field.text().await?,
                "at" => typed.at = field.text().await?,
                "csrf" => typed.csrf = field.text().await?,
                "parked" => typed.parked = true,
                "photo" => typed.photos.extend(sent(field).await?),
                _ => {}
            }
        }
        Ok(typed)
    }

    /// Where the device is; nothing where it did not say.
    fn position(&self) -> Option<Position> {
        let degrees = |text: &str| text.trim().parse().ok();
        let (latitude, longitude) = (degrees(&self.latitude)?, degrees(&self.longitude)?);
        Position::from_degrees_in(Datum::Wgs84, latitude, longitude)
    }

    /// The same form is the same report.
    fn id(&self, rider: &Rider) -> HazardId {
        let rider = rider.0.id();
        HazardId(derived(&[b"hazard", rider.as_bytes(), self.key.as_bytes()]))
    }
}

/// `GET /{program}/hazards`.
pub async fn list(At(web): At, rider: Rider, Query(asked): Query<Asked>) -> Page {
    let found = reports(&web, rider.member(), asked.reads()).await?;
    let found = asked.search(found);
    if let Some(file) = asked.file("hazards", &found) {
        return file.await;
    }
    let typed = Typed {
        key: fresh_key(),
        ..Typed::default()
    };
    show(&view(&web, &rider, asked.page(&[], found), typed, None))
}

fn view(
    web: &Web,
    rider: &Rider,
    List { rows, tools }: List<Own>,
    typed: Typed,
    problem: Option<String>,
) -> Hazards {
    let category = |category: &HazardCategory| (category.name(), words::hazard_category(*category));
    Hazards {
        frame: Frame::new(web, t("随手拍", "Report a hazard"), Some(&rider.0)),
        mine: rows,
        tools: calm(tools),
        categories: HazardCategory::ALL.iter().map(category).collect(),
        typed,
        problem,
    }
}

/// `POST /{program}/hazards`: reports one, once for each form. The form holds photos, so it is read here and not by the guard.
pub async fn report(At(web): At, rider: Rider, form: Multipart) -> Page {
    let typed = Typed::read(form).await?;
    must_be_meant(&rider.0, &typed.csrf)?;
    let id = typed.id(&rider);
    let to = web.path(&format!("hazards/{id}?done=reported"));
    if web.ledger.hazard(web.program.id, id).await?.is_some() {
        return go(&to);
    }
    let done = match checked(&typed) {
        Ok(category) => send(&web, &rider, &typed, (id, category)).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => go(&to),
        Err(problem) => {
            let asked = Asked::default();
            let found = reports(&web, rider.member(), asked.reads()).await?;
            let list = asked.page(&[], found);
            let view = view(&web, &rider, list, typed, Some(problem));
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

/// What it is, if the form is filled in.
fn checked(typed: &Typed) -> Result<HazardCategory, String> {
    let category = HazardCategory::from_name(&typed.category);
    let category =
        category.ok_or_else(|| t("请选一个类别。", "Please choose what it is.").to_owned())?;
    if !typed.parked {
        return Err(t(
            "请先停好车再拍，再点“我已停好车，上报”。",
            "Please park before you take a photo, then press “I have parked: report it”.",
        )
        .to_owned());
    }
    if typed.photos.is_empty() && typed.text.trim().is_empty() {
        return Err(t(
            "请拍一张照片，或写一句说明。",
            "Please take a photo, or write a sentence.",
        )
        .to_owned());
    }
    if typed.photos.len() > MOST_PHOTOS {
        return Err(say!(
            "一次最多 {MOST_PHOTOS} 张照片。",
            "At most {MOST_PHOTOS} photos at a time."
        ));
    }
    if typed.text.trim().chars().count() > LONGEST_TEXT {
        return Err(say!(
            "说明最多 {LONGEST_TEXT} 个字。",
            "What you write may have {LONGEST_TEXT} characters at most."
        ));
    }
    Ok(category)
}

async fn send(
    web: &Web,
    rider: &Rider,
    typed: &Typed,
    (hazard, category): (HazardId, HazardCategory),
) -> Result<(), String> {
    let photos = keep_photos(web, rider, &typed.photos).await?;
    let text = typed.text.trim();
    let text = match text.is_empty() {
        true => None,
        false => Some(kept(web, rider, Upload::Text(text.to_owned())).await?),
    };
    let member = rider.member();
    let path = web.ledger.path_of_member(web.program.id, member).await;
    let path = path.map_err(|error| unreadable(&error))?;
    let report = Report {
        hazard,
        member: Some(member),
        node: path.first().copied(),
        category,
        position: typed.position(),
        grid: None,
        team: None,
        seen_at: sent_at(&typed.at, web.now()),
        photos,
        text,
    };
    let request = request(&rider.0, Some(typed.key.clone()));
    let done = web
        .app
        .execute_hazard(&request, HazardCommand::Report(report));
    done.await.map_err(|error| words::failure(&error))?;
    Ok(())
}

fn unreadable(error: &StoreError) -> String {
    tracing::error!(%error, "a page could not read the ledger");
    t(
        "暂时读不到账本，请再试一次。",
        "The ledger cannot be read just now. Please try again.",
    )
    .to_owned()
}

#[derive(Default, Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// `GET /{program}/hazards/{id}`.
pub async fn one(
    At(web): At,
    rider: Rider,
    Id(id): Id<HazardId>,
    Query(done): Query<Done>,
) -> Page {
    let notice = match done.done.as_deref() {
        Some("reported") => Some(t(
            "已收到，谢谢。核实后按办法计分，报得早晚不影响积分。",
            "We have it, thank you. Once it is verified it earns points by the policy; reporting sooner earns nothing more.",
        )),
        Some("confirm") => Some(t(
            "已确认整改好了，谢谢。",
            "You confirmed that it is fixed. Thank you.",
        )),
        Some("reopen") => Some(t(
            "已告诉工作人员还没有好。",
            "The staff know that it is not fixed yet.",
        )),
        _ => None,
    };
    show(&page(&web, &rider, id, notice, None).await?)
}

async fn page(
    web: &Web,
    rider: &Rider,
    id: HazardId,
    notice: Option<&'static str>,
    problem: Option<String>,
) -> Result<HazardPage, Trouble> {
    let hazard = web.ledger.hazard(web.program.id, id).await?;
    let own = |hazard: &Hazard| hazard.member == Some(rider.member());
    let hazard = hazard.filter(own).ok_or(Trouble::Missing)?;
    let fixed = matches!(hazard.state, HazardState::Fixed | HazardState::Confirmed);
    let may = |step| steps_from(hazard.state).any(|known| known == step);
    Ok(HazardPage {
        frame: Frame::new(web, t("随手拍", "Report a hazard"), Some(&rider.0)),
        line: Line::of(web, &hazard),
        told: told(web, &hazard).await?,
        said: said(web, &hazard).await?,
        may_confirm: may(StepKind::Confirm),
        may_reopen: fixed && may(StepKind::Reopen),
        notice,
        problem,
    })
}

/// What was reported, and what was done about it.
pub async fn told(web: &Web, hazard: &Hazard) -> Result<Told, Trouble> {
    let zone = web.zone();
    let mut before = hazard.received_at;
    let steps = hazard.body.steps.iter().map(|step| {
        let took = words::lasted(step.at.seconds_since(before));
        let time = took.trim();
        before = step.at;
        let reason = step.reason.map(words::invalid_reason);
        let note = match (step.kind, reason) {
            (StepKind::Report, _) => String::new(),
            (_, Some(reason)) => say!("{reason}，用时{took}", "{reason}, took {time}"),
            (_, None) => say!("用时{took}", "took {time}"),
        };
        StepLine {
            what: words::hazard_step(step.kind),
            at: moment(step.at, &zone),
            note,
        }
    });
    let steps = steps.collect();
    let text = match hazard.body.text {
        Some(text) => web.ledger.attachment(web.program.id, text).await?,
        None => None,
    };
    let text = text.filter(|text| text.attachment.kind == AttachmentKind::Text);
    let text = text.map(|text| match text.content {
        Some((_, bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        None => t("（说明已不再保存）", "(What was written is no longer kept)").to_owned(),
    });
    Ok(Told {
        photos: hazard.body.photos.iter().map(|id| id.0).collect(),
        text,
        steps,
    })
}

/// What came of a report, in sentences.
pub async fn said(web: &Web, hazard: &Hazard) -> Result<Vec<String>, StoreError> {
    let mut said = Vec::new();
    if hazard.state == HazardState::Duplicate {
        let words = t(
            "同一处隐患已有人上报，由那一条继续办理，积分按办法合计一次。",
            "Somebody had reported the same hazard. It is dealt with there, and the points are shared as the policy says.",
        );
        said.push(words.to_owned());
    }
    let Some(deed) = hazard.deed else {
        return Ok(said);
    };
    let deed = web.ledger.deed(web.program.id, deed).await?;
    if let Some(deed) = deed {
        said.extend(came(web, &deed).await?);
    }
    Ok(said)
}

#[derive(Deserialize)]
pub struct Act {
    act: String,
}

/// `POST /{program}/hazards/{id}`: whoever reported it says that it is gone, or that it is not.
pub async fn act(At(web): At, rider: Rider, Id(id): Id<HazardId>, Form(act): Form<Act>) -> Page {
    let own = page(&web, &rider, id, None, None).await?;
    let command = match act.act.as_str() {
        "confirm" => HazardCommand::Confirm { hazard: id },
        "reopen" => HazardCommand::Reopen { hazard: id },
        _ => return Err(Trouble::Missing),
    };
    let key = format!("{}-{id}-{}", act.act, own.told.steps.len());
    let request = request(&rider.0, Some(key));
    match web.app.execute_hazard(&request, command).await {
        Ok(_) => go(&web.path(&format!("hazards/{id}?done={}", act.act))),
        Err(error) => {
            let problem = Some(words::failure(&error));
            let view = page(&web, &rider, id, None, problem).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
