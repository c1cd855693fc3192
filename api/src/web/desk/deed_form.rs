//! Awarding one rider: the form its policy's kind of deed asks for, a preview, the award.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::Verb;
use ledger::ids::MemberId;
use ledger::machine::{Award, Outcome};
use ledger::policy::deed::{FactSpec, FactType, kind, kinds};
use ledger::policy::{Deed, DeedKind, Fact, Policy, evidence_classes, explain, explain_terms};
use ledger::views::Register;
use ledger::{AwardRequest, StoreError};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::web::fields::fresh_key;
use crate::web::fields::{datum, position};
use crate::web::format::{field, from_field, full, last_day, points};
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, language, say, t};
use crate::web::visitor::{At, Awarder, Visitor, request};
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
    problems: Vec<String>,
    preview: Option<Preview>,
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
    points: String,
    approval: bool,
    expires: Option<String>,
    when: String,
    sentences: Vec<String>,
}

/// Every field of the form, as sent.
type Fields = HashMap<String, String>;

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
    form(&web, &worker, &fields, Vec::new(), None).await
}

/// `POST /{program}/desk/preview`: what it would come to, and why; nothing is awarded yet.
pub async fn preview(At(web): At, Awarder(worker): Awarder, Form(fields): Form<Fields>) -> Page {
    must_see(&web, &worker, &fields).await?;
    let award = match read(&web, &fields) {
        Ok(award) => award,
        Err(problems) => return form(&web, &worker, &fields, problems, None).await,
    };
    let request = request(&worker, None);
    match web.ledger.preview_award(&request, &award).await {
        Ok(preview) => {
            let preview = previewed(&web, &preview.award);
            form(&web, &worker, &fields, Vec::new(), Some(preview)).await
        }
        Err(error) => {
            let problems = words::unawarded(&award.deed.kind, &error);
            form(&web, &worker, &fields, problems, None).await
        }
    }
}

/// `POST /{program}/desk/award`: awards it, once for each form.
pub async fn award(At(web): At, Awarder(worker): Awarder, Form(fields): Form<Fields>) -> Page {
    must_see(&web, &worker, &fields).await?;
    let award = match read(&web, &fields) {
        Ok(award) => award,
        Err(problems) => return form(&web, &worker, &fields, problems, None).await,
    };
    let request = request(&worker, fields.get("key").cloned());
    match web.ledger.submit_award(&request, &award).await {
        Ok(receipt) => match receipt.outcome {
            Outcome::Award { award, .. } => go(&web.path(&format!("desk?done={award}"))),
            _ => Err(Trouble::Missing),
        },
        Err(error) => {
            let problems = words::unawarded(&award.deed.kind, &error);
            let mut fields = fields;
            let again =
                matches!(&error, ledger::ExecuteError::Write(error) if words::may_try_again(error));
            if !again {
                fields.insert("key".to_owned(), fresh_key());
            }
            form(&web, &worker, &fields, problems, None).await
        }
    }
}

fn previewed(web: &Web, award: &Award) -> Preview {
    let zone = web.zone();
    Preview {
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
async fn form(
    web: &Web,
    worker: &Visitor,
    fields: &Fields,
    problems: Vec<String>,
    preview: Option<Preview>,
) -> Page {
    let member = must_see(web, worker, fields).await?;
    let named = web
        .ledger
        .registered(web.program.id, Register::Members, member.0);
    let named = named.await?.ok_or(Trouble::Missing)?;
    let declared = fields.get("kind").and_then(|name| kind(name));
    let status = if problems.is_empty() {
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

fn fact_field(spec: &FactSpec) -> String {
    format!("fact.{}", spec.name)
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

/// The award the form asks for, or what is wrong with it. Whether the facts are as declared is the policy's to say.
fn read(web: &Web, fields: &Fields) -> Result<AwardRequest, Vec<String>> {
    let typed = |name: &str| fields.get(name).map_or("", |text| text.trim());
    let member = typed("member").parse();
    let (Ok(member), Some(kind)) = (member, kind(typed("kind"))) else {
        let wrong = t(
            "请先选骑手和事项。",
            "Please choose the rider and the kind of deed first.",
        );
        return Err(vec![wrong.to_owned()]);
    };
    let mut problems = Vec::new();
    let when = from_field(typed("when"), &web.zone());
    match when {
        None => {
            problems.push(t("请填事情发生的时间。", "Please fill in when it happened.").to_owned())
        }
        Some(at) if at > web.now() => problems.push(
            t(
                "发生时间不能在将来。",
                "It cannot have happened in the future.",
            )
            .to_owned(),
        ),
        Some(_) => {}
    }
    let mut facts = BTreeMap::new();
    for spec in kind.facts.iter().filter(|spec| !spec.derived) {
        let text = typed(&fact_field(spec));
        let label = t(spec.zh, spec.en);
        if text.is_empty() {
            if spec.required {
                problems.push(say!("请填{label}。", "Please fill in: {label}."));
            }
            continue;
        }
        match fact(spec, text) {
            Some(fact) => {
                facts.insert(spec.name.to_owned(), fact);
            }
            None => problems.push(say!(
                "{label}要填数字。",
                "This is to be a number: {label}."
            )),
        }
    }
    let datum = datum(typed("datum"));
    let position = position(typed("place"), datum);
    if position.is_none() && !typed("place").is_empty() {
        let wrong = t(
            "地点坐标要填“纬度, 经度”，如 41.7952, 123.3085。",
            "The position is written as latitude, longitude, such as 41.7952, 123.3085.",
        );
        problems.push(wrong.to_owned());
    }
    let (Some(occurred_at), true) = (when, problems.is_empty()) else {
        return Err(problems);
    };
    // The deed is the rider's, of this kind, at this time: entered by two people it is still one deed.
    let reference = format!("desk-{}", typed("when"));
    Ok(AwardRequest {
        member,
        deed: Deed {
            kind: kind.name.to_owned(),
            reference,
            occurred_at,
            facts,
            evidence: shown(fields),
            places: Vec::new(),
        },
        policy: None,
        position,
    })
}

/// The classes of evidence that were ticked.
fn shown(fields: &Fields) -> BTreeSet<String> {
    let ticked =
        |class: &&ledger::policy::deed::Choice| fields.contains_key(&evidence_field(class.value));
    let classes = evidence_classes().iter().filter(ticked);
    classes.map(|class| class.value.to_owned()).collect()
}

fn evidence_field(class: &str) -> String {
    format!("evidence.{class}")
}

fn fact(spec: &FactSpec, text: &str) -> Option<Fact> {
    match spec.kind {
        FactType::Bool => Some(Fact::Bool(text == "true")),
        FactType::Number { .. } => Decimal::from_str_exact(text).ok().map(Fact::Number),
        FactType::Choice { .. } | FactType::Code => Some(Fact::Text(text.to_owned())),
    }
}
