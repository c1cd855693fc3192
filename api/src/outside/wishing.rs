//! Residents who ask a community for something (微心愿) with its station's code: by the page or over the API, without an account.

use std::collections::BTreeSet;

use ledger::community::JoinCode;
use ledger::community::order::{Order, Wanted};
use ledger::ids::{OrderId, ProgramId, derived};
use ledger::machine::Command;
use ledger::machine::deeds::OrderCommand;
use ledger::{StoreError, Upload, UploadError, WriteError};

use super::at_door;
use crate::auth::session::Asking;
use crate::ordering::new_order;
use crate::state::App;

/// How many may wait for a community's staff, and how many may ask it within an hour: more is somebody playing.
const WAITING: i64 = 200;
const AN_HOUR: i64 = 60;
/// Until when a wish is wanted if staff say nothing else, in seconds: 14 days.
const WANTED_SECONDS: i64 = 14 * 86_400;

/// What somebody asks for.
pub struct Wish<'a> {
    pub program: ProgramId,
    /// Whom.
    pub station: &'a JoinCode,
    /// What makes a repetition one.
    pub key: &'a str,
    /// One of the facts `category` and `beneficiary` of an order each.
    pub category: &'a str,
    pub beneficiary: &'a str,
    /// What is wanted, who asks and how to reach them: sealed, for staff and for who does it.
    pub words: [&'a str; 3],
    pub from: &'a Asking,
}

/// Why it is not kept.
pub enum NotWished {
    /// Too many ask this community.
    Full,
    /// The server has no keys.
    NoKeys,
    /// It could not be.
    Unkept(UploadError),
    /// The ledger did not take it.
    Write(WriteError),
}

impl From<StoreError> for NotWished {
    fn from(error: StoreError) -> Self {
        Self::Unkept(UploadError::Personal(error.into()))
    }
}

impl Wish<'_> {
    /// The order that it becomes.
    pub fn order(&self) -> OrderId {
        let (program, key) = (self.program.0.as_bytes(), self.key.as_bytes());
        OrderId(derived(&[b"wish", program, key]))
    }
}

/// Keeps a wish until staff look at it; what members may read of it is for them to say. Answers with the code by which the resident confirms that
/// it was done.
pub async fn wish(app: &App, wish: &Wish<'_>) -> Result<String, NotWished> {
    let (program, id) = (wish.program, wish.order());
    let request = at_door(program, id.0, wish.from, wish.key);
    let code = app.ledger.order_code(program, id);
    let code = code.ok_or(NotWished::NoKeys)?;
    let before = app.ledger.outcome_of(&request, "order.ask").await?;
    if matches!(before, Some(Ok(_))) {
        return Ok(code);
    }
    let (now, organization) = (app.ledger.clock().now(), wish.station.organization);
    let since = now.plus_seconds(-3_600);
    let asked = app
        .ledger
        .orders_asked(program, organization, since)
        .await?;
    if asked.all >= WAITING || asked.lately >= AN_HOUR {
        return Err(NotWished::Full);
    }
    let text = wish.words.map(str::trim).join("\n");
    let kept = app
        .ledger
        .upload(program, &request.actor, Upload::Text(text));
    let kept = kept.await.map_err(|error| {
        tracing::warn!(%error, "a wish was not kept");
        NotWished::Unkept(error)
    })?;
    let wanted = Wanted {
        category: wish.category.to_owned(),
        beneficiary: wish.beneficiary.to_owned(),
        title: "居民点单".to_owned(),
        grid: None,
        skills: BTreeSet::new(),
        places: 1,
        by: now.plus_seconds(WANTED_SECONDS),
        claim_hours: 48,
        policy: None,
    };
    let order = Order {
        details: Some(kept.id),
        ..new_order(
            (program, id),
            organization,
            wanted,
            request.actor,
            Some(&code),
        )
    };
    let command = Command::Order(Box::new(OrderCommand::Ask(Box::new(order))));
    let asked = app.execute(&request, command).await;
    asked.map(|_| code).map_err(NotWished::Write)
}
