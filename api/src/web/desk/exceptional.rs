//! 突出事迹: proposed at the desk with words, confirmed or refused by another person.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::clock::Timestamp;
use ledger::community::attachment::AttachmentKind;
use ledger::ids::{DeedId, MemberId, derived};
use ledger::machine::award::Reason;
use ledger::machine::deeds::exceptional::DEED_KIND;
use ledger::machine::deeds::{DeedBody, DeedRejection, ExceptionalCommand};
use ledger::machine::{Command, Rejection};
use ledger::policy::deed::choices;
use ledger::views::{DeedView, Register};
use ledger::{StoreError, Upload, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::fields::fresh_key;
use crate::web::format::{field, from_field, full};
use crate::web::lists::whole::{self, MOST, names};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Awarder, Id, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// The most that may be said of a deed, in characters.
const LONGEST: usize = 2_000;

#[derive(Template)]
#[template(path = "desk/exceptional.html")]
struct Proposals {
    frame: Frame,
    proposed: List<Row>,
    /// Of whom something may be proposed.
    member: Option<(MemberId, String)>,
    categories: Vec<(&'static str, &'static str)>,
    typed: Typed,
    /// Of the forms that decide.
    key: String,
    wrong: Wrong,
}

/// A proposal.
struct Row {
    deed: Uuid,
    name: String,
    category: &'static str,
    at: String,
    /// In words, which are opened for what is shown, and are in no file: they are kept encrypted.
    said: Vec<String>,
    /// Whether it is the visitor's own.
    own: bool,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("骑手", "Rider"),
            t("事迹类别", "Kind of deed"),
            t("时间", "When"),
            t("本人申报", "Proposed by yourself"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let own = if self.own { t("是", "yes") } else { "" };
        vec![
            self.deed.into(),
            self.name.clone().into(),
            self.category.into(),
            self.at.clone().into(),
            own.into(),
        ]
    }
}

#[derive(Default, Deserialize)]
pub struct Shown {
    #[serde(default)]
    member: String,
}

fn categories() -> Vec<(&'static str, &'static str)> {
    let choices = choices(DEED_KIND, "category").iter();
    choices.map(|one| (one.value, t(one.zh, one.en))).collect()
}

async fn name(web: &Web, member: MemberId) -> Result<String, Trouble> {
    let named = web
        .ledger
        .registered(web.program.id, Register::Members, member.0);
    Ok(named.await?.map_or_else(String::new, |named| named.name))
}

/// `GET /{program}/desk/exceptional`; with `member`, something may be proposed of them.
pub async fn list(
    At(web): At,
    staff: Awarder,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let member = shown.member.parse().ok().map(MemberId);
    if let Some(member) = member {
        staff.0.must_see(&web, member).await?;
    }
    let found = asked.search(proposed(&web, &staff).await?);
    if let Some(file) = asked.file("exceptional", &found) {
        return file.await;
    }
    let member = match member {
        Some(member) => Some((member, name(&web, member).await?)),
        None => None,
    };
    let kept = member.as_ref().map(|(member, _)| member.to_string());
    let kept = kept.unwrap_or_default();
    let mut list = asked.page(&[("member", kept.as_str())], found);
    tell(&web, &mut list.rows).await?;
    show(&Proposals {
        member,
        ..of(&web, &staff, list)
    })
}

/// After a form.
async fn view(
    web: &Web,
    staff: &Awarder,
    member: Option<MemberId>,
    wrong: Wrong,
) -> Result<Proposals, Trouble> {
    let found = proposed(web, staff).await?;
    let mut list = Asked::default().page(&[], found);
    tell(web, &mut list.rows).await?;
    let list = List {
        tools: list.tools.at(web.path("desk/exceptional")),
        ..list
    };
    let member = match member {
        Some(member) => Some((member, name(web, member).await?)),
        None => None,
    };
    Ok(Proposals {
        member,
        wrong,
        ..of(web, staff, list)
    })
}

fn of(web: &Web, staff: &Awarder, proposed: List<Row>) -> Proposals {
    Proposals {
        frame: Frame::new(web, t("突出事迹", "Exceptional deeds"), Some(&staff.0)),
        proposed,
        member: None,
        categories: categories(),
        typed: Typed {
            key: fresh_key(),
            at: field(web.now(), &web.zone()),
            ..Typed::default()
        },
        key: fresh_key(),
        wrong: Wrong::default(),
    }
}

/// What nobody has verified, of riders they see.
async fn proposed(web: &Web, staff: &Awarder) -> Result<Vec<Row>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let first = DeedId(Uuid::nil());
    let page = |after, limit| ledger.exceptional_proposed(program, after, limit);
    let deeds = whole::rows(MOST, first, |deed: &DeedView| deed.record.id, page).await?;
    let members = deeds.iter().map(|deed| deed.record.member.0).collect();
    let names = names(web, Register::Members, members).await?;
    let known = categories();
    let mut rows = Vec::new();
    for deed in &deeds {
        let member = deed.record.member;
        if !staff.0.caller.sees_member(&web.app, member).await? {
            continue;
        }
        let (category, own) = match &deed.record.body {
            DeedBody::Exceptional(body) => {
                let known = known.iter().find(|(value, _)| *value == body.category);
                let own = body.proposed_by.id == staff.0.caller.actor.id;
                (known.map_or("", |(_, label)| *label), own)
            }
            _ => ("", false),
        };
        rows.push(Row {
            deed: deed.record.id.0,
            name: names.get(&member.0).cloned().unwrap_or_default(),
            category,
            at: full(deed.record.began_at, &web.zone()),
            said: Vec::new(),
            own,
        });
    }
    Ok(rows)
}

/// Opens what was said of those that are shown.
async fn tell(web: &Web, rows: &mut [Row]) -> Result<(), Trouble> {
    let program = web.program.id;
    for row in rows {
        let attached = web.ledger.attachments_of(program, row.deed).await?;
        let texts = attached
            .iter()
            .filter(|one| one.kind == AttachmentKind::Text);
        for text in texts {
            let opened = web.ledger.attachment(program, text.id).await?;
            let content = opened.and_then(|opened| opened.content);
            let said = content.and_then(|(_, bytes)| String::from_utf8(bytes).ok());
            row.said.extend(said);
        }
    }
    Ok(())
}

/// A proposal as it was typed.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    key: String,
    #[serde(default)]
    member: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    words: String,
}

impl Typed {
    /// When it was and what happened, or what is missing.
    fn told(&self, web: &Web) -> Result<(Timestamp, String), Wrong> {
        let mut wrong = Wrong::default();
        let at = from_field(&self.at, &web.zone());
        if at.is_none() {
            wrong.note("at", t("请填写时间。", "Please fill in when it was."));
        }
        let text = self.words.trim();
        if !(1..=LONGEST).contains(&text.chars().count()) {
            let missing = t(
                "请填写经过，最多 2000 字。",
                "Please fill in what happened, in at most 2000 characters.",
            );
            wrong.note("words", missing);
        }
        match at {
            Some(at) if wrong.is_empty() => Ok((at, text.to_owned())),
            _ => Err(wrong),
        }
    }
}

/// What the ledger turned down, beside its field where it is about one.
fn flaw(error: &WriteError) -> Wrong {
    let field = match error {
        WriteError::Rejected(Rejection::DeedInFuture { .. }) => "at",
        WriteError::Rejected(Rejection::Deed(DeedRejection::BadFact { .. })) => "category",
        _ => "form",
    };
    Wrong::with(field, words::failure(error))
}

/// The form as it was typed.
async fn again(
    web: &Web,
    staff: &Awarder,
    (member, typed): (MemberId, Typed),
    (status, wrong): (StatusCode, Wrong),
) -> Page {
    let view = view(web, staff, Some(member), wrong).await?;
    show_as(status, &Proposals { typed, ..view })
}

/// `POST /{program}/desk/exceptional`: proposes one, once for each form.
pub async fn propose(At(web): At, staff: Awarder, Form(mut typed): Form<Typed>) -> Page {
    let member = typed.member.parse().map_err(|_| Trouble::Missing)?;
    let member = MemberId(member);
    staff.0.must_see(&web, member).await?;
    let (occurred_at, text) = match typed.told(&web) {
        Ok(told) => told,
        Err(wrong) => {
            let wrong = (StatusCode::UNPROCESSABLE_ENTITY, wrong);
            return again(&web, &staff, (member, typed), wrong).await;
        }
    };
    let actor = staff.0.caller.actor;
    let request = request(&staff.0, Some(typed.key.clone()));
    let before = web
        .ledger
        .outcome_of(&request, "exceptional.propose")
        .await?;
    if matches!(before, Some(Ok(_))) {
        return go(&web.path("desk/exceptional"));
    }
    let upload = Upload::Text(text);
    let kept = web.ledger.upload(web.program.id, &actor, upload).await;
    let Ok(kept) = kept else {
        let problem = t(
            "经过没有保存上，请稍后再试。",
            "What happened could not be kept. Please try again later.",
        );
        let wrong = Wrong::with("form", problem);
        let wrong = (StatusCode::SERVICE_UNAVAILABLE, wrong);
        return again(&web, &staff, (member, typed), wrong).await;
    };
    let command = ExceptionalCommand::Propose {
        member,
        reference: derived(&[b"exceptional", actor.id.0.as_bytes(), typed.key.as_bytes()]),
        category: typed.category.clone(),
        occurred_at,
        attachments: vec![kept.id],
    };
    let done = web
        .app
        .execute_deed(&request, Command::Exceptional(Box::new(command)));
    match done.await {
        Ok(_) => go(&web.path("desk/exceptional")),
        Err(error) => {
            if !words::may_try_again(&error) {
                typed.key = fresh_key();
            }
            let wrong = (StatusCode::CONFLICT, flaw(&error));
            again(&web, &staff, (member, typed), wrong).await
        }
    }
}

#[derive(Deserialize)]
pub struct Decision {
    #[serde(default)]
    act: String,
    #[serde(default)]
    key: String,
}

/// `POST /{program}/desk/exceptional/{id}`: confirms or refuses one that somebody else proposed.
pub async fn decide(
    At(web): At,
    staff: Awarder,
    Id(deed): Id<DeedId>,
    Form(decision): Form<Decision>,
) -> Page {
    let found = web.ledger.deed(web.program.id, deed).await?;
    let found = found.ok_or(Trouble::Missing)?;
    staff.0.must_see(&web, found.record.member).await?;
    let command = match decision.act.as_str() {
        "verify" => ExceptionalCommand::Verify { deed },
        "refuse" => ExceptionalCommand::Refuse {
            deed,
            reason: Reason::NotAsClaimed,
        },
        _ => return Err(Trouble::Missing),
    };
    let request = request(&staff.0, Some(decision.key));
    let command = Command::Exceptional(Box::new(command));
    match web.app.execute_deed(&request, command).await {
        Ok(_) => go(&web.path("desk/exceptional")),
        Err(error) => {
            let wrong = Wrong::with("form", words::failure(&error));
            show_as(
                StatusCode::CONFLICT,
                &view(&web, &staff, None, wrong).await?,
            )
        }
    }
}
