//! A code in front of the camera: read here where the browser cannot, from a picture that is not kept.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use ledger::community::PayCode;
use serde_json::json;

use super::counter::charge;
use super::page::{Page, Trouble, go};
use super::photos::{Wrong, must_be_meant, sent};
use super::reading::t;
use super::visitor::{Anybody, At, Clerk};
use super::{Web, words};
use crate::photo;

/// What a code says, told apart by what it is for.
enum Read {
    /// A rider pays.
    Payment(PayCode),
    /// A store is paid: where.
    Store(String),
    /// Nothing of this programme.
    Other,
}

/// `POST /{program}/scan`: what the code in a picture leads to; told as JSON to who asks for that, so that the page's own camera can go on.
pub async fn scan(
    At(web): At,
    Anybody(visitor): Anybody,
    clerk: Result<Clerk, Trouble>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Page {
    let (mut csrf, mut picture) = (String::new(), None);
    while let Some(field) = form.next_field().await.map_err(Wrong::from)? {
        match field.name() {
            Some("csrf") => csrf = field.text().await.map_err(Wrong::from)?,
            Some("picture") => picture = sent(field).await.map_err(Wrong::from)?,
            _ => {}
        }
    }
    must_be_meant(&visitor, &csrf)?;
    let text = text_in(picture).await?;
    let accepts = headers.get(header::ACCEPT);
    if accepts.is_some_and(|kinds| kinds.as_bytes() == b"application/json") {
        return Ok(Json(json!({ "text": text })).into_response());
    }
    let read = text.map_or(Read::Other, |text| read(&web, &text));
    match (read, clerk) {
        (Read::Payment(code), Ok(clerk)) => charge::filled(&web, &clerk, &code).await,
        (Read::Store(path), _) => go(&path),
        _ => Err(Trouble::Refused {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            words: t(
                "照片里没有认出本计划的码。请对准、靠近一些再拍。",
                "No code of this programme was found in the picture. Come closer and take it again.",
            ),
            after: None,
        }),
    }
}

async fn text_in(picture: Option<Bytes>) -> Result<Option<String>, Trouble> {
    let Some(picture) = picture else {
        return Ok(None);
    };
    let text = photo::code_in(picture).await;
    text.map_err(|error| Trouble::Refused {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        words: words::photo(error),
        after: None,
    })
}

/// Whatever server a code names, only what lies behind it on this one is followed.
fn read(web: &Web, text: &str) -> Read {
    let store = web.path("store/");
    if let Some((_, tag)) = text.split_once(&store) {
        let plain = tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        return match plain && !tag.is_empty() {
            true => Read::Store(format!("{store}{tag}")),
            false => Read::Other,
        };
    }
    let digits = text.rsplit(['#', '/']).next().unwrap_or_default();
    PayCode::parse(digits).map_or(Read::Other, Read::Payment)
}
