//! 报到码: the page a rider's phone opens at a station, to ask to be enrolled.
//!
//! What is answered is the same whether the phone is a member's already or not. Staff at the station confirm: they see who stands there.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ledger::PersonalError;
use ledger::WriteError;
use ledger::community::personal::{Consent, Personal, Phone, Platform};
use ledger::community::{Actor, JoinCode, Role};
use ledger::ids::{ActorId, MemberId, derived};
use serde::Deserialize;

use super::counter::fresh_key;
use super::page::{Frame, Page, Trouble, show, show_as};
use super::station::organization;
use super::{Web, words};
use crate::consent;

/// How many may wait for a station's decision, and how many may ask it within an hour: more is somebody playing.
const WAITING: i64 = 200;
const AN_HOUR: i64 = 60;

#[derive(Template)]
#[template(path = "join.html")]
struct Join {
    frame: Frame,
    code: String,
    station: String,
    version: &'static str,
    text: &'static str,
    typed: Typed,
    problems: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "joined.html")]
struct Joined {
    frame: Frame,
    station: String,
}

/// What was typed; shown again when something is wrong with it.
#[derive(Default, Deserialize)]
pub struct Typed {
    key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    platforms: String,
    #[serde(default)]
    home: String,
    /// The version agreed to.
    #[serde(default)]
    agreed: String,
}

/// `GET /{program}/join/{code}`: the form, with the whole text that is agreed to.
pub async fn show_form(
    State(web): State<Arc<Web>>,
    Path((program, code)): Path<(String, String)>,
) -> Page {
    let code = leads(&web, &program, &code).await?;
    let typed = Typed {
        key: fresh_key(),
        ..Typed::default()
    };
    show(&form(&web, &code, typed, Vec::new()).await?)
}

/// `POST /{program}/join/{code}`: keeps what was said until staff decide.
pub async fn ask(
    State(web): State<Arc<Web>>,
    Path((program, code)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Page {
    let code = leads(&web, &program, &code).await?;
    let personal = match said(&web, &typed) {
        Ok(personal) => personal,
        Err(problems) => return again(&web, &code, typed, problems).await,
    };
    let (id, organization) = (web.program.id, code.organization);
    let since = web.now().plus_seconds(-3_600);
    let count = web.ledger.joining_count(id, organization, since).await?;
    if count.all >= WAITING || count.lately >= AN_HOUR {
        let full = "现在报到的人太多，请到前台登记，或过一会儿再试。";
        return again(&web, &code, typed, vec![full]).await;
    }
    let member = MemberId(derived(&[b"join", id.0.as_bytes(), typed.key.as_bytes()]));
    let request = ledger::Request {
        program: id,
        actor: Actor {
            id: ActorId(member.0),
            role: Role::Member,
            member: None,
            store: None,
            node: None,
        },
        key: Some(typed.key.clone()),
    };
    // No code was sent to the phone, so nothing proves yet that it is theirs: staff see to that.
    let asked = web
        .ledger
        .ask_to_join(&request, member, organization, &personal, None);
    match asked.await {
        Ok(_) => show(&Joined {
            frame: Frame::new(&web, "报到", None),
            station: station(&web, &code).await?,
        }),
        Err(PersonalError::Write(WriteError::KeyReused)) => {
            let typed = Typed {
                key: fresh_key(),
                ..typed
            };
            again(&web, &code, typed, vec!["内容改过了，请再提交一次。"]).await
        }
        Err(PersonalError::Write(error)) if words::may_try_again(&error) => {
            again(&web, &code, typed, vec!["系统正忙，请再提交一次。"]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The code, if it is good still.
async fn leads(web: &Web, program: &str, code: &str) -> Result<JoinCode, Trouble> {
    if program != web.program.code || !web.ledger.has_keyring() {
        return Err(Trouble::Missing);
    }
    let found = web.ledger.join_code_leads(web.program.id, code).await?;
    let good = found.filter(|code| code.expires_at > web.now());
    good.ok_or(Trouble::CodeOver)
}

async fn station(web: &Web, code: &JoinCode) -> Result<String, Trouble> {
    Ok(organization(web, code.organization).await?)
}

async fn form(
    web: &Web,
    code: &JoinCode,
    typed: Typed,
    problems: Vec<&'static str>,
) -> Result<Join, Trouble> {
    let consent = consent::in_force();
    Ok(Join {
        frame: Frame::new(web, "报到", None),
        code: code.code.clone(),
        station: station(web, code).await?,
        version: consent.version,
        text: consent.text,
        typed,
        problems,
    })
}

async fn again(web: &Web, code: &JoinCode, typed: Typed, problems: Vec<&'static str>) -> Page {
    let view = form(web, code, typed, problems).await?;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// What was said, or all that is wrong with it.
fn said(web: &Web, typed: &Typed) -> Result<Personal, Vec<&'static str>> {
    let mut problems = Vec::new();
    let name = typed.name.trim();
    if !(1..=100).contains(&name.chars().count()) {
        problems.push("请填写姓名，最多 100 个字。");
    }
    let phone = Phone::parse(&typed.phone);
    if phone.is_err() {
        problems.push("手机号应是 11 位数字。");
    }
    let words = typed.platforms.split(['、', '，', ',', ';', '；', ' ']);
    let words: Vec<&str> = words
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > 20 || words.iter().any(|word| word.chars().count() > 100) {
        problems.push("平台最多 20 个，用顿号隔开。");
    }
    let home = typed.home.trim();
    if home.chars().count() > 100 {
        problems.push("流出地组织最多 100 个字。");
    }
    let consent = consent::in_force();
    if typed.agreed != consent.version {
        problems.push("请看完告知书，勾选同意。不同意就不能登记。");
    }
    match phone {
        Ok(phone) if problems.is_empty() => Ok(Personal {
            name: name.to_owned(),
            phones: vec![phone],
            platforms: words
                .into_iter()
                .map(|word| Platform {
                    name: word.to_owned(),
                    account: None,
                })
                .collect(),
            identity: None,
            home: (!home.is_empty()).then(|| home.to_owned()),
            consents: vec![Consent {
                version: consent.version.to_owned(),
                at: web.now(),
            }],
        }),
        _ => Err(problems),
    }
}
