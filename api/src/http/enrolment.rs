//! Members as they enrol.

use axum::extract::State;
use ledger::Enrolment;
use ledger::community::personal::{Consent, Identity, Personal, Phone, Platform};
use ledger::community::{Member, Registration};
use ledger::ids::{MemberId, OrganizationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::Changing;
use super::model::{Created, created};
use super::personal::malformed;
use super::register::{Registered, new_id, register};
use crate::auth::Enroller;
use crate::extract::{IdempotencyKey, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_member))
}

/// Somebody, and the organization they belong to.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMember {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// The organization that looks after them.
    organization: Option<Uuid>,
    /// A Chinese mobile number, or one in E.164. Whoever has it already is this member.
    #[validate(length(max = 32, message = "has at most 32 characters"))]
    phone: Option<String>,
    /// For whom they ride.
    #[validate(length(max = 20, message = "has at most 20 items"), nested)]
    platforms: Option<Vec<NewPlatform>>,
    /// Citizen identity number (GB 11643).
    #[validate(length(max = 32, message = "has at most 32 characters"))]
    identity_number: Option<String>,
    /// The organization at home, elsewhere (流出地).
    #[validate(length(max = 100, message = "has at most 100 characters"))]
    home: Option<String>,
    /// The version of the text that they agreed to, just now.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    consent: Option<String>,
}

/// A platform and the account there.
#[derive(Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlatform {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    #[validate(length(max = 100, message = "has at most 100 characters"))]
    account: Option<String>,
}

impl NewPlatform {
    /// As it is kept.
    pub fn platform(&self) -> Platform {
        Platform {
            name: self.name.clone(),
            account: self.account.clone(),
        }
    }
}

impl NewMember {
    fn is_name_only(&self) -> bool {
        let more = [
            &self.phone,
            &self.identity_number,
            &self.home,
            &self.consent,
        ];
        more.iter().all(|said| said.is_none()) && self.platforms.is_none()
    }

    fn personal(self, app: &App) -> Result<Personal, Problem> {
        let phone = self.phone.as_deref().map(Phone::parse).transpose();
        let identity = self.identity_number.as_deref().map(Identity::parse);
        let identity = identity.transpose();
        let at = app.ledger.clock().now();
        let consent = self.consent.map(|version| Consent { version, at });
        Ok(Personal {
            name: self.name,
            phones: phone
                .map_err(|e| malformed("/phone", e))?
                .into_iter()
                .collect(),
            platforms: self
                .platforms
                .iter()
                .flatten()
                .map(NewPlatform::platform)
                .collect(),
            identity: identity.map_err(|e| malformed("/identity_number", e))?,
            home: self.home,
            consents: consent.into_iter().collect(),
        })
    }
}

/// Enrol a member, with an empty wallet
///
/// What is said of them is sealed; lists show a masked name. Where the phone is a member's already, the answer is that member, and what
/// is new (a platform, a consent) is added. The same identity number with another phone is probably the same person: see
/// `GET /v1/members/duplicates`.
#[utoipa::path(post, path = "/v1/members", tag = "members", request_body = NewMember,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_member(
    State(app): State<App>,
    staff: Enroller,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewMember>,
) -> Result<Created<Registered>, Problem> {
    let id = MemberId(new_id(&app, &staff, key.as_ref()));
    let organization = body.organization.map(OrganizationId);
    staff.must_reach_node(&app, organization).await?;
    let registered = if body.is_name_only() && !app.ledger.has_keyring() {
        let name = body.name;
        let record = Registration::Member(Member {
            id,
            organization,
            name,
        });
        register(&app, &staff, key, record).await?
    } else {
        let personal = body.personal(&app)?;
        let enrolment = Enrolment {
            organization,
            personal,
        };
        let enrolled = app
            .ledger
            .enrol(&staff.request(key), id, &enrolment)
            .await?;
        Registered {
            id: enrolled.member.0,
            recorded_at: enrolled.receipt.recorded_at.into(),
        }
    };
    Ok(created(
        format!("/v1/members/{}", registered.id),
        registered,
    ))
}
