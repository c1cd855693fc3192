//! Forms with photos of riders: read here and not by the guard, because they are too large for that.

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use ledger::ids::AttachmentId;
use ledger::{Upload, UploadError};

use super::page::Trouble;
use super::reading::{say, t};
use super::visitor::{Rider, Visitor};
use super::{Web, words};
use crate::photo;

/// The most photos of one form; and how large it may be, in bytes: as much as two of the largest.
pub const MOST_PHOTOS: usize = 3;
pub const LARGEST_FORM: usize = 2 * photo::LARGEST;

/// A photo that was chosen; a browser sends an empty one for none.
pub async fn sent(field: Field<'_>) -> Result<Option<Bytes>, MultipartError> {
    let bytes = field.bytes().await?;
    Ok((!bytes.is_empty()).then_some(bytes))
}

/// Why a form could not be read.
pub struct Wrong(StatusCode);

impl From<MultipartError> for Wrong {
    fn from(error: MultipartError) -> Self {
        Self(error.status())
    }
}

impl From<Wrong> for Trouble {
    fn from(Wrong(status): Wrong) -> Self {
        let words = match status {
            StatusCode::PAYLOAD_TOO_LARGE => t(
                "照片太大了，请少选几张或换小一些的再试。",
                "The photos are too large. Please choose fewer or smaller ones.",
            ),
            _ => t(
                "表单没有传完整，请刷新后再试。",
                "The form did not arrive whole. Please reload the page and try again.",
            ),
        };
        Self::Refused {
            status,
            words,
            after: None,
        }
    }
}

/// Forms with photos are read here and not by the guard: whether this one carries the token of its sender's session.
pub fn must_be_meant(visitor: &Visitor, csrf: &str) -> Result<(), Trouble> {
    match csrf == visitor.csrf {
        true => Ok(()),
        false => Err(Trouble::Refused {
            status: StatusCode::FORBIDDEN,
            words: t(
                "这张表单已经失效，请返回上一页，刷新后再试。",
                "This form is no longer valid. Please go back, reload the page and try again.",
            ),
            after: None,
        }),
    }
}

/// Keeps what was sent, made anew; the error says in a sentence why it could not be.
pub async fn keep_photos(
    web: &Web,
    rider: &Rider,
    photos: &[Bytes],
) -> Result<Vec<AttachmentId>, String> {
    if photos.len() > MOST_PHOTOS {
        return Err(say!(
            "一次最多 {MOST_PHOTOS} 张照片。",
            "At most {MOST_PHOTOS} photos at a time."
        ));
    }
    let mut ids = Vec::with_capacity(photos.len());
    for bytes in photos {
        let made = photo::remake(bytes.clone()).await;
        let made = made.map_err(|error| words::photo(error).to_owned())?;
        ids.push(kept(web, rider, made).await?);
    }
    Ok(ids)
}

/// Keeps a photo or text of the rider's for a day; the error says in a sentence why it could not be.
pub async fn kept(web: &Web, rider: &Rider, upload: Upload) -> Result<AttachmentId, String> {
    let actor = &rider.0.caller.actor;
    let kept = web.ledger.upload(web.program.id, actor, upload).await;
    kept.map(|kept| kept.id).map_err(|error| match error {
        UploadError::TooMany => t(
            "上传了太多没有用上的照片，请明天再试。",
            "You sent too many photos that were not used. Please try again tomorrow.",
        )
        .to_owned(),
        UploadError::Personal(error) => words::personal(&error),
    })
}
