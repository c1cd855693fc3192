//! How somebody who has logged in logs in besides: the identities linked to them, and new ones.
//!
//! Linking begins with a form of this page, and the provider is asked to have them log in anew: otherwise another site could have a browser
//! link an identity of its own.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use ledger::WriteError;
use ledger::community::{Access, Way, Who};
use ledger::ids::IdentityId;
use ledger::machine::Command;
use uuid::Uuid;

use super::provider::{Unsent, failed, found, visit};
use crate::web::page::{Frame, Page, Trouble, go, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{Anybody, At, Id, Visitor, request};
use crate::web::{Site, Web};

#[derive(Template)]
#[template(path = "door/login_identities.html")]
struct Identities {
    frame: Frame,
    linked: Vec<Linked>,
    providers: Vec<Offered>,
}

struct Linked {
    id: Uuid,
    label: String,
}

struct Offered {
    name: String,
    label: String,
}

#[derive(Template)]
#[template(path = "door/login_link.html")]
struct Link<'a> {
    frame: Frame,
    label: &'a str,
    door: &'a str,
}

/// Where this page is, under the programme's code.
pub const PAGE: &str = "account/identities";

const fn who(visitor: &Visitor) -> Who {
    Who {
        role: visitor.role(),
        subject: visitor.id(),
    }
}

/// Whoever took over a counter with a PIN has not logged in, and makes no other way in of it.
async fn must_have_logged_in(web: &Web, visitor: &Visitor) -> Result<(), Trouble> {
    let session = match visitor.caller.session {
        Some(id) => web.ledger.session(web.program.id, id).await?,
        None => None,
    };
    match session.is_some_and(|session| session.way == Way::Pin) {
        true => Err(Trouble::NotYours(t(
            "用密码登录的店员",
            "clerks who have logged in with a password",
        ))),
        false => Ok(()),
    }
}

/// `GET /{program}/account/identities`.
pub async fn show(State(site): State<Arc<Site>>, At(web): At, Anybody(visitor): Anybody) -> Page {
    let program = &web.program;
    let providers = site.app.outside.providers.of(&program.code);
    let label = |issuer: &str| {
        let known = providers.iter().find(|provider| provider.is_of(issuer));
        known.map_or_else(|| issuer.to_owned(), |known| known.given.label.clone())
    };
    let linked = web.ledger.identities_of(program.id, who(&visitor)).await?;
    let linked = linked.iter().map(|identity| Linked {
        id: identity.id.0,
        label: label(&identity.issuer),
    });
    let offered = providers.iter().map(|provider| Offered {
        name: provider.given.name.clone(),
        label: provider.given.label.clone(),
    });
    render(&Identities {
        frame: Frame::new(&web, t("登录方式", "Ways to log in"), Some(&visitor)),
        linked: linked.collect(),
        providers: offered.collect(),
    })
}

/// `POST /{program}/account/identities/link/{provider}`: the way to the provider, to be taken by hand, because no form of ours may lead
/// to another site.
pub async fn link(
    State(site): State<Arc<Site>>,
    At(web): At,
    Anybody(visitor): Anybody,
    Path((_, provider)): Path<(String, String)>,
) -> Page {
    let provider = found(&web, &provider)?;
    must_have_logged_in(&web, &visitor).await?;
    match visit(&site.app, &web.program, &provider, Some(who(&visitor))).await {
        Ok((door, cookie)) => {
            let page = Link {
                frame: Frame::new(
                    &web,
                    t("绑定登录方式", "Link a way to log in"),
                    Some(&visitor),
                ),
                label: &provider.given.label,
                door: &door,
            };
            let jar = CookieJar::new().add(cookie);
            Ok((jar, render(&page)?).into_response())
        }
        Err(Unsent::Provider(error)) => failed(&web, &provider, &error),
        Err(Unsent::Store(error)) => Err(error.into()),
    }
}

/// `POST /{program}/account/identities/{id}/unlink`: their own alone.
pub async fn unlink(
    State(site): State<Arc<Site>>,
    At(web): At,
    Anybody(visitor): Anybody,
    Id(id): Id<IdentityId>,
) -> Page {
    let linked = web.ledger.identities_of(web.program.id, who(&visitor));
    if !linked.await?.iter().any(|identity| identity.id == id) {
        return Err(Trouble::Missing);
    }
    must_have_logged_in(&web, &visitor).await?;
    let access = Access::Identity(id);
    let command = Command::EndAccess { access, at: None };
    match site.app.execute(&request(&visitor, None), command).await {
        Ok(_) | Err(WriteError::Rejected(_)) => go(&web.path(PAGE)),
        Err(error) => Err(Trouble::Write(error)),
    }
}
