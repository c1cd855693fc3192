//! Photos and texts that show a deed. They are sealed and kept beside the books: commands name them, and no event holds what they show.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{ActorId, AttachmentId};

/// What is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// A picture, made anew from what was sent: nothing but its pixels is kept.
    Photo,
    /// Words.
    Text,
}

impl AttachmentKind {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Text => "text",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Photo, Self::Text]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What a picture looks like, in 64 bits: pictures that look alike differ in few of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Looks(pub u64);

impl Looks {
    /// In how many bits two pictures may differ and still be taken for one that was made smaller, brighter or packed again.
    pub const SAME: u32 = 3;
    /// In how many bits two pictures may differ and still be shown to whoever decides as alike: there may be two of one thing, or of two.
    pub const ALIKE: u32 = 7;

    /// In how many bits they differ.
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// Its four quarters of 16 bits. Two pictures that differ in at most seven bits have a quarter in which they differ in at most one.
    pub fn quarters(self) -> [u16; 4] {
        let bytes = self.0.to_be_bytes();
        [0, 2, 4, 6].map(|at| u16::from_be_bytes([bytes[at], bytes[at + 1]]))
    }

    /// Each quarter, by its place, that a picture alike may have there.
    pub fn near(self) -> impl Iterator<Item = (usize, u16)> {
        let quarters = self.quarters().into_iter().enumerate();
        quarters.flat_map(|(place, quarter)| {
            let flipped = (0..16).map(move |bit| quarter ^ (1 << bit));
            std::iter::once(quarter)
                .chain(flipped)
                .map(move |near| (place, near))
        })
    }
}

/// What is known of an attachment without looking at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// What it is.
    pub kind: AttachmentKind,
    /// SHA-256 of a picture as it is kept, in hexadecimal; of words nothing, for they may be guessed.
    pub digest: Option<String>,
    /// What a picture looks like.
    pub looks: Option<Looks>,
    /// Who uploaded it. Nobody else can attach it.
    pub by: ActorId,
    /// The deed or report that it shows, once it is attached.
    pub of: Option<Uuid>,
}

impl Twin {
    /// Whether it is taken for the same photo; else it looks alike, which is for a person to judge.
    pub const fn is_same(&self) -> bool {
        self.distance <= Looks::SAME
    }
}

/// A photo that another report or deed was shown with, and that is the same or looks alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Twin {
    /// Which.
    pub attachment: AttachmentId,
    /// What it shows.
    pub of: Uuid,
    /// In how many bits they differ; 0 for the very same.
    pub distance: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_alike_are_found_by_a_quarter() {
        let looks = Looks(0x0123_4567_89ab_cdef);
        // Two bits in each quarter but one, and one there: seven.
        let alike = Looks(looks.0 ^ 0x0003_0003_0003_0001);
        assert_eq!(looks.distance(alike), Looks::ALIKE);
        let quarters = alike.quarters();
        assert!(
            looks
                .near()
                .any(|(place, quarter)| quarters[place] == quarter)
        );
        assert_eq!(looks.near().count(), 68);
    }
}
