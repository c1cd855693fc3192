//! Photos and texts as they are kept.

/// The key of an attachment, wrapped by a master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The id of the master key.
    pub id: String,
    /// What it wraps, in Base64.
    pub wrapped: String,
}

/// What is sealed in an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAttachment {
    /// As in `image/jpeg`.
    pub media_type: String,
    /// What opens it.
    pub key: WrappedKey,
    /// A nonce and the ciphertext.
    pub body: Vec<u8>,
}
