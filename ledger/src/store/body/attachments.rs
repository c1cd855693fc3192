//! Photos and texts: what a batch locks and reads, and what is kept beside the writer. Compiled once for each database: `super` names the
//! types and binds.

use uuid::Uuid;

use super::run::{Connected, fetch_rows};
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::Actor;
use crate::community::attachment::{Attachment, Looks, Twin};
use crate::ids::{ActorId, AttachmentId, MemberId, ProgramId};
use crate::machine::{Needs, State};
use crate::store::attachments::{AttachmentRow, attachment, bits_of, kind_of, looks_of, places};
use crate::store::columns::Column;
use crate::store::views::{SealedAttachment, WrappedKey};
use crate::store::{StoreError, attachment_text as text};

impl Tx<'_> {
    pub(super) async fn lock_attachments(&mut self, needs: &Needs) -> Result<(), StoreError> {
        if !needs.attachments.is_empty() {
            let columns = [Column::uuids(needs.attachments.iter().map(|id| id.0))];
            self.run(&text::LOCK_ATTACHMENTS, columns).await?;
        }
        Ok(())
    }

    pub(super) async fn load_attachments(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if needs.attachments.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(needs.attachments.iter().map(|id| id.0))];
        let rows: Vec<AttachmentRow> = self.fetch(&text::ATTACHMENTS, columns).await?;
        let mut photos = Vec::new();
        for row in rows {
            let attachment = attachment(row)?;
            photos.extend(attachment.looks.map(|looks| (attachment.id, looks)));
            state.attachments.load(attachment);
        }
        self.load_twins(&photos, state).await
    }

    async fn load_twins(
        &mut self,
        photos: &[(AttachmentId, Looks)],
        state: &mut State,
    ) -> Result<(), StoreError> {
        let found = twins(&mut self.transaction, self.program, photos).await?;
        for (photo, twin) in found {
            state.attachments.load_twin(photo, twin);
        }
        Ok(())
    }
}

/// Attached photos that are the same as given ones or look like them, each beside the one it is like.
async fn twins(
    on: &mut Connected,
    program: ProgramId,
    photos: &[(AttachmentId, Looks)],
) -> Result<Vec<(AttachmentId, Twin)>, StoreError> {
    if photos.is_empty() {
        return Ok(Vec::new());
    }
    let near = photos.iter().flat_map(|(id, looks)| {
        let at = |(place, quarter)| (i64::try_from(place).unwrap_or_default(), quarter);
        looks.near().map(move |near| (*id, at(near)))
    });
    let near: Vec<_> = near.collect();
    let columns = places(near.into_iter());
    let rows: Vec<(Uuid, Uuid, Uuid, i64)> =
        fetch_rows(on, &text::TWINS, program.0, &columns).await?;
    let alike = |(photo, other, of, looks): (Uuid, Uuid, Uuid, i64)| {
        let photo = AttachmentId(photo);
        let (_, mine) = photos.iter().find(|(id, _)| *id == photo)?;
        let distance = mine.distance(looks_of(looks));
        let twin = Twin {
            attachment: AttachmentId(other),
            of,
            distance,
        };
        (distance <= Looks::ALIKE).then_some((photo, twin))
    };
    Ok(rows.into_iter().filter_map(alike).collect())
}

impl Store {
    /// How many attachments somebody has uploaded and not attached.
    pub async fn loose_attachments(
        &self,
        program: ProgramId,
        by: ActorId,
    ) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self
            .query(program, &text::LOOSE_ATTACHMENTS, [by.0.into()])
            .await?;
        Ok(rows.first().map_or(0, |(count,)| *count))
    }

    /// Keeps what was uploaded, beside the writer, until a moment unless it is attached before.
    pub async fn keep_attachment(
        &self,
        program: ProgramId,
        attachment: &Attachment,
        by: &Actor,
        sealed: SealedAttachment,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let values = [
            attachment.id.0.into(),
            attachment.kind.name().into(),
            by.id.0.into(),
            by.member.map(|member| member.0).into(),
            sealed.media_type.as_str().into(),
            attachment.digest.as_deref().into(),
            attachment.looks.map(bits_of).into(),
            until.as_micros().into(),
            sealed.key.id.as_str().into(),
            sealed.key.wrapped.as_str().into(),
            sealed.body.into(),
        ];
        let _: Vec<(Uuid,)> = self.keep(program, &text::KEEP_ATTACHMENT, values).await?;
        Ok(())
    }

    /// An attachment, and what is sealed in it; nothing once that is gone.
    pub async fn attachment(
        &self,
        program: ProgramId,
        id: AttachmentId,
    ) -> Result<Option<(Attachment, Option<SealedAttachment>)>, StoreError> {
        type Row = (
            String,
            Uuid,
            Option<Uuid>,
            String,
            Option<String>,
            Option<String>,
            Option<Vec<u8>>,
        );
        let rows: Vec<Row> = self
            .query(program, &text::ATTACHMENT, [id.0.into()])
            .await?;
        let Some((kind, by, of, media_type, key, wrapped, body)) = rows.into_iter().next() else {
            return Ok(None);
        };
        let known = Attachment {
            id,
            kind: kind_of(id.0, &kind)?,
            digest: None,
            looks: None,
            by: ActorId(by),
            of,
        };
        let sealed = match (key, wrapped, body) {
            (Some(id), Some(wrapped), Some(body)) => Some(SealedAttachment {
                media_type,
                key: WrappedKey { id, wrapped },
                body,
            }),
            _ => None,
        };
        Ok(Some((known, sealed)))
    }

    /// What is sealed in texts, of those that are kept.
    pub async fn texts(
        &self,
        program: ProgramId,
        ids: &[AttachmentId],
    ) -> Result<Vec<(AttachmentId, SealedAttachment)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let columns = [Column::uuids(ids.iter().map(|id| id.0))];
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<(Uuid, String, String, String, Vec<u8>)> =
            fetch_rows(&mut reader, &text::TEXTS, program.0, &columns).await?;
        let sealed = |(text, media_type, id, wrapped, body)| {
            let key = WrappedKey { id, wrapped };
            let sealed = SealedAttachment {
                media_type,
                key,
                body,
            };
            (AttachmentId(text), sealed)
        };
        Ok(rows.into_iter().map(sealed).collect())
    }

    /// What shows a deed or report, in the order in which it was uploaded.
    pub async fn attachments_of(
        &self,
        program: ProgramId,
        of: Uuid,
    ) -> Result<Vec<Attachment>, StoreError> {
        let rows: Vec<AttachmentRow> = self
            .query(program, &text::ATTACHMENTS_OF, [of.into()])
            .await?;
        rows.into_iter().map(attachment).collect()
    }

    /// A page of what a member, or whoever was merged into them, uploaded, after one of them.
    pub async fn attachments_by(
        &self,
        program: ProgramId,
        member: MemberId,
        after: AttachmentId,
        limit: i64,
    ) -> Result<Vec<Attachment>, StoreError> {
        let values = [member.0.into(), after.0.into(), limit.into()];
        let rows: Vec<AttachmentRow> = self.query(program, &text::ATTACHMENTS_BY, values).await?;
        rows.into_iter().map(attachment).collect()
    }

    /// What else was shown with a photo that shows this, or with one that looks like it, those first that differ least.
    pub async fn twins_of(&self, program: ProgramId, of: Uuid) -> Result<Vec<Twin>, StoreError> {
        let shown = self.attachments_of(program, of).await?;
        let photos = shown.iter().filter_map(|a| Some((a.id, a.looks?)));
        let photos: Vec<_> = photos.collect();
        if photos.is_empty() {
            return Ok(Vec::new());
        }
        let mut reader = self.reader().acquire().await?;
        let found = twins(&mut reader, program, &photos).await?;
        let found = found.into_iter().map(|(_, twin)| twin);
        let mut found: Vec<Twin> = found.filter(|twin| twin.of != of).collect();
        found.sort_unstable_by_key(|twin| (twin.distance, *twin));
        found.dedup();
        Ok(found)
    }

    /// A page of the keys of attachments that are under a master key, after one, in order of attachment.
    pub async fn attachments_under_key(
        &self,
        program: ProgramId,
        key: &str,
        after: AttachmentId,
        limit: i64,
    ) -> Result<Vec<(AttachmentId, WrappedKey)>, StoreError> {
        let values = [key.into(), after.0.into(), limit.into()];
        let rows: Vec<(Uuid, String, String)> = self
            .query(program, &text::ATTACHMENTS_UNDER_KEY, values)
            .await?;
        let key =
            |(attachment, id, wrapped)| (AttachmentId(attachment), WrappedKey { id, wrapped });
        Ok(rows.into_iter().map(key).collect())
    }

    /// Keeps the same key under another master key; `false` when it was changed meanwhile.
    pub async fn rewrap_attachment(
        &self,
        program: ProgramId,
        id: AttachmentId,
        key: &WrappedKey,
        before: &WrappedKey,
    ) -> Result<bool, StoreError> {
        let values = [
            id.0.into(),
            key.id.as_str().into(),
            key.wrapped.as_str().into(),
            before.wrapped.as_str().into(),
        ];
        let rows: Vec<(Uuid,)> = self.keep(program, &text::REWRAP_ATTACHMENT, values).await?;
        Ok(!rows.is_empty())
    }

    /// Forgets what showed nothing and is gone.
    pub async fn drop_attachments(&self, program: ProgramId) -> Result<(), StoreError> {
        let _: Vec<(Uuid,)> = self.keep(program, &text::DROP_ATTACHMENTS, []).await?;
        Ok(())
    }
}
