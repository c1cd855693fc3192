//! A report, filed by whoever has a key: a rider's own, or a resident's through somebody else's service.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Path, RawForm, Request, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::response::Response;
use ledger::Upload;
use ledger::clock::Timestamp;
use ledger::community::hazard::PHOTO_LIMIT;
use ledger::community::{Verb, Verbs};
use ledger::ids::{AttachmentId, HazardId, MemberId, OrganizationId, derived, sha256_hex};
use ledger::machine::hazards::{HazardCommand, Report};
use ledger::policy::Position;
use serde::Serialize;

use super::reading::moment;
use super::services::category_of;
use super::wire::{Fault, Format, List, answer};
use super::{bearer, jurisdiction};
use crate::auth::Caller;
use crate::extract::IdempotencyKey;
use crate::photo;
use crate::problem::Problem;
use crate::state::App;

/// The longest description, in characters; the protocol's own bound.
const LONGEST: usize = 4_000;
/// The longest of anything else that is said.
const SHORT: usize = 255;

const DAY_SECONDS: i64 = 86_400;

/// What was taken.
#[derive(Debug, Serialize)]
struct Filed {
    service_request_id: String,
    service_notice: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
}

/// What a client sends: fields by name, and photos.
#[derive(Default)]
struct Said {
    fields: BTreeMap<String, String>,
    photos: Vec<Bytes>,
}

impl Said {
    async fn read(app: &App, request: Request) -> Result<Self, Fault> {
        let value = request.headers().get(header::CONTENT_TYPE);
        let value = value.and_then(|value| value.to_str().ok()).unwrap_or("");
        match value.split(';').next().unwrap_or("").trim() {
            "multipart/form-data" => Self::parts(app, request).await,
            "application/x-www-form-urlencoded" => Self::form(request).await,
            _ => Err(Fault::bad(
                "send application/x-www-form-urlencoded, or multipart/form-data with photos as media",
            )),
        }
    }

    async fn form(request: Request) -> Result<Self, Fault> {
        let RawForm(bytes) = RawForm::from_request(request, &())
            .await
            .map_err(|error| Fault::bad(error.body_text()))?;
        Ok(Self {
            fields: form_urlencoded::parse(&bytes).into_owned().collect(),
            photos: Vec::new(),
        })
    }

    async fn parts(app: &App, request: Request) -> Result<Self, Fault> {
        let broken = |error: &dyn std::fmt::Display| Fault::bad(format!("{error}"));
        let parts = Multipart::from_request(request, app).await;
        let mut parts = parts.map_err(|error| broken(&error))?;
        let mut said = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? {
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let bytes = part.bytes().await.map_err(|error| broken(&error))?;
            if is_file {
                said.photos.extend((!bytes.is_empty()).then_some(bytes));
            } else {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                said.fields.insert(name, text);
            }
            if said.photos.len() > PHOTO_LIMIT {
                return Err(Fault::bad(format!("send at most {PHOTO_LIMIT} photos")));
            }
        }
        Ok(said)
    }

    /// A field that was filled in.
    fn get(&self, name: &str) -> Option<&str> {
        let text = self.fields.get(name)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn need(&self, name: &str) -> Result<&str, Fault> {
        let missing = || Fault::bad(format!("{name} was not provided"));
        self.get(name).ok_or_else(missing)
    }

    /// A field that is no longer than it should be.
    fn short(&self, name: &str, most: usize) -> Result<Option<&str>, Fault> {
        match self.get(name) {
            Some(text) if text.chars().count() > most => {
                Err(Fault::bad(format!("{name} has at most {most} characters")))
            }
            said => Ok(said),
        }
    }

    fn attribute(&self, code: &str) -> Result<Option<&str>, Fault> {
        self.short(&format!("attribute[{code}]"), SHORT)
    }

    /// Where it is, if it is said as a place on the map.
    fn position(&self) -> Result<Option<Position>, Fault> {
        let (lat, long) = match (self.get("lat"), self.get("long")) {
            (Some(lat), Some(long)) => (lat, long),
            (None, None) => return Ok(None),
            _ => return Err(Fault::bad("lat and long come together")),
        };
        let place = lat.parse().ok().zip(long.parse().ok());
        let place = place.and_then(|(lat, long)| Position::from_degrees(lat, long));
        place.map(Some).ok_or_else(|| {
            Fault::bad("lat is -90 to 90 and long is -180 to 180, in degrees of WGS-84")
        })
    }

    /// Everything that is for people to read, to be sealed: what it is about, where in words, and how to reach whoever reported it.
    fn words(&self) -> Result<Option<String>, Fault> {
        let named = [
            ("description", "", LONGEST),
            ("address_string", "地址：", SHORT),
            ("address_id", "地址编号：", SHORT),
            ("media_url", "照片地址（未下载）：", SHORT),
            ("last_name", "姓：", SHORT),
            ("first_name", "名：", SHORT),
            ("phone", "电话：", SHORT),
            ("email", "邮箱：", SHORT),
        ];
        let mut lines = Vec::new();
        for (name, label, most) in named {
            let said = self.short(name, most)?;
            lines.extend(said.map(|said| format!("{label}{said}")));
        }
        Ok((!lines.is_empty()).then(|| lines.join("\n")))
    }

    /// The same report, sent again because its answer was lost, is the same: within a day, whatever its client calls it. Its key today, and the
    /// one that it had yesterday.
    fn keys(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<(IdempotencyKey, Option<IdempotencyKey>), Fault> {
        if let Some(value) = headers.get("idempotency-key") {
            let given = IdempotencyKey::try_new(value.to_str().unwrap_or_default())?;
            return Ok((given, None));
        }
        let mut whole = Vec::new();
        for (name, value) in self.fields.iter().filter(|(name, _)| *name != "api_key") {
            for part in [name, value] {
                whole.extend((part.len() as u64).to_be_bytes());
                whole.extend(part.as_bytes());
            }
        }
        for photo in &self.photos {
            whole.extend(sha256_hex(photo).bytes());
        }
        let hash = sha256_hex(&whole);
        let today = now.as_micros().div_euclid(DAY_SECONDS * 1_000_000);
        let key = |day: i64| IdempotencyKey::try_new(&format!("open311:{day}:{hash}"));
        Ok((key(today)?, Some(key(today - 1)?)))
    }
}

/// `POST /open311/v2/requests.{format}`.
pub async fn file(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
    request: Request,
) -> Response {
    let (name, Some(format)) = Format::of(&file) else {
        return Fault::no_format().written(Format::Xml);
    };
    if name != "requests" {
        return Fault::not_found("reports are filed at requests.json or requests.xml")
            .written(format);
    }
    let filed = async {
        let said = Said::read(&app, request).await?;
        taken(&app, &headers, &extensions, &said).await
    };
    answer(format, filed.await)
}

async fn taken(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
    said: &Said,
) -> Result<List<Filed>, Fault> {
    let program = jurisdiction(app, said.get("jurisdiction_id")).await?;
    let Some(key) = said.get("api_key") else {
        app.count_stranger(extensions).map_err(Problem::from)?;
        return Err(Fault::forbidden("api_key was not provided"));
    };
    let caller = bearer(app, extensions, &program, key).await?;
    let caller = caller.asking(Verbs::of(&[Verb::Member, Verb::Award]));
    let caller = caller.ok_or_else(|| Fault::forbidden("this api_key lets nobody report"))?;
    let category = category_of(said.need("service_code")?)?;
    let position = said.position()?;
    if position.is_none()
        && said.get("address_string").is_none()
        && said.get("address_id").is_none()
    {
        return Err(Fault::bad(
            "lat and long, address_string or address_id was not provided",
        ));
    }
    let now = app.ledger.clock().now();
    let seen_at = match said.attribute("seen_at")? {
        Some(text) => moment("attribute[seen_at]", text)?,
        None => now,
    };
    let member = whose(app, &caller, said).await?;
    let node = node_of(app, &caller, member).await?;
    let words = said.words()?;
    let (key, yesterday) = said.keys(headers, now)?;
    let id = |key: &IdempotencyKey| {
        let actor = caller.actor.id.0;
        HazardId(derived(&[b"open311", actor.as_bytes(), key.0.as_bytes()]))
    };
    let mut hazard = id(&key);
    let mut already = app.ledger.hazard(program.id, hazard).await?;
    if let (None, Some(yesterday)) = (&already, yesterday) {
        let known = app.ledger.hazard(program.id, id(&yesterday)).await?;
        let since = now.plus_seconds(-DAY_SECONDS);
        already = known.filter(|known| known.received_at > since);
        hazard = already.as_ref().map_or(hazard, |known| known.id);
    }
    if already.is_none() {
        let report = Report {
            hazard,
            member,
            node,
            category,
            position,
            grid: said.attribute("grid")?.map(str::to_owned),
            team: said.attribute("team")?.map(str::to_owned),
            seen_at,
            photos: photos(app, &caller, said).await?,
            text: text(app, &caller, words).await?,
        };
        let request = caller.request(Some(key));
        let command = HazardCommand::Report(report);
        let done = app.execute_hazard(&request, command).await;
        done.map_err(Problem::from)?;
    }
    Ok(List {
        root: "service_requests",
        item: "request",
        items: vec![Filed {
            service_request_id: hazard.to_string(),
            service_notice: notice(said),
            account_id: member.map(|member| member.to_string()),
        }],
    })
}

fn notice(said: &Said) -> String {
    let took = "已受理，工作人员会尽快核查。";
    match said.get("media_url") {
        Some(_) if said.photos.is_empty() => {
            format!(
                "{took}照片没有从 media_url 下载，请以 multipart/form-data 的 media 字段直接上传。"
            )
        }
        _ => took.to_owned(),
    }
}

/// Whose report it is: a member's own, that of the member named as `account_id`, or a resident's.
async fn whose(app: &App, caller: &Caller, said: &Said) -> Result<Option<MemberId>, Fault> {
    let named = match said.get("account_id") {
        Some(text) => {
            let missing = || Fault::not_found("account_id was not found");
            let member: MemberId = text.parse().map_err(|_| missing())?;
            let seen = caller.sees_member(app, member).await?;
            Some(seen.then_some(member).ok_or_else(missing)?)
        }
        None => None,
    };
    Ok(match caller.is_member() {
        true => named.or(caller.actor.member),
        false => named,
    })
}

/// Whose it is to see to: the organization of the member. A resident's is for those who have the whole programme, who hand it on.
async fn node_of(
    app: &App,
    caller: &Caller,
    member: Option<MemberId>,
) -> Result<Option<OrganizationId>, Fault> {
    match member {
        Some(member) => {
            let path = app.ledger.path_of_member(caller.program, member).await?;
            Ok(path.first().copied())
        }
        None => {
            caller.must_have_program()?;
            Ok(None)
        }
    }
}

async fn photos(app: &App, caller: &Caller, said: &Said) -> Result<Vec<AttachmentId>, Fault> {
    let mut photos = Vec::with_capacity(said.photos.len());
    for photo in &said.photos {
        let made = photo::remake(photo.clone()).await;
        photos.push(upload(app, caller, made.map_err(Problem::from)?).await?);
    }
    Ok(photos)
}

async fn text(
    app: &App,
    caller: &Caller,
    words: Option<String>,
) -> Result<Option<AttachmentId>, Fault> {
    match words {
        Some(words) => upload(app, caller, Upload::Text(words)).await.map(Some),
        None => Ok(None),
    }
}

async fn upload(app: &App, caller: &Caller, upload: Upload) -> Result<AttachmentId, Fault> {
    let kept = app.ledger.upload(caller.program, &caller.actor, upload);
    let kept = kept.await.map_err(Problem::from)?;
    Ok(kept.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterdays_key_is_known_today() {
        let said = Said::default();
        let keys = |seconds: i64| {
            let now = Timestamp::from_micros(seconds * 1_000_000);
            said.keys(&HeaderMap::new(), now).map_err(|_| "a fault")
        };
        let late = keys(20_000 * DAY_SECONDS - 60).expect("before midnight");
        let early = keys(20_000 * DAY_SECONDS + 60).expect("after midnight");
        assert_ne!(late.0.0, early.0.0);
        assert_eq!(Some(late.0.0), early.1.map(|key| key.0));
    }
}
