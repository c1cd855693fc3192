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

use super::notice::{LONGEST_WORDS, find, reasons, unindexed};
use crate::auth::session::Asking;
use crate::outside::{NotObjected, Objector, ask_for_proof, object};
use crate::web::door::entrance;
use crate::web::fields::fresh_key;
use crate::web::format::{full, month, points};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id};
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
    problem: Option<String>,
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
    /// Why they object; nothing where they appeal.
    fn ground(&self) -> Result<Option<Reason>, &'static str> {
        match self.act.as_str() {
            "appeal" => Ok(None),
            _ => Reason::from_name(&self.reason)
                .filter(|reason| reason.is_given())
                .map(Some)
                .ok_or_else(|| t("请先选异议的理由。", "Please choose why you object first.")),
        }
    }

    /// What can be sent, or what is wrong with it.
    fn checked(&self) -> Result<(Option<Reason>, Phone), &'static str> {
        let ground = self.ground()?;
        if self.words.chars().count() > LONGEST_WORDS {
            return Err(t(
                "说明最多 2,000 字。",
                "What you say has at most 2,000 characters.",
            ));
        }
        let phone = Phone::parse(&self.phone)
            .map_err(|_| t("手机号应是 11 位数字。", "A phone number has 11 digits."))?;
        Ok((ground, phone))
    }
}

/// Whoever stands at this page.
struct Here<'a> {
    site: &'a Site,
    web: &'a Web,
    headers: &'a HeaderMap,
    number: Uuid,
}

impl Here<'_> {
    async fn show(
        &self,
        status: StatusCode,
        typed: Typed,
        sent: bool,
        problem: Option<String>,
    ) -> Page {
        let award = find(self.web, self.number).await?;
        self.page(status, Some(&award), typed, (sent, None), problem)
            .await
    }

    async fn page(
        &self,
        status: StatusCode,
        award: Option<&Award>,
        typed: Typed,
        (sent, done): (bool, Option<&'static str>),
        problem: Option<String>,
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
            problem,
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
    let problem = (!web.app.outside.has_sms()).then(|| {
        t(
            "现在不能发验证码。请登录后提出，或到社区前台。",
            "No codes can be sent just now. Please log in to object, or go to the community desk.",
        )
        .to_owned()
    });
    here.show(StatusCode::OK, typed, false, problem).await
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
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return here
                .show(status, typed, false, Some(problem.to_owned()))
                .await;
        }
    };
    if typed.code.is_empty() || !typed.again.is_empty() {
        // Nobody is sent a code for what is on notice no more.
        find(&web, number).await?;
        let purpose = CodeFor::Objecting(number);
        let sent = ask_for_proof(&web.app, &web.program, purpose, &phone, &asking).await;
        let (status, problem) = match &sent {
            Ok(()) => (StatusCode::OK, None),
            Err(refusal) => {
                let (status, problem) = words::unproved(refusal);
                (status, Some(problem.to_owned()))
            }
        };
        return here.show(status, typed, true, problem).await;
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
            here.page(
                StatusCode::OK,
                None,
                Typed::default(),
                (false, Some(done)),
                None,
            )
            .await
        }
        Err(NotObjected::Missing) => Err(Trouble::Missing),
        Err(NotObjected::Unproved(refusal)) => {
            let (status, problem) = words::unproved(&refusal);
            here.show(status, typed, true, Some(problem.to_owned()))
                .await
        }
        Err(NotObjected::Unkept(error)) => {
            tracing::warn!(%error, "what somebody said could not be kept");
            let problem = t(
                "说明暂时存不下，请稍后再试，或不填说明。",
                "What you say cannot be kept just now. Please try again later, or leave it empty.",
            )
            .to_owned();
            here.show(StatusCode::SERVICE_UNAVAILABLE, typed, true, Some(problem))
                .await
        }
        Err(NotObjected::Write(error)) => {
            let problem = words::failure(&error);
            here.show(StatusCode::CONFLICT, typed, false, Some(problem))
                .await
        }
    }
}
