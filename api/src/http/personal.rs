//! What is held about members: enrolled, told, changed, erased. Nothing of it stands in a path or a query.

use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use ledger::community::Role;
use ledger::community::personal::{Consent, Malformed, Personal, Phone, Platform, Purpose};
use ledger::ids::MemberId;
use ledger::machine::{Command, Outcome};
use ledger::views::Double;
use ledger::{Held, PersonalError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Amount, Moment, unexpected};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::Registered;
use crate::auth::{CodeMaker, Enroller, Operator};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::held::{Doings, doings_of};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get, erase))
        .routes(routes!(change_phone))
        .routes(routes!(duplicates))
        .routes(routes!(distinguish))
}

/// What is wrong with a field, without repeating what stands in it.
pub fn malformed(pointer: &str, error: Malformed) -> Problem {
    let item = FieldError::new(pointer, "format", error.to_string());
    Problem::new(Code::InvalidBody, "the body is not as it should be").with_errors(vec![item])
}

/// All that is held about a member.
#[derive(Debug, Serialize, ToSchema)]
struct PersonalView {
    member: Uuid,
    /// Their own; null where nothing was given.
    held: Option<HeldView>,
    /// Of members who were merged into them.
    merged: Vec<HeldView>,
    /// How many places are kept at which they were: those of patrols that have not ended. They are deleted with the end, and shown to nobody.
    positions: i64,
    /// What they did and uploaded; for the member alone.
    #[serde(flatten)]
    doings: Option<Doings>,
}

/// What is held under one member.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    member: Uuid,
    name: String,
    /// In E.164, the one in use first.
    phones: Vec<String>,
    platforms: Vec<PlatformView>,
    identity_number: Option<String>,
    home: Option<String>,
    consents: Vec<ConsentView>,
}

/// A platform and the account there.
#[derive(Debug, Serialize, ToSchema)]
struct PlatformView {
    name: String,
    account: Option<String>,
}

/// Agreement to a text.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentView {
    /// The text's version.
    version: String,
    at: Moment,
}

impl HeldView {
    /// As it is told.
    pub fn new(member: MemberId, personal: Personal) -> Self {
        let platform = |Platform { name, account }| PlatformView { name, account };
        let consent = |Consent { version, at }| ConsentView {
            version,
            at: at.into(),
        };
        Self {
            member: member.0,
            name: personal.name,
            phones: personal.phones.into_iter().map(String::from).collect(),
            platforms: personal.platforms.into_iter().map(platform).collect(),
            identity_number: personal.identity.map(String::from),
            home: personal.home,
            consents: personal.consents.into_iter().map(consent).collect(),
        }
    }
}

/// Why a look is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Why {
    /// For staff: contact, identification, correction, complaint or request.
    #[param(value_type = Option<String>)]
    purpose: Option<Purpose>,
}

/// All that is held about a member
///
/// For the member themselves it is what is exported. Staff say why they look; who looked, when and why is recorded.
#[utoipa::path(get, path = "/v1/members/{id}/personal", tag = "personal", params(("id" = Uuid, Path), Why),
    responses((status = OK, description = "As it stands", body = PersonalView), Reading))]
async fn get(
    State(app): State<App>,
    caller: CodeMaker,
    Path(id): Path<MemberId>,
    Query(why): Query<Why>,
) -> Result<Json<PersonalView>, Problem> {
    caller.must_see_member(&app, id).await?;
    let Held { own, merged } = match (caller.actor.role, why.purpose) {
        (Role::Member, _) => app.ledger.held_about(caller.program, id).await?,
        (_, Some(purpose)) => {
            let request = caller.request(None);
            app.ledger.reveal(&request, id, purpose).await?
        }
        (_, None) => {
            let why = "say why: purpose=contact, identification, correction, complaint or request";
            return Err(Problem::new(Code::InvalidQuery, why));
        }
    };
    let merged = merged.into_iter();
    let doings = match caller.is_member() {
        true => Some(doings_of(&app.ledger, caller.program, id).await?),
        false => None,
    };
    Ok(Json(PersonalView {
        doings,
        member: id.0,
        positions: app.ledger.waypoints_of(caller.program, id).await?,
        held: own.map(|personal| HeldView::new(id, personal)),
        merged: merged.map(|(id, held)| HeldView::new(id, held)).collect(),
    }))
}

/// Nothing personal is left.
#[derive(Debug, Serialize, ToSchema)]
struct Erased {
    member: Uuid,
    /// Until then nobody can enrol with the phone or number; longer while points are owed.
    suppressed_until: Moment,
    /// Points left in the wallet. Nobody can spend them any more; they expire as they would have.
    points: Amount,
    /// Points awarded and not vested: those awards fall when they would have.
    pending: Amount,
    recorded_at: Moment,
}

/// Erase what is held about a member
///
/// Their key is destroyed, so that nothing of it can be read again, in a backup neither once that has gone. Points, awards and redemptions
/// stand as they stood, but nothing is awarded to them any more and nothing paid: what is left in the wallet expires when it would have, and
/// awards that have not vested fall (reason `erased`). Look at the balance before. Refused while points are on hold or somebody objects to
/// an award.
#[utoipa::path(delete, path = "/v1/members/{id}/personal", tag = "personal", params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = Erased), Changing))]
async fn erase(
    State(app): State<App>,
    caller: CodeMaker,
    key: IdempotencyKey,
    Path(id): Path<MemberId>,
) -> Result<Json<Erased>, Problem> {
    caller.must_see_member(&app, id).await?;
    let command = Command::ErasePersonal { member: id };
    let receipt = app.execute(&caller.request(Some(key)), command).await?;
    match receipt.outcome {
        Outcome::PersonalErased {
            member,
            suppressed_until,
            points,
            pending,
        } => Ok(Json(Erased {
            member: member.0,
            suppressed_until: suppressed_until.into(),
            points: points.into(),
            pending: pending.into(),
            recorded_at: receipt.recorded_at.into(),
        })),
        other => Err(unexpected(&other)),
    }
}

/// Another phone.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPhone {
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
}

/// Give a member another phone
///
/// The earlier one leads to nobody any more, and whoever is logged in as the member is logged out.
#[utoipa::path(post, path = "/v1/members/{id}/phone", tag = "personal", request_body = NewPhone,
    params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn change_phone(
    State(app): State<App>,
    staff: Enroller,
    key: IdempotencyKey,
    Path(id): Path<MemberId>,
    ValidatedJson(body): ValidatedJson<NewPhone>,
) -> Result<Json<Registered>, Problem> {
    staff.must_see_member(&app, id).await?;
    let phone = Phone::parse(&body.phone).map_err(|error| malformed("/phone", error))?;
    let request = staff.request(Some(key));
    let receipt = app.change_phone(&request, id, &phone).await?;
    Ok(Json(Registered {
        id: id.0,
        recorded_at: receipt.recorded_at.into(),
    }))
}

/// Members who are probably one person.
#[derive(Debug, Serialize, ToSchema)]
struct DoubleView {
    /// Who was enrolled or changed their phone when it was found.
    member: Uuid,
    /// Whose number or phone it was.
    other: Uuid,
    found_at: Moment,
}

impl From<Double> for DoubleView {
    fn from(double: Double) -> Self {
        Self {
            member: double.member.0,
            other: double.other.0,
            found_at: double.found_at.into(),
        }
    }
}

/// Where the list of them goes on.
struct Couple(MemberId, MemberId);

impl fmt::Display for Couple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

impl FromStr for Couple {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (member, other) = text.split_once(' ').ok_or(())?;
        let id = |text: &str| text.parse::<MemberId>().map_err(|_| ());
        Ok(Self(id(member)?, id(other)?))
    }
}

/// Members who are probably one person, for somebody to decide
///
/// One gave an identity number that is the other's, or wanted to change to a phone that is the other's and showed that it is at hand. Merge
/// them, or say that they are two.
#[utoipa::path(get, path = "/v1/members/duplicates", tag = "personal", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<DoubleView>), Reading))]
async fn duplicates(
    State(app): State<App>,
    staff: Enroller,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DoubleView>>, Problem> {
    staff.must_have_program()?;
    let limit = limit(query.limit)?;
    let nobody = MemberId(Uuid::nil());
    let after = cursor::<Couple>(query.cursor.as_deref())?;
    let after = after.map_or((nobody, nobody), |Couple(member, other)| (member, other));
    let doubles = app.ledger.doubles(staff.program, after, limit + 1);
    Ok(Json(Page::of(doubles.await?, limit, |double: &Double| {
        Couple(double.member, double.other)
    })))
}

/// Who they are not.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Other {
    other: Uuid,
}

/// Say that two members who look like one person are two
#[utoipa::path(post, path = "/v1/members/{id}/distinguish", tag = "personal", request_body = Other,
    params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn distinguish(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Path(member): Path<MemberId>,
    ValidatedJson(body): ValidatedJson<Other>,
) -> Result<Json<Registered>, Problem> {
    let other = MemberId(body.other);
    let command = Command::Distinguish { member, other };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    Ok(Json(Registered {
        id: member.0,
        recorded_at: receipt.recorded_at.into(),
    }))
}

impl From<PersonalError> for Problem {
    fn from(error: PersonalError) -> Self {
        match error {
            PersonalError::Write(error) => error.into(),
            PersonalError::Store(error) => error.into(),
            PersonalError::NoKeyring => Self::new(Code::NoMasterKey, error.to_string()),
            PersonalError::Seal { .. }
            | PersonalError::Attachment { .. }
            | PersonalError::Payee { .. } => {
                tracing::error!(%error, "a sealed row cannot be opened");
                Self::new(Code::NoMasterKey, "what is held cannot be opened here")
            }
        }
    }
}
