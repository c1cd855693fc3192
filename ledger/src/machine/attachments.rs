//! Attachments on their way to what they show.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::deeds::DeedRejection;
use super::{State, Stop};
use crate::community::Actor;
use crate::community::attachment::{Attachment, AttachmentKind, Looks, Twin};
use crate::ids::AttachmentId;

/// What is known of attachments while a batch is decided.
#[derive(Clone, Debug, Default)]
pub struct Attachments {
    known: HashMap<AttachmentId, Attachment>,
    twins: HashMap<AttachmentId, Vec<Twin>>,
    /// Those attached by this batch.
    pub attached: BTreeSet<AttachmentId>,
}

impl Attachments {
    /// An attachment's row.
    pub fn load(&mut self, attachment: Attachment) {
        self.known.insert(attachment.id, attachment);
    }

    /// A photo that shows something else, and looks like this one.
    pub fn load_twin(&mut self, of: AttachmentId, twin: Twin) {
        self.twins.entry(of).or_default().push(twin);
    }

    /// An attachment.
    pub fn get(&self, id: AttachmentId) -> Option<&Attachment> {
        self.known.get(&id)
    }

    /// The loaded ones that show this, in order of id.
    pub fn showing(&self, of: Uuid) -> impl Iterator<Item = AttachmentId> {
        let known = self.known.values();
        let showing = known.filter(|attachment| attachment.of == Some(of));
        let showing: BTreeSet<_> = showing.map(|attachment| attachment.id).collect();
        showing.into_iter()
    }

    /// What else was shown with this photo, those first that differ least.
    pub fn twins(&self, id: AttachmentId) -> Vec<Twin> {
        let mut twins = self.twins.get(&id).cloned().unwrap_or_default();
        twins.sort_by_key(|twin| (twin.distance, twin.attachment));
        twins
    }

    /// Attaches: each must have been uploaded by this actor and show nothing yet. Answers with their new images, for the effects.
    pub fn attach(
        state: &State,
        ids: &[AttachmentId],
        of: Uuid,
        actor: &Actor,
    ) -> Result<Vec<Attachment>, Stop> {
        let attach = |id: &AttachmentId| {
            let known = state.attachments.get(*id);
            let known = known.filter(|known| known.by == actor.id && known.of.is_none());
            let known = known.ok_or(DeedRejection::UnknownAttachment { attachment: *id })?;
            Ok(Attachment {
                of: Some(of),
                ..known.clone()
            })
        };
        ids.iter().map(attach).collect()
    }

    /// Notes what was attached. Of two photos of one batch that look alike, the later is the twin of the former.
    pub(super) fn keep(&mut self, attachment: Attachment) {
        let alike = |other: &&Attachment| {
            other.id != attachment.id
                && other.kind == AttachmentKind::Photo
                && other.of.is_none()
                && distance(other, &attachment).is_some()
        };
        let others: Vec<_> = self.known.values().filter(alike).cloned().collect();
        for other in others {
            if let (Some(of), Some(distance)) = (attachment.of, distance(&other, &attachment)) {
                let attachment = attachment.id;
                self.load_twin(
                    other.id,
                    Twin {
                        attachment,
                        of,
                        distance,
                    },
                );
            }
        }
        self.attached.insert(attachment.id);
        self.load(attachment);
    }
}

/// In how many bits two pictures differ that are taken for one.
fn distance(one: &Attachment, other: &Attachment) -> Option<u32> {
    if one.digest.is_some() && one.digest == other.digest {
        return Some(0);
    }
    let distance = one.looks?.distance(other.looks?);
    (distance <= Looks::ALIKE).then_some(distance)
}
