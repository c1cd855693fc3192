//! Photos and texts: sealed and kept beside the writer, until a command attaches them.

use std::collections::HashMap;

use uuid::Uuid;

use super::personal::chance;
use super::{Ledger, PersonalError};
use crate::community::Actor;
use crate::community::attachment::{Attachment, AttachmentKind, Looks};
use crate::community::personal::SealError;
use crate::ids::{AttachmentId, ProgramId, random_bytes, sha256_hex};
use crate::store::views::{SealedAttachment, WrappedKey};
use crate::store::{Store, either};

/// How long what was uploaded waits to be attached, in seconds: a day.
const LOOSE_SECONDS: i64 = 24 * 3_600;
/// How many somebody may have uploaded and attached to nothing.
const MOST_LOOSE: i64 = 100;
/// How many keys are read at once where all are gone through.
const PAGE: i64 = 200;

/// What is uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upload {
    /// A picture, made anew, in JPEG, and what it looks like.
    Photo(Vec<u8>, Looks),
    /// Words.
    Text(String),
}

/// What was attached, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What is known of it.
    pub attachment: Attachment,
    /// As in `image/jpeg`, and the bytes; `None` once they are gone.
    pub content: Option<(String, Vec<u8>)>,
}

/// Why something could not be uploaded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// They have uploaded too much that they never attached.
    #[error("{MOST_LOOSE} attachments are waiting to be attached: attach them, or wait a day")]
    TooMany,
    /// It could not be sealed or kept.
    #[error(transparent)]
    Personal(#[from] PersonalError),
}

impl Ledger {
    /// Keeps a photo or a text for a day, for whoever uploaded it to attach it to what it shows.
    ///
    /// # Errors
    /// Too many are waiting, there is no keyring, or the database cannot be written.
    pub async fn upload(
        &self,
        program: ProgramId,
        by: &Actor,
        upload: Upload,
    ) -> Result<Attachment, UploadError> {
        let loose = either!(&self.store, Store, store => {
            store.loose_attachments(program, by.id).await
        });
        if loose.map_err(PersonalError::from)? >= MOST_LOOSE {
            return Err(UploadError::TooMany);
        }
        let now = self.clock.now();
        let (kind, media_type, bytes, looks) = match upload {
            Upload::Photo(bytes, looks) => {
                (AttachmentKind::Photo, "image/jpeg", bytes, Some(looks))
            }
            Upload::Text(text) => (
                AttachmentKind::Text,
                "text/plain; charset=utf-8",
                text.into_bytes(),
                None,
            ),
        };
        let attachment = Attachment {
            id: AttachmentId::new(now),
            kind,
            digest: looks.is_some().then(|| sha256_hex(&bytes)),
            looks,
            by: by.id,
            of: None,
        };
        let keyring = self.keyring()?;
        let sealed = keyring.seal_bytes(program, attachment.id, &bytes, &chance());
        let ((id, wrapped), body) = sealed.map_err(|error| broken(attachment.id, error))?;
        let sealed = SealedAttachment {
            media_type: media_type.to_owned(),
            key: WrappedKey { id, wrapped },
            body,
        };
        let until = now.plus_seconds(LOOSE_SECONDS);
        let kept = either!(&self.store, Store, store => {
            store.keep_attachment(program, &attachment, by, sealed, until).await
        });
        kept.map_err(PersonalError::from)?;
        Ok(attachment)
    }

    /// An attachment and what it shows. Who may see it is for the caller to know.
    pub async fn attachment(
        &self,
        program: ProgramId,
        id: AttachmentId,
    ) -> Result<Option<Opened>, PersonalError> {
        let found = either!(&self.store, Store, store => store.attachment(program, id).await)?;
        let Some((attachment, sealed)) = found else {
            return Ok(None);
        };
        let content = match sealed {
            None => None,
            Some(sealed) => {
                let bytes = self.unsealed_bytes(program, id, &sealed)?;
                Some((sealed.media_type, bytes))
            }
        };
        Ok(Some(Opened {
            attachment,
            content,
        }))
    }

    /// What texts say, of those that are kept. Who may read them is for the caller to know.
    pub async fn texts(
        &self,
        program: ProgramId,
        ids: &[AttachmentId],
    ) -> Result<HashMap<AttachmentId, String>, PersonalError> {
        let found = either!(&self.store, Store, store => store.texts(program, ids).await)?;
        let mut texts = HashMap::with_capacity(found.len());
        for (id, sealed) in found {
            let bytes = self.unsealed_bytes(program, id, &sealed)?;
            texts.insert(id, String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(texts)
    }

    fn unsealed_bytes(
        &self,
        program: ProgramId,
        id: AttachmentId,
        sealed: &SealedAttachment,
    ) -> Result<Vec<u8>, PersonalError> {
        let key = (sealed.key.id.as_str(), sealed.key.wrapped.as_str());
        let bytes = self.keyring()?.open_bytes(program, id, key, &sealed.body);
        bytes.map_err(|error| broken(id, error))
    }

    /// Wraps the keys of attachments by the newest master key. Answers with how many there were.
    pub(super) async fn rewrap_attachments(
        &self,
        program: ProgramId,
    ) -> Result<u64, PersonalError> {
        let newest = self.keyring()?.newest().to_owned();
        let mut done = 0;
        for (key, _) in self.master_keys(program).await? {
            if key != newest {
                done += self.rewrap_attachments_under(program, &key).await?;
            }
        }
        Ok(done)
    }

    async fn rewrap_attachments_under(
        &self,
        program: ProgramId,
        key: &str,
    ) -> Result<u64, PersonalError> {
        let (mut after, mut done) = (AttachmentId(Uuid::nil()), 0);
        loop {
            let keys = either!(&self.store, Store, store => {
                store.attachments_under_key(program, key, after, PAGE).await
            })?;
            let Some((last, _)) = keys.last() else {
                return Ok(done);
            };
            after = *last;
            for (id, before) in keys {
                let key = (before.id.as_str(), before.wrapped.as_str());
                let keyring = self.keyring()?;
                let new = keyring.rewrap_bytes(program, id, key, &random_bytes());
                let (key_id, wrapped) = new.map_err(|error| broken(id, error))?;
                let new = WrappedKey {
                    id: key_id,
                    wrapped,
                };
                let rewrapped = either!(&self.store, Store, store => {
                    store.rewrap_attachment(program, id, &new, &before).await
                })?;
                done += u64::from(rewrapped);
            }
        }
    }
}

fn broken(id: AttachmentId, error: SealError) -> PersonalError {
    PersonalError::Attachment {
        attachment: id,
        error,
    }
}
