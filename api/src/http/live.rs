//! What changes, told as it happens (server-sent events): a rider's own balance, and what a store's till takes.
//!
//! A stream tells how things stand, never what changed: at once, and again whenever it is not as told before. So nothing is missed by whoever
//! comes back after a cut. What this process commits is told at once; what another did, within [`LOOK_EVERY`].

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use futures::{Stream, stream};
use ledger::Touched;
use ledger::accounts::Owner;
use ledger::ids::{MemberId, ProgramId, StoreId};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::docs::Reading;
use super::members::{BalanceView, balance_of};
use super::page::Page;
use super::redemptions::{RedemptionView, newest};
use super::settlement::must_see;
use crate::auth::{Caller, MemberFacing, StoreFacing};
use crate::extract::Path;
use crate::problem::{Code, Problem};
use crate::state::App;
use crate::streams::Place;

/// How often what other processes did is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Several batches that follow each other closely are told as one.
const TOGETHER: Duration = Duration::from_millis(50);
/// How long a stream lasts. Whoever comes back shows anew who they are, so that nobody goes on after their access ended.
const LIFE: Duration = Duration::from_secs(120);
/// How soon they come back.
const BACK_AFTER: Duration = Duration::from_secs(1);
/// How many redemptions a till shows.
const TILL: i64 = 20;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(balance))
        .routes(routes!(till))
}

/// How things stand: as text, and what is different where they stand differently.
struct Standing {
    text: String,
    tag: String,
}

/// Asks how things stand.
type Look = Box<dyn Fn() -> BoxFuture<'static, Result<Standing, Problem>> + Send>;

/// What is told to one listener.
struct Live {
    event: &'static str,
    look: Look,
    program: ProgramId,
    owner: Owner,
    touched: broadcast::Receiver<Touched>,
    stop: watch::Receiver<bool>,
    ends: Instant,
    told: Option<String>,
    _place: Place,
}

impl Live {
    /// The next that is to be told; nothing when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.told.is_some() && !self.wait().await {
                return None;
            }
            match (self.look)().await {
                Ok(Standing { tag, .. }) if self.told.as_ref() == Some(&tag) => {}
                Ok(Standing { text, tag }) => {
                    self.told = Some(tag);
                    let event = Event::default().event(self.event).retry(BACK_AFTER);
                    return Some(event.data(text));
                }
                // Whoever comes back is told what is the matter.
                Err(_) => return None,
            }
        }
    }

    /// Waits until things may stand differently; `false` when the stream is over.
    async fn wait(&mut self) -> bool {
        let Self { stop, touched, .. } = self;
        let stopped = async {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let (program, owner) = (self.program, self.owner);
        tokio::select! {
            () = stopped => false,
            () = tokio::time::sleep_until(self.ends) => false,
            () = tokio::time::sleep(LOOK_EVERY) => true,
            () = until_touched(touched, program, owner) => {
                tokio::time::sleep(TOGETHER).await;
                true
            }
        }
    }
}

/// Until something was committed for an owner, or may have been.
async fn until_touched(
    touched: &mut broadcast::Receiver<Touched>,
    program: ProgramId,
    owner: Owner,
) {
    while let Ok(touched) = touched.recv().await {
        if touched.program == program && touched.owners.contains(&owner) {
            return;
        }
    }
}

/// Tells a caller how things stand with an owner, for as long as they listen.
fn live(
    app: &App,
    caller: &Caller,
    (event, owner): (&'static str, Owner),
    look: Look,
) -> Result<Response, Problem> {
    let place = app.streams.place(caller.actor.id).ok_or_else(|| {
        let why = "too many streams are open: close one, or come back shortly";
        Problem::new(Code::Busy, why)
    })?;
    let live = Live {
        event,
        look,
        program: caller.program,
        owner,
        touched: app.ledger.touched(),
        stop: app.stop.subscribe(),
        ends: Instant::now() + LIFE,
        told: None,
        _place: place,
    };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // A proxy that gathers answers before it passes them on would hold them back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((
        headers,
        Sse::new(events(live)).keep_alive(KeepAlive::default()),
    )
        .into_response())
}

fn events(live: Live) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(live, async |mut live| {
        let event = live.next().await?;
        Some((Ok(event), live))
    })
}

fn text_of(body: &impl serde::Serialize) -> Result<String, Problem> {
    serde_json::to_string(body).map_err(Problem::internal)
}

/// What a member holds, as it changes
///
/// A stream of server-sent events `balance`: how it stands now, and anew whenever it changed. It ends after two minutes; browsers come back by
/// themselves.
#[utoipa::path(get, path = "/v1/members/{id}/balance/live", tag = "members", params(("id" = Uuid, Path)),
    responses((status = OK, description = "Events, until the stream ends", body = BalanceView, content_type = "text/event-stream"), Reading))]
async fn balance(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
) -> Result<Response, Problem> {
    caller.must_see_member(&app, id).await?;
    let program = caller.program;
    balance_of(&app, program, id).await?;
    let asked = app.clone();
    let look = move || -> BoxFuture<'static, _> {
        let app = asked.clone();
        Box::pin(async move {
            let (balance, tag) = balance_of(&app, program, id).await?;
            let text = text_of(&BalanceView::new(balance, None))?;
            Ok(Standing { text, tag })
        })
    };
    live(
        &app,
        &caller,
        ("balance", Owner::Member(id)),
        Box::new(look),
    )
}

/// What a store's till took last, as it changes
///
/// A stream of server-sent events `redemptions`: the newest twenty of the store, and anew whenever one is added or stands differently. It ends after
/// two minutes; browsers come back by themselves.
#[utoipa::path(get, path = "/v1/stores/{id}/redemptions/live", tag = "redemptions", params(("id" = Uuid, Path)),
    responses((status = OK, description = "Events, until the stream ends", body = Page<RedemptionView>, content_type = "text/event-stream"), Reading))]
async fn till(
    State(app): State<App>,
    caller: StoreFacing,
    Path(store): Path<StoreId>,
) -> Result<Response, Problem> {
    must_see(&caller, store)?;
    let program = caller.program;
    let asked = app.clone();
    let look = move || -> BoxFuture<'static, _> {
        let app = asked.clone();
        Box::pin(async move {
            let text = text_of(&newest(&app, program, store, TILL).await?)?;
            let tag = text.clone();
            Ok(Standing { text, tag })
        })
    };
    let what = ("redemptions", Owner::Store(store));
    live(&app, &caller, what, Box::new(look))
}
