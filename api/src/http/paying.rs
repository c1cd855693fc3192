//! Paying the other way round: by the code on a store's wall, and by a device without signal.

use axum::Json;
use axum::extract::State;
use ledger::community::paying::Device;
use ledger::ids::{DeviceId, MemberId, StoreId};
use ledger::machine::{Command, Payer, PayingCommand, Rejection};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Amount, Created, Moment, created};
use super::redemptions::{RedemptionReceipt, above_zero, charge};
use super::register::{Registered, registered};
use crate::auth::{AtStore, Employer, Oneself};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(print, printed))
        .routes(routes!(pay))
        .routes(routes!(devices, add_device))
        .routes(routes!(end_device))
}

/// The code on a store's wall.
#[derive(Debug, Serialize, ToSchema)]
struct StoreCodeBody {
    /// As it stands at the end of its address, `/<programme>/store/<code>`.
    #[schema(example = "482915k3m9t2xy")]
    code: String,
}

fn own(store: StoreId, speaks_for: bool) -> Result<(), Problem> {
    let unknown = || Rejection::UnknownStore { store }.into();
    speaks_for.then_some(()).ok_or_else(unknown)
}

/// Print another code for a store's wall
///
/// Whoever scans it pays there by themselves. The one printed before leads nowhere from now on.
#[utoipa::path(post, path = "/v1/stores/{id}/code", tag = "register", params(("id" = Uuid, Path)),
    responses((status = CREATED, description = "It is on record", body = StoreCodeBody), Changing))]
async fn print(
    State(app): State<App>,
    caller: Employer,
    Path(store): Path<StoreId>,
) -> Result<Created<StoreCodeBody>, Problem> {
    own(store, caller.speaks_for(store))?;
    let request = caller.at(store).request(None);
    let code = app.ledger.print_code(&request, store).await?;
    Ok(created(
        format!("/v1/stores/{store}/code"),
        StoreCodeBody { code },
    ))
}

/// The code on a store's wall
#[utoipa::path(get, path = "/v1/stores/{id}/code", tag = "register", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = StoreCodeBody), Reading))]
async fn printed(
    State(app): State<App>,
    caller: AtStore,
    Path(store): Path<StoreId>,
) -> Result<Json<StoreCodeBody>, Problem> {
    own(store, caller.speaks_for(store))?;
    let code = app.ledger.store_tag(caller.program, store).await?;
    let code = code.ok_or_else(Problem::not_found)?;
    Ok(Json(StoreCodeBody { code }))
}

/// A payment by the member themselves.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Payment {
    /// The code on the store's wall.
    code: String,
    /// How many, above zero; or an offer.
    #[validate(custom(function = above_zero))]
    points: Option<Amount>,
    /// What is taken up, in place of points: it says how many those are.
    offer: Option<Uuid>,
    /// What it would cost in yuan, where the offer's price goes by that.
    #[validate(custom(function = above_zero))]
    amount: Option<Amount>,
}

/// Pay at the code on a store's wall
///
/// By the member themselves, 20 times a day at most. Points that expire first are taken first.
#[utoipa::path(post, path = "/v1/payments", tag = "redemptions", params(IdempotencyKey), request_body = Payment,
    responses((status = CREATED, description = "It is on record", body = RedemptionReceipt), Changing))]
async fn pay(
    State(app): State<App>,
    member: Oneself,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<Payment>,
) -> Result<Created<RedemptionReceipt>, Problem> {
    let store = app.ledger.store_of_tag(member.program, &body.code).await?;
    let command = Command::Authorise {
        payer: Payer::Oneself(of(&member)),
        store: store.ok_or(Rejection::InvalidCode)?,
        charge: charge(body.points.as_ref(), body.offer, body.amount.as_ref())?,
        capture: true,
        hold_seconds: 0,
    };
    let receipt = app.execute(&member.request(Some(key)), command).await?;
    let id = receipt.id.0;
    let receipt = RedemptionReceipt::try_from(receipt)?;
    Ok(created(format!("/v1/redemptions/{id}"), receipt))
}

/// A member is let in as one only.
fn of(caller: &Oneself) -> MemberId {
    caller.actor.member.unwrap_or(MemberId(caller.actor.id.0))
}

/// A device that shows codes without signal.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceBody {
    id: Uuid,
    made_at: Moment,
    /// From when on it shows codes no longer.
    ended_at: Option<Moment>,
}

impl From<Device> for DeviceBody {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.0,
            made_at: device.made_at.into(),
            ended_at: device.ended_at.map(Into::into),
        }
    }
}

/// One's devices that show codes without signal, those that ended among them
#[utoipa::path(get, path = "/v1/members/{id}/devices", tag = "members", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = [DeviceBody]), Reading))]
async fn devices(
    State(app): State<App>,
    member: Oneself,
    Path(id): Path<MemberId>,
) -> Result<Json<Vec<DeviceBody>>, Problem> {
    member.must_see_member(&app, id).await?;
    let devices = app.ledger.devices(member.program, id).await?;
    Ok(Json(devices.into_iter().map(DeviceBody::from).collect()))
}

/// What a device makes its codes from.
#[derive(Serialize, ToSchema)]
struct DeviceSecret {
    id: Uuid,
    /// What every code begins with.
    #[schema(example = "1234567")]
    handle: String,
    /// 32 bytes in hexadecimal, told this once. The digits after the handle are those of RFC 6238 with HMAC-SHA-256, 8 digits and steps of 30 s.
    secret: String,
}

/// Have a device show codes without signal
///
/// At most three. Such a code pays 50 points at once and 100 a day at most, once in each step of 30 s, with a clock that is off by 90 s at most.
#[utoipa::path(post, path = "/v1/members/{id}/devices", tag = "members", params(("id" = Uuid, Path)),
    responses((status = CREATED, description = "It is on record", body = DeviceSecret), Changing))]
async fn add_device(
    State(app): State<App>,
    member: Oneself,
    Path(id): Path<MemberId>,
) -> Result<Created<DeviceSecret>, Problem> {
    use std::fmt::Write;
    member.must_see_member(&app, id).await?;
    let request = member.request(None);
    let added = app.ledger.add_device(&request, id);
    let (device, handle, secret) = added.await?;
    let mut text = String::with_capacity(64);
    for byte in secret.iter() {
        let _ = write!(text, "{byte:02x}");
    }
    let told = DeviceSecret {
        id: device.id.0,
        handle,
        secret: text,
    };
    Ok(created(format!("/v1/members/{id}/devices"), told))
}

/// A device of one's own shows codes no longer
#[utoipa::path(post, path = "/v1/devices/{id}/end", tag = "members",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn end_device(
    State(app): State<App>,
    member: Oneself,
    key: Option<IdempotencyKey>,
    Path(device): Path<DeviceId>,
) -> Result<Json<Registered>, Problem> {
    let end = PayingCommand::EndDevice {
        member: of(&member),
        device,
    };
    let command = Command::Paying(Box::new(end));
    Ok(Json(registered(&app, &member, key, command).await?))
}
