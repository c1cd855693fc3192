//! 报到码: the page a rider's phone opens at a station, to ask to be enrolled.
//!
//! What is answered is the same whether the phone is a member's already or not. Staff at the station confirm: they see who stands there.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use ledger::PersonalError;
use ledger::WriteError;
use ledger::community::personal::{Consent, Personal, Phone, Platform};
use ledger::community::{Actor, JoinCode, Origin, Role, Via};
use ledger::ids::{ActorId, MemberId, derived};
use serde::Deserialize;

use super::counter::fresh_key;
use super::door::Visiting;
use super::page::{Frame, Page, Trouble, show, show_as};
use super::station::organization;
use super::visitor::{At, Code};
use super::{Site, Web, words};
use crate::auth::session::Asking;
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
    State(site): State<Arc<Site>>,
    At(web): At,
    Code(code): Code,
    headers: HeaderMap,
) -> Page {
    let code = leads(&web, &code).await?;
    let typed = Typed {
        key: fresh_key(),
        ..Typed::default()
    };
    let here = Here {
        site: &site,
        web: &web,
        headers: &headers,
        code: &code,
    };
    here.form(StatusCode::OK, typed, Vec::new()).await
}

/// `POST /{program}/join/{code}`: keeps what was said until staff decide.
pub async fn ask(
    State(site): State<Arc<Site>>,
    At(web): At,
    Code(code): Code,
    Asking {
        address, headers, ..
    }: Asking,
    Form(typed): Form<Typed>,
) -> Page {
    let code = leads(&web, &code).await?;
    let here = Here {
        site: &site,
        web: &web,
        headers: &headers,
        code: &code,
    };
    let personal = match said(&web, &typed) {
        Ok(personal) => personal,
        Err(problems) => return here.again(typed, problems).await,
    };
    let (id, organization) = (web.program.id, code.organization);
    let since = web.now().plus_seconds(-3_600);
    let count = web.ledger.joining_count(id, organization, since).await?;
    if count.all >= WAITING || count.lately >= AN_HOUR {
        let full = "现在报到的人太多，请到前台登记，或过一会儿再试。";
        return here.again(typed, vec![full]).await;
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
        origin: Origin {
            via: Via::Door,
            address: Some(address),
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
            here.again(typed, vec!["内容改过了，请再提交一次。"]).await
        }
        Err(PersonalError::Write(error)) if words::may_try_again(&error) => {
            here.again(typed, vec!["系统正忙，请再提交一次。"]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The code, if it is good still.
async fn leads(web: &Web, code: &str) -> Result<JoinCode, Trouble> {
    if !web.ledger.has_keyring() {
        return Err(Trouble::Missing);
    }
    let found = web.ledger.join_code_leads(web.program.id, code).await?;
    let good = found.filter(|code| code.expires_at > web.now());
    good.ok_or(Trouble::CodeOver)
}

async fn station(web: &Web, code: &JoinCode) -> Result<String, Trouble> {
    Ok(organization(web, code.organization).await?)
}

/// Who asks for the page, and by which code.
struct Here<'a> {
    site: &'a Site,
    web: &'a Web,
    headers: &'a HeaderMap,
    code: &'a JoinCode,
}

impl Here<'_> {
    async fn form(&self, status: StatusCode, typed: Typed, problems: Vec<&'static str>) -> Page {
        let consent = consent::in_force();
        let visiting = Visiting::of(self.site, self.headers);
        let page = Join {
            frame: Frame::at_door(self.web, "报到", visiting.csrf),
            code: self.code.code.clone(),
            station: station(self.web, self.code).await?,
            version: consent.version,
            text: consent.text,
            typed,
            problems,
        };
        let page = show_as(status, &page)?;
        Ok((visiting.jar, page).into_response())
    }

    async fn again(&self, typed: Typed, problems: Vec<&'static str>) -> Page {
        self.form(StatusCode::UNPROCESSABLE_ENTITY, typed, problems)
            .await
    }
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
