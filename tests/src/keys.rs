//! API keys for a story's people.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::clock::Timestamp;
use ledger::community::{ApiKey, Registration, Role};
use ledger::ids::{ApiKeyId, random_bytes, sha256_hex};
use uuid::Uuid;

use crate::story::Story;

impl Story {
    /// A token of a new key, which speaks for itself unless a subject is given.
    pub async fn token(&self, role: Role, subject: Option<Uuid>) -> String {
        self.token_until(role, subject, None).await
    }

    /// One that lets nobody in from a moment on.
    pub async fn token_until(
        &self,
        role: Role,
        subject: Option<Uuid>,
        expires_at: Option<Timestamp>,
    ) -> String {
        let secret = random_bytes::<32>();
        let key = ApiKey {
            id: ApiKeyId(Uuid::from_bytes(random_bytes())),
            secret_hash: sha256_hex(&secret),
            role,
            subject,
            name: String::new(),
            verbs: None,
            node: None,
            expires_at,
        };
        self.register(Registration::ApiKey(key)).await;
        let text = [self.program.0.as_bytes().as_slice(), &secret].concat();
        format!("jf_{}", URL_SAFE_NO_PAD.encode(text))
    }
}
