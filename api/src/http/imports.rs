//! Files of many lines: looked at, then imported wholly or not at all.

use axum::Json;
use axum::extract::State;
use ledger::import::{Encoding, Flaw, ImportKind};
use ledger::machine::AwardState;
use ledger::policy::{Language, explain};
use ledger::{Import, ImportError, ImportLine, ImportVerdict};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Changing;
use super::model::Amount;
use crate::auth::{Awarder, Caller, Enroller, Trader};
use crate::extract::{Csv, IdempotencyKey, Query};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(import_awards))
        .routes(routes!(import_members))
        .routes(routes!(import_merchants))
}

/// Whether to look only.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// `true` says what the file would come to now, and changes nothing; it needs no key
    #[serde(default)]
    preview: bool,
}

/// What a file comes to.
#[derive(Debug, Serialize, ToSchema)]
struct ImportView {
    /// How its text was written: `utf-8` or `gb18030`.
    #[schema(value_type = String, example = "utf-8")]
    encoding: Option<Encoding>,
    totals: Totals,
    /// One for each line that holds something, in order.
    lines: Vec<LineView>,
}

/// What the lines come to together.
#[derive(Debug, Serialize, ToSchema)]
struct Totals {
    /// Lines that take effect.
    new: usize,
    /// Lines that are on record as they stand, and have no second effect.
    known: usize,
    /// Lines about members on record, of whom they say something new.
    added: usize,
    /// Lines that cannot be imported.
    refused: usize,
    /// What the awards of the new lines are worth, after caps.
    points: Amount,
}

/// What a line comes to.
#[derive(Debug, Serialize, ToSchema)]
struct LineView {
    /// Where it stands in the file, from 1; the header counts.
    line: u64,
    /// `new`, `known`, `added` (a member on record, of whom the line says something new) or `refused`.
    #[schema(example = "new")]
    verdict: &'static str,
    /// The member whose deed it is or who is enrolled, or the store.
    id: Uuid,
    name: String,
    /// Members who are probably the person of this line: they have the same identity number. Somebody decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    duplicates: Vec<Uuid>,
    /// The award, of a new line of a list of deeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    award: Option<LineAward>,
}

/// What a deed comes to.
#[derive(Debug, Serialize, ToSchema)]
struct LineAward {
    /// The award; none in a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[schema(value_type = String, example = "vested")]
    state: AwardState,
    /// What the policy gives for the deed, before caps.
    quoted: Amount,
    /// What caps leave of it.
    points: Amount,
    /// In a preview: how it comes to the points, in Chinese. For what was imported, ask for the award's explanation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    explanation: Vec<String>,
}

impl TryFrom<&Import> for ImportView {
    type Error = Problem;

    fn try_from(import: &Import) -> Result<Self, Problem> {
        Ok(Self {
            encoding: import.encoding,
            totals: Totals {
                new: import.count(ImportVerdict::New),
                known: import.count(ImportVerdict::Known),
                added: import.count(ImportVerdict::Added),
                refused: import.count(ImportVerdict::Refused),
                points: import.points().map_err(Problem::internal)?.into(),
            },
            lines: import.lines.iter().map(LineView::from).collect(),
        })
    }
}

impl From<&ImportLine> for LineView {
    fn from(line: &ImportLine) -> Self {
        let award = line.award.as_ref().map(|award| LineAward {
            id: award.id.map(|id| id.0),
            state: award.state,
            quoted: award.quoted.into(),
            points: award.points.into(),
            explanation: match award.id {
                None => explain(&award.trace, Language::Zh),
                Some(_) => Vec::new(),
            },
        });
        Self {
            line: line.line,
            verdict: line.verdict.name(),
            id: line.subject,
            name: line.name.clone(),
            duplicates: line.doubles.iter().map(|id| id.0).collect(),
            award,
        }
    }
}

/// Import a list of deeds, or see what it would come to
///
/// A CSV file in UTF-8 or GB18030, or a workbook (XLSX) of which the first sheet is read, of at most 1,000 lines, with a header in English or Chinese: `member` (骑手; an id, or the reference
/// they were imported under), `kind` (类型), `reference` (编号), `occurred_at` (时间; RFC 3339, or local to the programme), a column for each
/// fact by its name, and if need be `name` (姓名; it must be the one on record), `policy` (办法), `evidence` (凭据), `latitude` (纬度) and
/// `longitude` (经度). All lines are awarded together, or none is. A deed that is on record as it stands is `known` and has no
/// second effect. What was turned down is not kept under the key. The body may be four times as large as others.
#[utoipa::path(post, path = "/v1/imports/awards", tag = "imports",
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, description = "Needed unless it is a preview")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = OK, description = "What becomes of each line", body = ImportView), Changing))]
async fn import_awards(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Query(query): Query<ImportQuery>,
    Csv(file): Csv,
) -> Result<Json<ImportView>, Problem> {
    import(&app, &staff, key, &query, ImportKind::Awards, &file).await
}

/// Import a list of riders, or see what it would come to
///
/// As `/v1/imports/awards`, with the columns `reference` (编号), `name` (姓名) and, if need be, `organization` (组织; its name or id). Who is
/// enrolled under a reference has an id that follows from it, so the reference must be neither a telephone nor an identity number.
///
/// With a master key also `phone` (手机号), `identity_number` (身份证号), `platforms` (平台; several with 、 between, an account after a colon),
/// `home` (流出地) and `consent` (同意书版本). All of it is sealed; names in the answer are masked. Whoever has the phone already is that member,
/// and what is new is added; the same identity number with another phone is told with the line, and listed at
/// `GET /v1/members/duplicates`.
#[utoipa::path(post, path = "/v1/imports/members", tag = "imports",
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, description = "Needed unless it is a preview")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = OK, description = "What becomes of each line", body = ImportView), Changing))]
async fn import_members(
    State(app): State<App>,
    staff: Enroller,
    key: Option<IdempotencyKey>,
    Query(query): Query<ImportQuery>,
    Csv(file): Csv,
) -> Result<Json<ImportView>, Problem> {
    import(&app, &staff, key, &query, ImportKind::Members, &file).await
}

/// Import a list of stores with their merchants, or see what it would come to
///
/// As `/v1/imports/awards`, with the columns `reference` (编号, the store's), `merchant` (商户; a name, or the id of one on record), `store` (门店)
/// and `address` (地址). Stores of one merchant's name belong to one merchant.
#[utoipa::path(post, path = "/v1/imports/merchants", tag = "imports",
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, description = "Needed unless it is a preview")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = OK, description = "What becomes of each line", body = ImportView), Changing))]
async fn import_merchants(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Query(query): Query<ImportQuery>,
    Csv(file): Csv,
) -> Result<Json<ImportView>, Problem> {
    import(&app, &operator, key, &query, ImportKind::Merchants, &file).await
}

async fn import(
    app: &App,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    query: &ImportQuery,
    kind: ImportKind,
    file: &[u8],
) -> Result<Json<ImportView>, Problem> {
    // A file may name anybody.
    caller.must_have_program()?;
    let ledger = &app.ledger;
    let import = if query.preview {
        let request = caller.request(None);
        let import = ledger.preview_import(&request, kind, file, |_, _| {});
        import
            .await
            .and_then(|import| match import.flaws.is_empty() {
                true => Ok(import),
                false => Err(ImportError::Flawed(Box::new(import))),
            })
    } else {
        let missing =
            "send a key of your choice in the Idempotency-Key header, or ask for ?preview=true";
        let key = key.ok_or_else(|| Problem::new(Code::IdempotencyKeyMissing, missing))?;
        let request = caller.request(Some(key));
        ledger.import(&request, kind, file, |_, _| {}).await
    };
    let import = import.map_err(problem)?;
    Ok(Json(ImportView::try_from(&import)?))
}

pub(super) fn problem(error: ImportError) -> Problem {
    let detail = error.to_string();
    let import = match error {
        ImportError::Execute(error) => return error.into(),
        ImportError::Personal(error) => return error.into(),
        ImportError::Flawed(import) => import,
    };
    match ImportView::try_from(import.as_ref()) {
        Err(problem) => problem,
        Ok(view) => Problem::new(Code::InvalidImport, detail)
            .with("lines", view.lines)
            .with("totals", view.totals)
            .with("more", import.flaws.more)
            .with_errors(import.flaws.told.iter().map(item).collect()),
    }
}

/// Where in the file, and what was expected there.
fn item(flaw: &Flaw) -> FieldError {
    let number = |number: u64| usize::try_from(number).ok();
    let column = flaw.column.as_ref();
    FieldError {
        line: flaw.line.and_then(number),
        column: column.and_then(|column| number(column.number)),
        header: column.map(|column| column.header.clone()),
        ..FieldError::new("", &flaw.code, flaw.message.as_str())
    }
}
