//! An order taken on, given back, and said to be done.

use axum::Form;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use ledger::WriteError;
use ledger::ids::{DeedId, OrderId};
use ledger::machine::deeds::{DeedRejection, Done, OrderCommand};
use ledger::machine::{Command, Rejection};
use serde::Deserialize;

use super::view;
use crate::web::lists::Asked;
use crate::web::page::{Page, Trouble, go, show_as};
use crate::web::photos::{self, keep_photos, must_be_meant, sent};
use crate::web::reading::t;
use crate::web::visitor::{At, Id, Rider, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// What is said of an order that is done, as the form calls it.
pub const FIELDS: [&str; 3] = ["minutes", "people", "photo"];

/// What such a field is called on a page that has it once for each deed.
pub fn field(name: &str, deed: DeedId) -> String {
    format!("{name}-{deed}")
}

/// What was typed in one of the page's forms, and what did not work.
#[derive(Default)]
pub struct Typed {
    /// Which order was to be taken on, and in which team's name.
    pub taking: Option<(OrderId, String)>,
    /// What was to be said to be done.
    pub deed: Option<DeedId>,
    pub minutes: String,
    pub people: String,
    key: String,
    csrf: String,
    photos: Vec<Bytes>,
    /// The page's key, where the same form may be sent again.
    pub again: Option<String>,
    pub wrong: Wrong,
    pub problem: Option<String>,
}

impl Typed {
    async fn read(deed: DeedId, mut form: Multipart) -> Result<Self, photos::Wrong> {
        let mut typed = Self {
            deed: Some(deed),
            ..Self::default()
        };
        while let Some(field) = form.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "minutes" => typed.minutes = field.text().await?,
                "people" => typed.people = field.text().await?,
                "key" => typed.key = field.text().await?,
                "csrf" => typed.csrf = field.text().await?,
                "photo" => typed.photos.extend(sent(field).await?),
                _ => {}
            }
        }
        Ok(typed)
    }

    /// What is said of it; what is no whole number is noted beside its field.
    fn told(&mut self, deed: DeedId) -> Option<Done> {
        let wrong = &mut self.wrong;
        let mut number = |name: &'static str, text: &str| {
            let text = text.trim();
            let number = text.parse::<i64>().ok();
            if number.is_none() && !text.is_empty() {
                wrong.note(&field(name, deed), limits(name));
            }
            number
        };
        let done = Done {
            minutes: number("minutes", &self.minutes),
            people: number("people", &self.people),
        };
        self.wrong.is_empty().then_some(done)
    }

    /// Notes what the ledger turned down, beside the field it is about.
    fn refused(&mut self, error: &WriteError) {
        let name = match error {
            WriteError::Rejected(Rejection::Deed(DeedRejection::BadFact { fact, .. })) => {
                match fact.as_str() {
                    "minutes" => Some("minutes"),
                    "people_served" => Some("people"),
                    _ => None,
                }
            }
            _ => None,
        };
        match (name, self.deed) {
            (Some(name), Some(deed)) => self.wrong.note(&field(name, deed), limits(name)),
            _ => self.problem = Some(words::failure(error)),
        }
    }
}

/// What may be typed there.
fn limits(name: &str) -> &'static str {
    match name {
        "minutes" => t(
            "分钟填 1 到 1440 的整数，不知道就留空。",
            "Minutes are a whole number from 1 to 1440; leave it empty if you do not know.",
        ),
        _ => t(
            "人数填 1 到 1000 的整数，不知道就留空。",
            "People are a whole number from 1 to 1000; leave it empty if you do not know.",
        ),
    }
}

#[derive(Deserialize)]
pub struct Act {
    act: String,
    key: String,
    /// In which team's name.
    #[serde(default)]
    team: String,
}

/// `POST /{program}/orders/{id}`: takes an order on; `id` is the order's.
pub async fn claim(
    At(web): At,
    rider: Rider,
    Id(order): Id<OrderId>,
    Form(act): Form<Act>,
) -> Page {
    let command = OrderCommand::Claim {
        order,
        member: rider.member(),
        team: (!act.team.is_empty()).then(|| act.team.clone()),
    };
    let typed = Typed {
        taking: Some((order, act.team)),
        key: act.key,
        ..Typed::default()
    };
    run(&web, &rider, command, typed, &format!("-{order}")).await
}

/// `POST /{program}/orders/mine/{id}`: gives it back; `id` is the deed's.
pub async fn act(At(web): At, rider: Rider, Id(deed): Id<DeedId>, Form(act): Form<Act>) -> Page {
    must_be_theirs(&web, &rider, deed).await?;
    if act.act != "release" {
        return Err(Trouble::Missing);
    }
    let command = OrderCommand::Release { deed };
    let typed = Typed {
        key: act.key,
        ..Typed::default()
    };
    run(&web, &rider, command, typed, &format!("-{deed}-back")).await
}

/// A deed of somebody else's is none.
async fn must_be_theirs(web: &Web, rider: &Rider, deed: DeedId) -> Result<(), Trouble> {
    let view = web.ledger.deed(web.program.id, deed).await?;
    let theirs = view.is_some_and(|view| view.record.member == rider.member());
    theirs.then_some(()).ok_or(Trouble::Missing)
}

/// `POST /{program}/orders/mine/{id}/done`: says that it is done, with photos that show it, once for each form; `id` is the deed's.
pub async fn done(At(web): At, rider: Rider, Id(deed): Id<DeedId>, form: Request) -> Page {
    must_be_theirs(&web, &rider, deed).await?;
    let form = match Multipart::from_request(form, &()).await {
        Ok(form) => form,
        Err(no_form) => return Ok(no_form.into_response()),
    };
    let mut typed = Typed::read(deed, form).await?;
    must_be_meant(&rider.0, &typed.csrf)?;
    let own = request(&rider.0, Some(typed.key.clone()));
    let before = web.ledger.outcome_of(&own, "order.done").await?;
    if matches!(before, Some(Ok(_))) {
        return go(&web.path("orders"));
    }
    let Some(done) = typed.told(deed) else {
        return again(&web, &rider, StatusCode::UNPROCESSABLE_ENTITY, typed).await;
    };
    let attachments = match keep_photos(&web, &rider, &typed.photos).await {
        Ok(attachments) => attachments,
        Err(problem) => {
            typed.wrong.note(&field("photo", deed), problem);
            return again(&web, &rider, StatusCode::UNPROCESSABLE_ENTITY, typed).await;
        }
    };
    let command = OrderCommand::Done {
        deed,
        done,
        attachments,
    };
    run(&web, &rider, command, typed, &format!("-{deed}")).await
}

/// Once for each form, whose key ends with what stands after the page's own.
async fn run(
    web: &Web,
    rider: &Rider,
    command: OrderCommand,
    mut typed: Typed,
    suffix: &str,
) -> Page {
    let request = request(&rider.0, Some(typed.key.clone()));
    let command = Command::Order(Box::new(command));
    let Err(error) = web.app.execute_deed(&request, command).await else {
        return go(&web.path("orders"));
    };
    if words::may_try_again(&error) {
        typed.again = typed.key.strip_suffix(suffix).map(str::to_owned);
    }
    typed.refused(&error);
    again(web, rider, StatusCode::CONFLICT, typed).await
}

/// The page once more, with what was typed.
async fn again(web: &Web, rider: &Rider, status: StatusCode, typed: Typed) -> Page {
    let view = view(web, rider, typed, &Asked::default()).await?;
    show_as(status, &view)
}
