//! One-time codes with which a member pays.

use axum::extract::State;
use ledger::WriteError;
use ledger::community::{Code, Registration};
use ledger::ids::{MemberId, ProgramId, random_bytes, sha256_hex};
use ledger::machine::{Command, Rejection};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::docs::Changing;
use super::model::{Created, Moment, created};
use crate::auth::CodeMaker;
use crate::extract::Path;
use crate::problem::Problem;
use crate::state::App;

/// How long a code can be paid with, in seconds.
const LIFE: i64 = 120;
/// How many digits it has.
pub const DIGITS: usize = 10;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(make))
}

/// A code to show at the counter.
#[derive(Debug, Serialize, ToSchema)]
struct CodeBody {
    /// Ten digits; they are told once and stored as a hash.
    #[schema(example = "0417365528")]
    code: String,
    /// From this moment on it is worthless.
    expires_at: Moment,
}

/// Make a one-time code to pay with
///
/// Worth one payment within two minutes.
#[utoipa::path(post, path = "/v1/members/{id}/codes", tag = "members", params(("id" = Uuid, Path)),
    responses((status = CREATED, description = "It is on record", body = CodeBody), Changing))]
async fn make(
    State(app): State<App>,
    caller: CodeMaker,
    Path(member): Path<MemberId>,
) -> Result<Created<CodeBody>, Problem> {
    const TRIES: usize = 3;
    caller.must_see_member(member)?;
    let request = caller.request(None);
    for _ in 0..TRIES {
        let digits = digits();
        let expires_at = app.ledger.clock().now().plus_seconds(LIFE);
        let code = Code {
            hash: hash(caller.program, &digits),
            member,
            expires_at,
        };
        let command = Command::Register(Registration::Code(code));
        match app.execute(&request, command).await {
            // The same ten digits were drawn before: draw again.
            Err(WriteError::Rejected(Rejection::AlreadyExists)) => {}
            answer => {
                answer?;
                let body = CodeBody {
                    code: digits,
                    expires_at: expires_at.into(),
                };
                return Ok(created(format!("/v1/members/{member}"), body));
            }
        }
    }
    Err(Problem::internal("every code drawn was taken"))
}

/// What is stored of a code: digits alone could be guessed through for all programmes at once.
pub fn hash(program: ProgramId, digits: &str) -> String {
    sha256_hex(&[program.0.as_bytes().as_slice(), digits.as_bytes()].concat())
}

/// Ten digits, each equally likely: bytes from 250 on are drawn again, so that none is favoured.
fn digits() -> String {
    let mut digits = String::with_capacity(DIGITS);
    while digits.len() < DIGITS {
        let fair = random_bytes::<16>().into_iter().filter(|byte| *byte < 250);
        let wanted = DIGITS - digits.len();
        digits.extend(fair.take(wanted).map(|byte| char::from(b'0' + byte % 10)));
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_ten_digits() {
        for _ in 0..100 {
            let code = digits();
            assert_eq!(code.len(), DIGITS);
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
