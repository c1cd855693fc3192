//! 服务记录: what a rider did; the signed statement of it to be printed for the organization at home, and the page that checks one.

mod listed;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use ledger::clock::Timestamp;
use ledger::community::personal::Purpose;
use ledger::community::service::{NO_EVIDENCE, Served, ServiceRecord};
use ledger::ids::MemberId;
use ledger::policy::deed::choice;
use ledger::policy::{evidence_classes, kinds};
use ledger::views::Register;
use serde::Deserialize;
use uuid::Uuid;

use crate::records::{self, Issued, Statement, Wanted};
use crate::web::door::entrance::at_door;
use crate::web::format::full;
use crate::web::lists;
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, show, show_as};
use crate::web::reading::{Say, counted, say, t};
use crate::web::square::square;
use crate::web::visitor::Reached;
use crate::web::visitor::{At, Enroller, Id, Rider, Visitor, request};
use crate::web::{Site, Web};

/// The longest signed record that is printed as a square; of more, no phone's camera makes anything on paper.
const SQUARE: usize = 1_200;

#[derive(Template)]
#[template(path = "rider/service.html")]
struct Service {
    frame: Frame,
    name: String,
    back: String,
    action: String,
    staff: bool,
    parts: Parts,
    /// The address of a file of all of it.
    whole: String,
    problem: Option<&'static str>,
}

/// A record in words.
struct Parts {
    hours: String,
    deeds: String,
    people: Option<String>,
    tables: Vec<(&'static str, Vec<Line>)>,
    beneficiaries: Vec<(String, String)>,
}

struct Line {
    name: String,
    deeds: String,
    hours: String,
}

impl Parts {
    fn of(record: &ServiceRecord) -> Self {
        let lines = |parts: &BTreeMap<String, Served>, words: &dyn Fn(&str) -> String| {
            let line = |(name, part): (&String, &Served)| Line {
                name: words(name),
                deeds: deeds(part.deeds),
                hours: part.hours(),
            };
            parts.iter().map(line).collect::<Vec<_>>()
        };
        let tables = vec![
            (
                t("按凭据", "By evidence"),
                lines(&record.by_evidence, &class),
            ),
            (t("按事项", "By kind"), lines(&record.by_kind, &kind)),
            (
                t("按月份", "By month"),
                lines(&record.by_month, &str::to_owned),
            ),
        ];
        let whom = record.beneficiaries.iter();
        let people = usize::try_from(record.people_served).unwrap_or_default();
        Self {
            hours: record.total.hours(),
            deeds: deeds(record.total.deeds),
            people: (people > 0).then(|| counted(people, "人次", "person", "people")),
            tables,
            beneficiaries: whom
                .map(|(name, number)| (beneficiary(name), deeds(*number)))
                .collect(),
        }
    }
}

fn deeds(number: u64) -> String {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    counted(number, "件", "deed", "deeds")
}

fn class(name: &str) -> String {
    let mut known = evidence_classes().iter();
    let known = known
        .find(|class| class.value == name)
        .map(|class| t(class.zh, class.en));
    match known {
        Some(words) => words.to_owned(),
        None if name == NO_EVIDENCE => t("仅登记人证明", "The word of who recorded it").to_owned(),
        None => name.to_owned(),
    }
}

fn kind(name: &str) -> String {
    let known = kinds().iter().find(|kind| kind.name == name);
    known.map_or(name, |kind| t(kind.zh, kind.en)).to_owned()
}

fn beneficiary(name: &str) -> String {
    let mut kinds = kinds().iter();
    let known = kinds.find_map(|kind| choice(kind.name, "beneficiary", name));
    known
        .map_or(name, |choice| t(choice.zh, choice.en))
        .to_owned()
}

/// `GET /{program}/me/service`.
pub async fn mine(At(web): At, rider: Rider, Query(asked): Query<lists::Asked>) -> Page {
    let paths = ("me", "me/service");
    shown(&web, &rider.0, rider.member(), paths, &asked).await
}

/// `GET /{program}/desk/people/{id}/service`.
pub async fn theirs(
    At(web): At,
    staff: Enroller,
    Id(member): Id<MemberId>,
    Query(asked): Query<lists::Asked>,
) -> Page {
    staff.0.must_see(&web, member).await?;
    let here = format!("desk/people/{member}/service");
    shown(&web, &staff.0, member, ("desk", &here), &asked).await
}

/// The record, or a file of it.
async fn shown(
    web: &Web,
    visitor: &Visitor,
    member: MemberId,
    paths: (&str, &str),
    asked: &lists::Asked,
) -> Page {
    let view = view(web, visitor, member, paths).await?;
    match asked.file("service", &view.parts.listed()) {
        Some(file) => file.await,
        None => show(&view),
    }
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    member: MemberId,
    (back, action): (&str, &str),
) -> Result<Service, Trouble> {
    let named = web
        .ledger
        .registered(web.program.id, Register::Members, member.0);
    named.await?.ok_or(Trouble::Missing)?;
    let record = web
        .ledger
        .service_record(web.program.id, member, (None, None));
    Ok(Service {
        frame: Frame::new(web, t("服务记录", "Service record"), Some(visitor)),
        name: name(web, Register::Members, member.0).await?,
        back: web.path(back),
        action: web.path(action),
        staff: !visitor.caller.is_member(),
        parts: Parts::of(&record.await?),
        whole: format!("{}?", web.path(action)),
        problem: None,
    })
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    name: String,
}

#[derive(Template)]
#[template(path = "rider/service_print.html")]
struct Printed {
    frame: Frame,
    back: String,
    statement: Statement,
    parts: Parts,
    issued: String,
    check: String,
    address: String,
    size: usize,
    path: String,
    signed: String,
}

/// `POST /{program}/me/service`: signs it, to be printed.
pub async fn print_mine(
    At(web): At,
    rider: Rider,
    reached: Reached,
    Form(asked): Form<Asked>,
) -> Page {
    let wanted = wanted(rider.member(), &asked, None);
    let paths = ("me", "me/service");
    print(&web, &rider.0, &reached, &wanted, paths).await
}

/// `POST /{program}/desk/people/{id}/service`: the same for somebody who comes to the desk; a whole name is looked at for them.
pub async fn print_theirs(
    At(web): At,
    staff: Enroller,
    reached: Reached,
    Id(member): Id<MemberId>,
    Form(asked): Form<Asked>,
) -> Page {
    staff.0.must_see(&web, member).await?;
    let wanted = wanted(member, &asked, Some(Purpose::Request));
    let here = format!("desk/people/{member}/service");
    print(&web, &staff.0, &reached, &wanted, ("desk", &here)).await
}

fn wanted(member: MemberId, asked: &Asked, purpose: Option<Purpose>) -> Wanted {
    Wanted {
        member,
        from: None,
        until: None,
        whole_name: asked.name == "whole",
        purpose,
    }
}

async fn print(
    web: &Web,
    visitor: &Visitor,
    Reached(server): &Reached,
    wanted: &Wanted,
    paths: (&str, &str),
) -> Page {
    let Ok(issued) = records::issue(&web.app, &request(visitor, None), wanted).await else {
        let problem = Some(t(
            "暂时不能出具证明：服务器没有签名密钥，或账本暂时不可用。请联系管理员。",
            "No record can be issued just now: the server has no key to sign with, or the ledger cannot be reached. Please ask an administrator.",
        ));
        let view = view(web, visitor, wanted.member, paths).await?;
        let view = Service { problem, ..view };
        return show_as(StatusCode::SERVICE_UNAVAILABLE, &view);
    };
    let Issued {
        statement,
        signed,
        check,
    } = issued;
    let path = web.path(&format!("records/verify?id={}&code={check}", statement.jti));
    let address = format!("{server}{path}");
    let (size, path) = match signed.len() <= SQUARE {
        true => square(&signed),
        false => square(&address),
    };
    let at = Timestamp::from_micros(statement.iat * 1_000_000);
    show(&Printed {
        frame: Frame::new(web, t("服务证明", "Record of service"), Some(visitor)),
        back: web.path(paths.1),
        parts: Parts::of(&statement.record),
        issued: full(at, &web.zone()),
        statement,
        check,
        address: format!("{server}{}", web.path("records/verify")),
        size,
        path,
        signed,
    })
}

#[derive(Template)]
#[template(path = "rider/record_check.html")]
struct Check {
    frame: Frame,
    typed: String,
    /// What was found, and whether it is good.
    found: Option<(bool, String)>,
    statement: Option<(Statement, Parts)>,
}

#[derive(Default, Deserialize)]
pub struct Numbered {
    id: Option<Uuid>,
    #[serde(default)]
    code: String,
}

/// `GET /{program}/records/verify`: the form; with a number and a check code, whether such a record was issued.
pub async fn ask(
    State(site): State<Arc<Site>>,
    At(web): At,
    headers: HeaderMap,
    Query(numbered): Query<Numbered>,
) -> Page {
    let found = match numbered.id {
        Some(id) => {
            let program = &web.program.code;
            let at = records::was_issued(&web.app, program, id, &numbered.code).await?;
            Some(match at {
                Some(at) => {
                    let at = full(at, &web.zone());
                    let words = say!(
                        "这份证明由本计划于 {at} 出具。内容以签名文本为准，可粘贴核验。",
                        "This programme issued the record on {at}. What counts is the signed text, which you can paste here to check."
                    );
                    (true, words)
                }
                None => {
                    let words = t(
                        "没有出具过这个编号和校验码的证明。",
                        "No record with this number and check code was issued.",
                    );
                    (false, words.to_owned())
                }
            })
        }
        None => None,
    };
    page(&site, &web, &headers, String::new(), found, None)
}

#[derive(Deserialize)]
pub struct Pasted {
    #[serde(default)]
    record: String,
}

/// `POST /{program}/records/verify`: a record that was pasted.
pub async fn verify(
    State(site): State<Arc<Site>>,
    At(web): At,
    headers: HeaderMap,
    Form(pasted): Form<Pasted>,
) -> Page {
    let signed: String = pasted.record.split_whitespace().collect();
    let (found, statement) = match records::verify(&web.app.records.published(), &signed) {
        Ok(statement) => {
            let check = records::check_of(&signed);
            let program = &statement.program;
            let at = records::was_issued(&web.app, program, statement.jti, &check).await?;
            let found = match at {
                Some(at) => {
                    let at = full(at, &web.zone());
                    let words = say!(
                        "签名有效，于 {at} 出具，内容没有改动。",
                        "The signature is good. It was issued on {at} and nothing was changed."
                    );
                    (true, words)
                }
                None => {
                    let words = t(
                        "签名有效，但没有出具的记录。请联系出具单位。",
                        "The signature is good, but there is no record that it was issued. Please ask whoever issued it.",
                    );
                    (false, words.to_owned())
                }
            };
            let parts = Parts::of(&statement.record);
            (found, Some((statement, parts)))
        }
        Err(why) => {
            let words = match why {
                records::NotSigned::Changed => t(
                    "签名无效：内容被改动过。",
                    "The signature is no good: something was changed.",
                ),
                records::NotSigned::UnknownKey => t(
                    "签名不是本服务器的密钥签的。",
                    "It was not signed with a key of this server.",
                ),
                records::NotSigned::Form => t(
                    "这不是服务证明的签名文本。",
                    "This is not the signed text of a service record.",
                ),
            };
            ((false, words.to_owned()), None)
        }
    };
    page(&site, &web, &headers, signed, Some(found), statement)
}

fn page(
    site: &Site,
    web: &Web,
    headers: &HeaderMap,
    typed: String,
    found: Option<(bool, String)>,
    statement: Option<(Statement, Parts)>,
) -> Page {
    at_door(site, headers, StatusCode::OK, |csrf| Check {
        frame: Frame::at_door(web, t("核验服务证明", "Check a service record"), csrf),
        typed,
        found,
        statement,
    })
}
