//! Awarding one rider: the form its policy's kind of deed asks for, a preview, the award.

mod reading;

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::Verb;
use ledger::ids::MemberId;
use ledger::machine::{Award, Outcome};
use ledger::policy::deed::{FactSpec, FactType, kind, kinds};
use ledger::policy::{DeedKind, Policy, evidence_classes, explain, explain_terms};
use ledger::views::Register;
use ledger::{AwardRequest, StoreError};
use serde::Deserialize;

use self::reading::{Fields, evidence_field, fact_field, mark, read, refused, unseen};
use crate::web::fields::fresh_key;
use crate::web::format::{field, full, last_day, points};
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, language, t};
use crate::web::visitor::{At, Awarder, Visitor, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "desk/deed.html")]
struct DeedPage {
    frame: Frame,
    member: MemberId,
    name: String,
    /// Whether they may look at what is held about the rider.
    data: bool,
    kinds: Vec<Choice>,
    chosen: Option<Chosen>,
    /// What is said above the form, and beside its fields.
    problems: Vec<String>,
    wrong: Wrong,
    preview: Option<Preview>,
}

/// What is said of a form that is shown again.
#[derive(Default)]
struct Again {
    problems: Vec<String>,
    wrong: Wrong,
    preview: Option<Preview>,
}

impl Again {
    fn wrong(wrong: Wrong) -> Self {
        Self {
            problems: wrong.of("form").map(str::to_owned).into_iter().collect(),
            wrong,
            preview: None,
        }
    }
}

/// Something to choose from.
struct Choice {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

/// The form for the kind that was chosen.
struct Chosen {
    kind: &'static str,
    title: &'static str,
    when: String,
    place: String,
    /// Whether the place is in the coordinates of Chinese maps.
    bent: bool,
    latest: String,
    key: String,
    fields: Vec<Field>,
    /// Classes of evidence; chosen are those ticked.
    evidence: Vec<Choice>,
}

struct Field {
    name: String,
    label: &'static str,
    unit: &'static str,
    required: bool,
    value: String,
    shape: Shape,
}

enum Shape {
    Number {
        min: i64,
        max: i64,
        step: &'static str,
    },
    Choice(Vec<Choice>),
    Code,
}

struct Preview {
    /// Of what was typed: only that is awarded.
    mark: String,
    points: String,
    approval: bool,
    expires: Option<String>,
    when: String,
    sentences: Vec<String>,
}

#[derive(Deserialize)]
pub struct Wanted {
    member: MemberId,
    kind: Option<String>,
}

/// `GET /{program}/desk/deed`: which kind of deed, then its form.
pub async fn show(At(web): At, Awarder(worker): Awarder, Query(wanted): Query<Wanted>) -> Page {
    let fields = Fields::from([
        ("member".to_owned(), wanted.member.to_string()),
        ("kind".to_owned(), wanted.kind.unwrap_or_default()),
    ]);
    form(&web, &worker, &fields, Again::default()).await
}

/// `POST /{program}/desk/preview`: what it would come to, and why; nothing is awarded yet.
pub async fn preview(At(web): At, Awarder(worker): Awarder, Form(fields): Form<Fields>) -> Page {
    must_see(&web, &worker, &fields).await?;
    match read(&web, &fields) {
        Ok(award) => look(&web, &worker, &fields, (&award, None)).await,
        Err(wrong) => form(&web, &worker, &fields, Again::wrong(wrong)).await,
    }
}

/// `POST /{program}/desk/award`: awards it, once for each form. What nobody has looked at is shown first.
pub async fn award(At(web): At, Awarder(worker): Awarder, Form(fields): Form<Fields>) -> Page {
    must_see(&web, &worker, &fields).await?;
    let award = match read(&web, &fields) {
        Ok(award) => award,
        Err(wrong) => return form(&web, &worker, &fields, Again::wrong(wrong)).await,
    };
    if let Some(why) = unseen(&fields) {
        return look(&web, &worker, &fields, (&award, Some(why))).await;
    }
    let request = request(&worker, fields.get("key").cloned());
    match web.ledger.submit_award(&request, &award).await {
        Ok(receipt) => match receipt.outcome {
            Outcome::Award { award, .. } => go(&web.path(&format!("desk?done={award}"))),
            _ => Err(Trouble::Missing),
        },
        Err(error) => {
            let (wrong, problems) = refused(&award.deed.kind, &error);
            let mut fields = fields;
            let stays =
                matches!(&error, ledger::ExecuteError::Write(error) if words::may_try_again(error));
            if !stays {
                fields.insert("key".to_owned(), fresh_key());
            }
            let again = Again {
                problems,
                wrong,
                preview: None,
            };
            form(&web, &worker, &fields, again).await
        }
    }
}

/// The form with what it would come to; above it why that is shown, where something else was asked for.
async fn look(
    web: &Web,
    worker: &Visitor,
    fields: &Fields,
    (award, why): (&AwardRequest, Option<&str>),
) -> Page {
    let request = request(worker, None);
    let again = match web.ledger.preview_award(&request, award).await {
        Ok(preview) => Again {
            problems: why.map(str::to_owned).into_iter().collect(),
            preview: Some(previewed(web, fields, &preview.award)),
            ..Again::default()
        },
        Err(error) => {
            let (wrong, problems) = refused(&award.deed.kind, &error);
            Again {
                problems,
                wrong,
                preview: None,
            }
        }
    };
    form(web, worker, fields, again).await
}

fn previewed(web: &Web, fields: &Fields, award: &Award) -> Preview {
    let zone = web.zone();
    Preview {
        mark: mark(fields),
        points: points(award.points),
        approval: award.terms.approval.people() > 0,
        expires: award.expires_at.map(|at| last_day(at, &zone)),
        when: full(award.deed.occurred_at, &zone),
        sentences: [
            explain(&award.trace, language()),
            explain_terms(&award.terms, language()),
        ]
        .concat(),
    }
}

/// Whose award it is to be: a rider whom they see.
async fn must_see(web: &Web, worker: &Visitor, fields: &Fields) -> Result<MemberId, Trouble> {
    let member = fields.get("member").and_then(|id| id.parse().ok());
    let member = member.ok_or(Trouble::Missing)?;
    worker.must_see(web, member).await?;
    Ok(member)
}

/// The form with everything that was typed.
async fn form(web: &Web, worker: &Visitor, fields: &Fields, again: Again) -> Page {
    let member = must_see(web, worker, fields).await?;
    let named = web
        .ledger
        .registered(web.program.id, Register::Members, member.0);
    let named = named.await?.ok_or(Trouble::Missing)?;
    let declared = fields.get("kind").and_then(|name| kind(name));
    let Again {
        problems,
        wrong,
        preview,
    } = again;
    let status = if problems.is_empty() && wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = DeedPage {
        frame: Frame::new(web, t("登记发放", "Record and award"), Some(worker)),
        member,
        name: named.name,
        data: worker.may_for(web, &[Verb::Enrol], member).await?,
        kinds: choices(web, declared).await?,
        chosen: declared.map(|kind| chosen(web, kind, fields)),
        problems,
        wrong,
        preview,
    };
    show_as(status, &page)
}

/// The kinds of deed that some policy gives points for.
pub async fn priced(web: &Web) -> Result<Vec<&'static DeedKind>, StoreError> {
    let policies = web.ledger.policies(web.program.id).await?;
    let on: BTreeSet<String> = policies
        .iter()
        .filter_map(|version| {
            let file = format!("{}.toml", version.name);
            let policy = Policy::parse(&file, &version.source).ok()?;
            Some(policy.on().to_owned())
        })
        .collect();
    let priced = kinds().iter().filter(|kind| on.contains(kind.name));
    Ok(priced.collect())
}

/// The same to choose from.
async fn choices(web: &Web, chosen: Option<&DeedKind>) -> Result<Vec<Choice>, StoreError> {
    let choice = |kind: &'static DeedKind| Choice {
        value: kind.name,
        label: t(kind.zh, kind.en),
        chosen: chosen.is_some_and(|chosen| chosen.name == kind.name),
    };
    Ok(priced(web).await?.into_iter().map(choice).collect())
}

fn chosen(web: &Web, kind: &'static DeedKind, fields: &Fields) -> Chosen {
    let now = field(web.now(), &web.zone());
    let typed = |name: &str| fields.get(name).cloned();
    let asked = kind.facts.iter().filter(|spec| !spec.derived);
    Chosen {
        kind: kind.name,
        title: t(kind.zh, kind.en),
        when: typed("when").unwrap_or_else(|| now.clone()),
        place: typed("place").unwrap_or_default(),
        bent: typed("datum").as_deref() == Some("gcj02"),
        latest: now,
        key: typed("key").unwrap_or_else(fresh_key),
        fields: asked
            .map(|spec| field_of(spec, typed(&fact_field(spec)).unwrap_or_default()))
            .collect(),
        evidence: evidence_classes()
            .iter()
            .map(|class| Choice {
                value: class.value,
                label: t(class.zh, class.en),
                chosen: typed(&evidence_field(class.value)).is_some(),
            })
            .collect(),
    }
}

fn field_of(spec: &'static FactSpec, value: String) -> Field {
    let choice = |(word, label)| Choice {
        value: word,
        label,
        chosen: word == value,
    };
    let (shape, unit) = match spec.kind {
        FactType::Bool => {
            let words = [("true", t("是", "yes")), ("false", t("否", "no"))];
            (Shape::Choice(words.map(choice).into()), "")
        }
        FactType::Choice { values } => {
            let words = values
                .iter()
                .map(|each| choice((each.value, t(each.zh, each.en))));
            (Shape::Choice(words.collect()), "")
        }
        FactType::Number {
            unit,
            min,
            max,
            places,
        } => {
            let step = if places == 0 { "1" } else { "0.01" };
            let (zh, en) = unit.labels();
            (Shape::Number { min, max, step }, t(zh, en))
        }
        FactType::Code => (Shape::Code, ""),
    };
    Field {
        name: fact_field(spec),
        label: t(spec.zh, spec.en),
        unit,
        required: spec.required,
        value,
        shape,
    }
}
