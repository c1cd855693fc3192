//! Clerks put on record, invited to log in and let go.

use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::{Access, Clerk, ClerkRole, Registration, Role};
use ledger::ids::{ClerkId, StoreId};
use ledger::machine::{Command, Rejection};
use ledger::views::{Named, Register};
use ledger::{LogInError, SetError, WriteError};
use serde::Deserialize;

use super::{Invited, NewClerk, Told, Wanted, view, works_at};
use crate::auth::{Kind, Token};
use crate::web::counter::shop::acts_for;
use crate::web::fields::fresh_key;
use crate::web::format::full;
use crate::web::lists::Asked;
use crate::web::page::{Page, Trouble, go, show, show_as};
use crate::web::reading::t;
use crate::web::visitor::{At, Id, Manager, Reached, Visitor, record_id, request};
use crate::web::words::trade::Post;
use crate::web::{Web, words};

/// `POST /{program}/counter/clerks`: puts somebody on record, once for each form.
pub async fn employ(At(web): At, Manager(visitor): Manager, Form(typed): Form<NewClerk>) -> Page {
    let store: StoreId = typed.store.parse().map_err(|_| Trouble::Missing)?;
    acts_for(&visitor, store)?;
    let everywhere = typed.everywhere.is_some();
    if everywhere && !visitor.caller.has_merchant() {
        let whose = t("管全部门店的店长", "managers of all of a merchant's stores");
        return Err(Trouble::NotYours(whose));
    }
    let again = async |typed: NewClerk, problem: String| {
        let told = Told {
            typed: Some(typed),
            problem: Some(problem),
            ..Told::default()
        };
        let view = view(&web, &visitor, Some(store), &Asked::default(), told).await?;
        show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
    };
    let name = typed.name.trim().to_owned();
    let known = ClerkRole::from_name(&typed.role);
    let (Some(role), 1..=100) = (known, name.chars().count()) else {
        let problem = t(
            "请填姓名（最多 100 字），并选岗位。",
            "Please fill in the name (at most 100 characters) and choose a role.",
        );
        return again(typed, problem.to_owned()).await;
    };
    let record = Registration::Clerk(Clerk {
        id: ClerkId(record_id(&visitor, &typed.key)),
        store,
        name,
        role,
        whole_merchant: everywhere,
    });
    let request = request(&visitor, Some(typed.key.clone()));
    match web.app.execute(&request, Command::Register(record)).await {
        Ok(_) => go(&web.path("counter/clerks?done=employed")),
        Err(error) => {
            let key = match words::may_try_again(&error) {
                true => typed.key.clone(),
                false => fresh_key(),
            };
            again(NewClerk { key, ..typed }, words::failure(&error)).await
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    act: String,
    handle: String,
    key: String,
}

/// `POST /{program}/counter/clerks/{id}`: they are invited to log in, or leave.
pub async fn act(
    At(web): At,
    Manager(visitor): Manager,
    Reached(server): Reached,
    Id(id): Id<ClerkId>,
    Query(Wanted { store, .. }): Query<Wanted>,
    Query(place): Query<Asked>,
    Form(asked): Form<Act>,
) -> Page {
    let clerk = employed(&web, &visitor, id).await?;
    let done = match asked.act.as_str() {
        "leave" => leave(&web, &visitor, id, asked.key).await,
        "invite" => invite(&web, &visitor, &server, (&clerk, &asked.handle)).await?,
        _ => return Err(Trouble::Missing),
    };
    let told = match done {
        Ok(Done::Left) => return go(&web.path("counter/clerks?done=left")),
        Ok(Done::Invited(invited)) => {
            let told = Told {
                invited: Some(invited),
                ..Told::default()
            };
            return show(&view(&web, &visitor, store, &place, told).await?);
        }
        Err(Undone::Handle(problem)) => Told {
            wrong: Some((id, asked.handle, problem)),
            ..Told::default()
        },
        Err(Undone::Other(problem)) => Told {
            problem: Some(problem),
            ..Told::default()
        },
    };
    let view = view(&web, &visitor, store, &place, told).await?;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// A clerk of a store that somebody manages; one of all stores only for who manages all of them. Whose else it is does not exist for them.
async fn employed(web: &Web, visitor: &Visitor, id: ClerkId) -> Result<Named, Trouble> {
    let caller = &visitor.caller;
    let known = web
        .ledger
        .registered(web.program.id, Register::Clerks, id.0);
    let theirs = known.await?.filter(|clerk| {
        let store = works_at(clerk);
        store.is_some_and(|store| caller.speaks_for(store))
            && (!Post::of(clerk).everywhere || caller.has_merchant())
    });
    theirs.ok_or(Trouble::Missing)
}

/// What came of it.
enum Done {
    Left,
    /// To be told once.
    Invited(Invited),
}

/// Why nothing came of it, in words.
enum Undone {
    /// Another log-in name would do.
    Handle(String),
    Other(String),
}

impl From<&WriteError> for Undone {
    fn from(error: &WriteError) -> Self {
        match error {
            WriteError::Rejected(Rejection::AlreadyEnded { .. }) => {
                let words = t("这位店员已经离职。", "This clerk has left already.");
                Self::Other(words.to_owned())
            }
            error => Self::Other(words::failure(error)),
        }
    }
}

async fn leave(web: &Web, visitor: &Visitor, id: ClerkId, key: String) -> Result<Done, Undone> {
    let command = Command::EndAccess {
        access: Access::Clerk(id),
        at: None,
    };
    let done = web.app.execute(&request(visitor, Some(key)), command).await;
    done.map_or_else(|error| Err(Undone::from(&error)), |_| Ok(Done::Left))
}

async fn invite(
    web: &Web,
    visitor: &Visitor,
    server: &str,
    (clerk, handle): (&Named, &str),
) -> Result<Result<Done, Undone>, Trouble> {
    let token = Token::new(Kind::Invitation, web.program.id);
    let (request, hash) = (request(visitor, None), token.hash());
    let whom = (Role::Merchant, clerk.id);
    let problem = match web.ledger.invite(&request, whom, handle, &hash).await {
        Ok(invitation) => {
            web.app.count_command();
            return Ok(Ok(Done::Invited(Invited {
                name: clerk.name.clone(),
                handle: invitation.handle,
                code: token.text(),
                until: full(invitation.ends_at, &web.zone()),
                address: format!("{server}{}", web.path("invitation")),
            })));
        }
        Err(SetError::Handle) => t(
            "登录名要 2 至 64 个字，可以用字母、数字和 . - _ @。",
            "A log-in name has 2 to 64 letters, digits and . - _ @.",
        ),
        Err(SetError::LogIn(LogInError::Write(WriteError::Rejected(Rejection::AlreadyExists)))) => {
            t(
                "这个登录名已经有人用，请换一个。",
                "Somebody else has this log-in name. Please choose another.",
            )
        }
        Err(SetError::LogIn(LogInError::Write(error))) => return Ok(Err(Undone::from(&error))),
        Err(SetError::LogIn(error)) => return Err(error.into()),
        Err(_) => return Err(Trouble::Missing),
    };
    Ok(Err(Undone::Handle(problem.to_owned())))
}
