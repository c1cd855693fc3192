//! 公示异议 without an account: a resident objects to an award on public notice, or appeals, by a code sent to their phone.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use ledger::community::CodeFor;
use ledger::community::personal::{Phone, masked};
use ledger::machine::{Award, Reason};
use ledger::views::Register;
use serde::Deserialize;
use uuid::Uuid;

use super::notice::{find, no_reason, reasons, too_long, unindexed, unkept};
use crate::auth::session::Asking;
use crate::outside::{NotObjected, Objector, Refusal, ask_for_proof, object};
use crate::web::door::entrance;
use crate::web::fields::fresh_key;
use crate::web::format::{full, month, points};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id};
use crate::web::wrong::Wrong;
use crate::web::{Site, Web, words};

#[derive(Template)]
#[template(path = "public/objecting.html")]
struct Objecting {
    frame: Frame,
    number: Uuid,
    /// Whose award, what for, how much and of when; nothing once it was objected to.
    about: Option<[String; 4]>,
    until: String,
    /// Whether somebody may object, and until when who objected in vain may appeal.
    may_object: bool,
    may_appeal: Option<String>,
    reasons: Vec<(&'static str, &'static str)>,
    typed: Typed,
    /// A code was sent.
    sent: bool,
    done: Option<&'static str>,
    wrong: Wrong,
}

/// What was typed, in the first step and the second.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    key: String,
    /// `object` or `appeal`; in the second step `again` has another code sent.
    #[serde(default)]
    act: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    code: String,
}

impl Typed {
    /// Why they object, which nobody says who appeals, and the phone; or what is wrong with them.
    fn checked(&self) -> Result<(Option<Reason>, Phone), Wrong> {
        let mut wrong = Wrong::default();
        let ground = match self.act.as_str() {
            "appeal" => None,
            _ => {
                let ground = Reason::from_name(&self.reason).filter(|reason| reason.is_given());
                if ground.is_none() {
                    wrong.note("reason", no_reason());
                }
                ground
            }
        };
        if let Some(words) = too_long(&self.words) {
            wrong.note("words", words);
        }
        match Phone::parse(&self.phone) {
            Ok(phone) if wrong.is_empty() => return Ok((ground, phone)),
            Ok(_) => {}
            Err(_) => wrong.note(
                "phone",
                t("手机号应是 11 位数字。", "A phone number has 11 digits."),
            ),
        }
        Err(wrong)
    }
}

/// With which status it did not work, and what is wrong: a code that shows nothing beside it.
fn unproved(refusal: &Refusal) -> (StatusCode, Wrong) {
    let (status, words) = words::unproved(refusal);
    let field = match refusal {
        Refusal::WrongCode => "code",
        _ => "form",
    };
    (status, Wrong::with(field, words))
}

/// Whoever stands at this page.
struct Here<'a> {
    site: &'a Site,
    web: &'a Web,
    headers: &'a HeaderMap,
    number: Uuid,
}

impl Here<'_> {
    /// The form, or the field for the code once one was sent.
    async fn show(&self, told: (StatusCode, Wrong), typed: Typed, sent: bool) -> Page {
        let award = find(self.web, self.number).await?;
        self.page(told, Some(&award), typed, (sent, None)).await
    }

    /// The ledger turned it down: it may be off the public notice by now.
    async fn refused(&self, wrong: Wrong, typed: Typed) -> Page {
        let award = match find(self.web, self.number).await {
            Ok(award) => Some(award),
            Err(Trouble::Missing) => None,
            Err(trouble) => return Err(trouble),
        };
        let told = (StatusCode::CONFLICT, wrong);
        self.page(told, award.as_ref(), typed, (false, None)).await
    }

    async fn page(
        &self,
        (status, wrong): (StatusCode, Wrong),
        award: Option<&Award>,
        typed: Typed,
        (sent, done): (bool, Option<&'static str>),
    ) -> Page {
        let (web, zone) = (self.web, self.web.zone());
        let objection = award.and_then(|award| award.objection);
        let open = objection.filter(|objection| objection.appeal.is_none());
        let until = open.and_then(|objection| objection.review?.appeal_until);
        let until = until.filter(|until| *until > web.now());
        let about = match award {
            Some(award) => Some([
                masked(&name(web, Register::Members, award.member.0).await?),
                award.trace.rule_title.clone(),
                points(award.points),
                month(award.deed.occurred_at, &zone),
            ]),
            None => None,
        };
        let closes = award.and_then(|award| award.notice_until);
        let page = entrance::at_door(self.site, self.headers, status, |csrf| Objecting {
            frame: Frame::at_door(web, t("公示异议", "Object to an award"), csrf),
            number: self.number,
            about,
            until: closes.map_or_else(String::new, |at| full(at, &zone)),
            may_object: award.is_some() && objection.is_none(),
            may_appeal: until.map(|at| full(at, &zone)),
            reasons: reasons(),
            typed,
            sent,
            done,
            wrong,
        });
        unindexed(page)
    }
}

/// `GET /{program}/notice/{id}/phone`.
pub async fn show(
    State(site): State<Arc<Site>>,
    At(web): At,
    Id(number): Id<Uuid>,
    headers: HeaderMap,
) -> Page {
    let here = Here {
        site: &site,
        web: &web,
        headers: &headers,
        number,
    };
    let typed = Typed {
        key: fresh_key(),
        ..Typed::default()
    };
    let mut wrong = Wrong::default();
    if !web.app.outside.has_sms() {
        let none = t(
            "现在不能发验证码。请登录后提出，或到社区前台。",
            "No codes can be sent just now. Please log in to object, or go to the community desk.",
        );
        wrong.note("form", none);
    }
    here.show((StatusCode::OK, wrong), typed, false).await
}

/// `POST /{program}/notice/{id}/phone`: has a code sent to the phone, and then takes it.
pub async fn act(
    State(site): State<Arc<Site>>,
    At(web): At,
    Id(number): Id<Uuid>,
    asking: Asking,
    Form(typed): Form<Typed>,
) -> Page {
    let here = Here {
        site: &site,
        web: &web,
        headers: &asking.headers,
        number,
    };
    let (ground, phone) = match typed.checked() {
        Ok(checked) => checked,
        Err(wrong) => {
            let told = (StatusCode::UNPROCESSABLE_ENTITY, wrong);
            return here.show(told, typed, false).await;
        }
    };
    if typed.code.is_empty() || !typed.again.is_empty() {
        // Nobody is sent a code for what is on notice no more.
        find(&web, number).await?;
        let purpose = CodeFor::Objecting(number);
        let sent = ask_for_proof(&web.app, &web.program, purpose, &phone, &asking).await;
        let told = match &sent {
            Ok(()) => (StatusCode::OK, Wrong::default()),
            Err(refusal) => unproved(refusal),
        };
        return here.show(told, typed, true).await;
    }
    let objector = Objector {
        program: web.program.id,
        number,
        phone: &phone,
        code: &typed.code,
        ground,
        words: &typed.words,
        key: &format!("{}-{number}-{}", typed.act, typed.key),
        from: &asking,
    };
    match object(&web.app, &objector).await {
        Ok(_) => {
            let done = match ground {
                Some(_) => t(
                    "已提出异议，奖励暂停发放，由无关的工作人员复核。结果会回到公示页；没有成立的，可用同一手机号申诉一次。",
                    "Your objection is on record. The award is not paid out for now, and staff who have nothing to do with it review it. What comes of it is on the public notice; if your objection is not upheld, you may appeal once with the same phone.",
                ),
                None => t(
                    "已申诉，由另一位工作人员作最终复核。",
                    "Your appeal is on record. Another member of staff reviews it, and that is final.",
                ),
            };
            let told = (StatusCode::OK, Wrong::default());
            here.page(told, None, Typed::default(), (false, Some(done)))
                .await
        }
        Err(NotObjected::Missing) => Err(Trouble::Missing),
        Err(NotObjected::Unproved(refusal)) => here.show(unproved(&refusal), typed, true).await,
        Err(NotObjected::Unkept(error)) => {
            tracing::warn!(%error, "what somebody said could not be kept");
            // The code is used up: they begin anew, with what they typed.
            let wrong = Wrong::with("words", unkept());
            let told = (StatusCode::SERVICE_UNAVAILABLE, wrong);
            here.show(told, typed, false).await
        }
        Err(NotObjected::Write(error)) => {
            let wrong = Wrong::with("form", words::failure(&error));
            here.refused(wrong, typed).await
        }
    }
}
