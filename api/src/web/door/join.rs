//! 报到码: the page a rider's phone opens at a station, to ask to be enrolled.
//!
//! What is answered is the same whether the phone is a member's already or not, and so is whether a code is sent to it. Staff at the station
//! confirm: they see who stands there.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use ledger::PersonalError;
use ledger::WriteError;
use ledger::community::personal::{Consent, Personal, Phone, Platform};
use ledger::community::{CodeFor, JoinCode};
use serde::Deserialize;

use super::entrance;
use crate::auth::session::Asking;
use crate::consent;
use crate::outside::{self, NotAsked, Refusal, ask_for_proof, ask_to_join, has_room};
use crate::web::desk::station::{leads, organization};
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Code};
use crate::web::{Site, Web, words};

fn full() -> &'static str {
    t(
        "现在报到的人太多，请到前台登记，或过一会儿再试。",
        "Too many people are enrolling just now. Please enrol at the desk, or try again in a while.",
    )
}

#[derive(Template)]
#[template(path = "door/join.html")]
struct Join {
    frame: Frame,
    code: String,
    station: String,
    version: &'static str,
    text: &'static str,
    typed: Typed,
    /// Whether they agreed already to what is shown.
    agreed: bool,
    wrong: Wrong,
}

/// What is wrong with what was said, beside each field, and what is wrong besides.
#[derive(Default)]
struct Wrong {
    name: Option<&'static str>,
    phone: Option<&'static str>,
    platforms: Option<&'static str>,
    home: Option<&'static str>,
    agreed: Option<&'static str>,
    besides: Option<&'static str>,
}

impl Wrong {
    /// With nothing that was said.
    fn besides(problem: &'static str) -> Self {
        Self {
            besides: Some(problem),
            ..Self::default()
        }
    }

    /// Whether something stands beside a field.
    const fn is_beside(&self) -> bool {
        self.name.is_some()
            || self.phone.is_some()
            || self.platforms.is_some()
            || self.home.is_some()
            || self.agreed.is_some()
    }
}

#[derive(Template)]
#[template(path = "door/join_code.html")]
struct Prove {
    frame: Frame,
    code: String,
    station: String,
    typed: Typed,
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "door/joined.html")]
struct Joined {
    frame: Frame,
    station: String,
    /// A code was sent to the phone, and was right.
    proved: bool,
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
    let here = Here::of(&site, &web, &headers, &code);
    here.form(StatusCode::OK, typed, Wrong::default()).await
}

/// `POST /{program}/join/{code}`: keeps what was said until staff decide; where codes can be sent, their phone is proved first.
pub async fn ask(
    State(site): State<Arc<Site>>,
    At(web): At,
    Code(code): Code,
    asking: Asking,
    Form(typed): Form<Typed>,
) -> Page {
    let code = leads(&web, &code).await?;
    let here = Here::of(&site, &web, &asking.headers, &code);
    let personal = match said(&web, &typed) {
        Ok(personal) => personal,
        Err(wrong) => return here.again(typed, wrong).await,
    };
    if !web.app.outside.has_sms() {
        return here.keep(typed, &personal, &asking, None).await;
    }
    if !has_room(&web.app, web.program.id, code.organization).await? {
        return here.again(typed, Wrong::besides(full())).await;
    }
    here.send(typed, &personal, &asking).await
}

/// What is typed in the second step, and what for.
#[derive(Deserialize)]
pub struct Proving {
    #[serde(flatten)]
    typed: Typed,
    #[serde(default)]
    code: String,
    /// `again` has another code sent, `unproved` leaves the phone to staff.
    #[serde(default)]
    act: String,
}

/// `POST /{program}/join/{code}/phone`: the same once the phone is proved, or without.
pub async fn prove(
    State(site): State<Arc<Site>>,
    At(web): At,
    Code(code): Code,
    asking: Asking,
    Form(proving): Form<Proving>,
) -> Page {
    let code = leads(&web, &code).await?;
    let here = Here::of(&site, &web, &asking.headers, &code);
    let Proving {
        typed,
        code: digits,
        act,
    } = proving;
    let personal = match said(&web, &typed) {
        Ok(personal) => personal,
        Err(wrong) => return here.again(typed, wrong).await,
    };
    match act.as_str() {
        "again" => here.send(typed, &personal, &asking).await,
        "unproved" => here.keep(typed, &personal, &asking, None).await,
        _ => here.keep(typed, &personal, &asking, Some(&digits)).await,
    }
}

/// Who asks for the page, and by which code.
struct Here<'a> {
    site: &'a Site,
    web: &'a Web,
    headers: &'a HeaderMap,
    code: &'a JoinCode,
}

impl<'a> Here<'a> {
    const fn of(site: &'a Site, web: &'a Web, headers: &'a HeaderMap, code: &'a JoinCode) -> Self {
        Self {
            site,
            web,
            headers,
            code,
        }
    }
}

impl Here<'_> {
    async fn form(&self, status: StatusCode, typed: Typed, wrong: Wrong) -> Page {
        let consent = consent::in_force();
        let station = organization(self.web, self.code.organization).await?;
        entrance::at_door(self.site, self.headers, status, |csrf| Join {
            frame: Frame::at_door(self.web, t("报到", "Enrolment"), csrf),
            code: self.code.code.clone(),
            station,
            version: consent.version,
            text: consent.text,
            agreed: typed.agreed == consent.version,
            typed,
            wrong,
        })
    }

    async fn again(&self, typed: Typed, wrong: Wrong) -> Page {
        self.form(StatusCode::UNPROCESSABLE_ENTITY, typed, wrong)
            .await
    }

    /// Has a code sent to the phone, whoever has it, and asks for it.
    async fn send(&self, typed: Typed, personal: &Personal, from: &Asking) -> Page {
        let purpose = CodeFor::Joining(self.code.organization);
        let Some(phone) = personal.phones.first() else {
            return self.again(typed, Wrong::default()).await;
        };
        let (app, program) = (&self.web.app, &self.web.program);
        match ask_for_proof(app, program, purpose, phone, from).await {
            Ok(()) => self.second(StatusCode::OK, typed, None).await,
            // The code that was asked for before can still be used.
            Err(refusal) => self.unproved(typed, &refusal).await,
        }
    }

    async fn unproved(&self, typed: Typed, refusal: &Refusal) -> Page {
        let (status, problem) = words::unproved(refusal);
        self.second(status, typed, Some(problem)).await
    }

    /// The second step: what was said stays in the form.
    async fn second(
        &self,
        status: StatusCode,
        typed: Typed,
        problem: Option<&'static str>,
    ) -> Page {
        let station = organization(self.web, self.code.organization).await?;
        entrance::at_door(self.site, self.headers, status, |csrf| Prove {
            frame: Frame::at_door(self.web, t("验证手机号", "Verify your phone"), csrf),
            code: self.code.code.clone(),
            station,
            typed,
            problem,
        })
    }

    /// Keeps what was said, with a code for the phone or none.
    async fn keep(
        &self,
        typed: Typed,
        personal: &Personal,
        from: &Asking,
        digits: Option<&str>,
    ) -> Page {
        let joiner = outside::Joiner {
            program: self.web.program.id,
            organization: self.code.organization,
            key: &typed.key,
            personal,
            from,
        };
        match ask_to_join(&self.web.app, &joiner, digits).await {
            Ok(asked) => show(&Joined {
                frame: Frame::new(self.web, t("报到", "Enrolment"), None),
                station: organization(self.web, self.code.organization).await?,
                proved: asked.proved_at.is_some(),
            }),
            Err(NotAsked::Full) => self.again(typed, Wrong::besides(full())).await,
            Err(NotAsked::Unproved(refusal)) => self.unproved(typed, &refusal).await,
            Err(NotAsked::Unkept(PersonalError::Write(WriteError::KeyReused))) => {
                let typed = Typed {
                    key: fresh_key(),
                    ..typed
                };
                let changed = t(
                    "内容改过了，请再提交一次。",
                    "Something was changed. Please send it again.",
                );
                self.again(typed, Wrong::besides(changed)).await
            }
            Err(NotAsked::Unkept(PersonalError::Write(error))) if words::may_try_again(&error) => {
                let busy = t(
                    "系统正忙，请再提交一次。",
                    "The server is busy. Please send it again.",
                );
                self.again(typed, Wrong::besides(busy)).await
            }
            Err(NotAsked::Unkept(error)) => Err(error.into()),
        }
    }
}

/// What was said, or all that is wrong with it.
fn said(web: &Web, typed: &Typed) -> Result<Personal, Wrong> {
    let mut wrong = Wrong::default();
    let name = typed.name.trim();
    if !(1..=100).contains(&name.chars().count()) {
        wrong.name = Some(t(
            "请填写姓名，最多 100 个字。",
            "Please give your name, in at most 100 characters.",
        ));
    }
    let phone = Phone::parse(&typed.phone);
    if phone.is_err() {
        wrong.phone = Some(t("手机号应是 11 位数字。", "A phone number has 11 digits."));
    }
    let words = typed.platforms.split(['、', '，', ',', ';', '；', ' ']);
    let words: Vec<&str> = words
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > 20 || words.iter().any(|word| word.chars().count() > 100) {
        wrong.platforms = Some(t(
            "平台最多 20 个，用顿号隔开。",
            "At most 20 platforms, separated by commas.",
        ));
    }
    let home = typed.home.trim();
    if home.chars().count() > 100 {
        wrong.home = Some(t(
            "流出地组织最多 100 个字。",
            "The organisation back home has at most 100 characters.",
        ));
    }
    let consent = consent::in_force();
    if typed.agreed != consent.version {
        wrong.agreed = Some(t(
            "请看完告知书，勾选同意。不同意就不能登记。",
            "Please read what you agree to and tick the box: without it nobody is enrolled.",
        ));
    }
    match phone {
        Ok(phone) if !wrong.is_beside() => Ok(Personal {
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
        _ => Err(wrong),
    }
}
