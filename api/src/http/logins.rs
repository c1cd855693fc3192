//! What staff and clerks log in with: invited by an administrator, chosen and changed by themselves.

use axum::Json;
use axum::extract::State;
use ledger::community::Role;
use ledger::ids::StaffId;
use ledger::views::Register;
use ledger::{Ledger, Offer, SetError, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::clerks::must_employ;
use super::docs::Changing;
use super::model::{Created, Moment, created};
use super::sessions::own_session;
use crate::auth::session::Asking;
use crate::auth::{Caller, Inviter, Kind, Token};
use crate::extract::ValidatedJson;
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invite))
        .routes(routes!(offer))
        .routes(routes!(accept))
        .routes(routes!(change_password))
        .routes(routes!(renew_recovery))
        .routes(routes!(change_totp))
}

/// Whom to invite.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLogin {
    /// A staff member or clerk.
    subject: Uuid,
    /// By what name they log in: 2 to 64 letters, digits and `. - _ @`; capitals make no difference.
    handle: String,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
struct InvitationBody {
    handle: String,
    /// Told this once. Whoever has it chooses the password: hand it over in person.
    invitation: String,
    expires_at: Moment,
}

/// As what somebody logs in, by the registers.
async fn role_of(
    ledger: &Ledger,
    program: ledger::ids::ProgramId,
    subject: Uuid,
) -> Result<Option<Role>, StoreError> {
    for (register, role) in [
        (Register::Staff, Role::Staff),
        (Register::Clerks, Role::Merchant),
    ] {
        if ledger
            .registered(program, register, subject)
            .await?
            .is_some()
        {
            return Ok(Some(role));
        }
    }
    Ok(None)
}

/// Invite a staff member or clerk to choose what they log in with
///
/// The same for who forgot it. Good for 72 hours and for one use; the one before is worthless. Who administers a node invites the staff who
/// work below it and have no role beyond it; who manages a store, its clerks.
#[utoipa::path(post, path = "/v1/logins", tag = "access", request_body = NewLogin,
    responses((status = CREATED, description = "It is on record", body = InvitationBody), Changing))]
async fn invite(
    State(app): State<App>,
    registrar: Inviter,
    ValidatedJson(body): ValidatedJson<NewLogin>,
) -> Result<Created<InvitationBody>, Problem> {
    let staff = StaffId(body.subject);
    match registrar.actor.store {
        Some(_) => must_employ(&app, &registrar, body.subject).await?,
        None => registrar.must_reach_staff(&app, staff).await?,
    }
    let role = role_of(&app.ledger, registrar.program, body.subject).await?;
    let role = role.ok_or_else(|| field("subject", "unknown", "no staff member or clerk"))?;
    let token = Token::new(Kind::Invitation, registrar.program);
    let request = registrar.request(None);
    let whom = (role, body.subject);
    let invited = app
        .ledger
        .invite(&request, whom, &body.handle, &token.hash())
        .await?;
    app.count_command();
    let told = InvitationBody {
        handle: invited.handle,
        invitation: token.text(),
        expires_at: invited.ends_at.into(),
    };
    Ok(created("/v1/logins".to_owned(), told))
}

/// An invitation.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invited {
    invitation: String,
}

/// What an authenticator app is set up with.
#[derive(Serialize, ToSchema)]
struct OfferBody {
    /// By what name they log in.
    handle: String,
    /// For the app, in base32. Nothing of it is kept until a code shows that the app has it.
    secret: String,
    /// The same as a link, for a QR code.
    uri: String,
}

fn invitation(text: &str) -> Result<Token, Problem> {
    let wrong = || {
        Problem::new(
            Code::InvalidCode,
            "the invitation is not valid: ask for a new one",
        )
    };
    Token::parse(Kind::Invitation, text).ok_or_else(wrong)
}

/// Look at an invitation: a secret for the authenticator app
#[utoipa::path(post, path = "/v1/logins/offer", tag = "access", request_body = Invited,
    responses((status = OK, description = "Drawn for this answer", body = OfferBody), Changing))]
async fn offer(
    State(app): State<App>,
    ValidatedJson(body): ValidatedJson<Invited>,
) -> Result<Json<OfferBody>, Problem> {
    let token = invitation(&body.invitation)?;
    let row = app.ledger.invited(token.program, &token.hash()).await?;
    let wrong = || {
        Problem::new(
            Code::InvalidCode,
            "the invitation is not valid: ask for a new one",
        )
    };
    let row = row.ok_or_else(wrong)?;
    let programs = app.ledger.programs().await?;
    let code = programs.into_iter().find(|of| of.id == token.program);
    let code = code.map_or_else(String::new, |program| program.code);
    let offer = Offer::draw(&code, &row.handle);
    Ok(Json(OfferBody {
        handle: row.handle,
        secret: offer.secret,
        uri: offer.uri,
    }))
}

/// What somebody chose.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Accepting {
    invitation: String,
    /// 10 to 128 characters, not the handle and none that everybody tries first.
    #[validate(length(max = 1000, message = "has at most 1,000 characters"))]
    password: String,
    /// As offered.
    secret: String,
    /// What the app shows now.
    code: String,
}

/// Recovery codes.
#[derive(Serialize, ToSchema)]
struct RecoveryBody {
    /// Each stands in for the app once. Told this once.
    recovery_codes: Vec<String>,
}

/// Follow an invitation: choose a password and a second factor
///
/// All earlier sessions, codes, the earlier password and a clerk's PIN are worthless from then on. PINs, with which clerks take over a
/// counter, are set and typed on the pages alone.
#[utoipa::path(post, path = "/v1/logins/accept", tag = "access", request_body = Accepting,
    responses((status = OK, description = "Log in with it", body = RecoveryBody), Changing))]
async fn accept(
    State(app): State<App>,
    asking: Asking,
    ValidatedJson(body): ValidatedJson<Accepting>,
) -> Result<Json<RecoveryBody>, Problem> {
    let token = invitation(&body.invitation)?;
    let totp = (body.secret.as_str(), body.code.as_str());
    let recovery_codes = app
        .ledger
        .accept_invitation(
            token.program,
            &token.hash(),
            &body.password,
            totp,
            Some(asking.address),
        )
        .await?;
    changed(&app);
    Ok(Json(RecoveryBody { recovery_codes }))
}

/// Sessions ended with it.
fn changed(app: &App) {
    app.keys.forget();
    app.count_command();
}

/// A new password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[validate(length(max = 1000, message = "has at most 1,000 characters"))]
    old: String,
    #[validate(length(max = 1000, message = "has at most 1,000 characters"))]
    password: String,
}

/// Done.
#[derive(Serialize, ToSchema)]
struct Changed {
    /// All others have ended.
    kept_session: Uuid,
}

/// Change one's own password
#[utoipa::path(post, path = "/v1/logins/password", tag = "access", request_body = NewPassword,
    responses((status = OK, description = "All other sessions have ended", body = Changed), Changing))]
async fn change_password(
    State(app): State<App>,
    caller: Caller,
    ValidatedJson(body): ValidatedJson<NewPassword>,
) -> Result<Json<Changed>, Problem> {
    let own = own_session(&caller)?;
    let request = caller.request(None);
    app.ledger
        .change_password(&request, Some(own), &body.old, &body.password)
        .await?;
    changed(&app);
    let kept_session = own.0;
    Ok(Json(Changed { kept_session }))
}

/// One's password once more.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    #[validate(length(max = 1000, message = "has at most 1,000 characters"))]
    password: String,
}

/// New recovery codes in place of the earlier ones
#[utoipa::path(post, path = "/v1/logins/recovery", tag = "access", request_body = Proof,
    responses((status = OK, description = "All other sessions have ended", body = RecoveryBody), Changing))]
async fn renew_recovery(
    State(app): State<App>,
    caller: Caller,
    ValidatedJson(body): ValidatedJson<Proof>,
) -> Result<Json<RecoveryBody>, Problem> {
    let own = own_session(&caller)?;
    let request = caller.request(None);
    let renewed = app
        .ledger
        .renew_recovery(&request, Some(own), &body.password);
    let recovery_codes = renewed.await?;
    changed(&app);
    Ok(Json(RecoveryBody { recovery_codes }))
}

/// Another app.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTotp {
    #[validate(length(max = 1000, message = "has at most 1,000 characters"))]
    password: String,
    /// For the app, in base32: 20 random bytes.
    secret: String,
    /// What the app shows now.
    code: String,
}

/// Set up another authenticator app
#[utoipa::path(post, path = "/v1/logins/totp", tag = "access", request_body = NewTotp,
    responses((status = OK, description = "All other sessions have ended", body = Changed), Changing))]
async fn change_totp(
    State(app): State<App>,
    caller: Caller,
    ValidatedJson(body): ValidatedJson<NewTotp>,
) -> Result<Json<Changed>, Problem> {
    let own = own_session(&caller)?;
    let request = caller.request(None);
    let totp = (body.secret.as_str(), body.code.as_str());
    app.ledger
        .change_totp(&request, Some(own), &body.password, totp)
        .await?;
    changed(&app);
    let kept_session = own.0;
    Ok(Json(Changed { kept_session }))
}

fn field(name: &str, code: &str, message: &str) -> Problem {
    let error = FieldError::new(format!("/{name}"), code, message);
    Problem::new(Code::InvalidBody, "the body is not as it should be").with_errors(vec![error])
}

impl From<SetError> for Problem {
    fn from(error: SetError) -> Self {
        let message = error.to_string();
        match error {
            SetError::Password(word) => {
                let rule = "10 to 128 characters, not the handle, none that everybody tries first";
                field("password", word, rule)
            }
            SetError::Code => field("code", "code", &message),
            SetError::Secret => field("secret", "secret", &message),
            SetError::Handle => field("handle", "handle", &message),
            // No route takes one: PINs are set and typed on the pages alone.
            SetError::Pin(word) => field("pin", word, &message),
            SetError::LogIn(error) => error.into(),
        }
    }
}
