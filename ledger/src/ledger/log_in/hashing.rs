//! Passwords: Argon2id with the parameters OWASP asks for (19 MiB, two passes, one lane), a few at a time.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::ids::random_bytes;

/// Memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);

/// So many at once: 76 MiB. The others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What is verified where there is no password, so that it takes as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let password: [u8; 16] = random_bytes();
    hashed(&password).unwrap_or_default()
});

fn argon2() -> Option<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hashed(password: &[u8]) -> Option<String> {
    let salt = SaltString::encode_b64(&random_bytes::<16>()).ok()?;
    let hash = argon2()?.hash_password(password, &salt).ok()?;
    Some(hash.to_string())
}

/// What came of a password.
pub struct Verdict {
    /// Whether it is the one.
    pub is_right: bool,
    /// It under today's parameters, if it was kept under others.
    pub renewed: Option<String>,
}

fn judged(hash: Option<&str>, password: &[u8]) -> Verdict {
    let known = PasswordHash::new(hash.unwrap_or(&NOBODYS));
    let is_right = match (&known, argon2()) {
        (Ok(known), Some(argon2)) => argon2.verify_password(password, known).is_ok(),
        _ => false,
    };
    let is_right = is_right && hash.is_some();
    let is_todays = known.is_ok_and(|known| {
        let params = Params::try_from(&known);
        let cost = params.map(|params| (params.m_cost(), params.t_cost(), params.p_cost()));
        known.algorithm == argon2::ARGON2ID_IDENT && cost == Ok(COST)
    });
    let renewed = (is_right && !is_todays).then(|| hashed(password)).flatten();
    Verdict { is_right, renewed }
}

/// Whether the password is the one of this hash; without a hash it is not, which takes as long to find out.
pub async fn verify(hash: Option<String>, password: &str) -> Verdict {
    let password = Zeroizing::new(password.as_bytes().to_vec());
    let wrong = || Verdict {
        is_right: false,
        renewed: None,
    };
    let Ok(_permit) = AT_ONCE.acquire().await else {
        return wrong();
    };
    let judging = tokio::task::spawn_blocking(move || judged(hash.as_deref(), &password));
    judging.await.unwrap_or_else(|_| wrong())
}

/// In PHC form, to be kept; `None` where there is no memory for it.
pub async fn hash(password: &str) -> Option<String> {
    let password = Zeroizing::new(password.as_bytes().to_vec());
    let _permit = AT_ONCE.acquire().await.ok()?;
    let hashing = tokio::task::spawn_blocking(move || hashed(&password));
    hashing.await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_and_kept_anew_when_parameters_change() {
        let password = "correct horse".as_bytes();
        let kept = hashed(password).unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        let verdict = judged(Some(&kept), password);
        assert!(verdict.is_right && verdict.renewed.is_none());
        assert!(!judged(Some(&kept), b"correct house").is_right);
        assert!(!judged(None, password).is_right);
        assert!(!judged(Some("no hash"), password).is_right);
        let params = Params::new(8 * 1_024, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let weak = weak.hash_password(password, &salt).unwrap().to_string();
        let verdict = judged(Some(&weak), password);
        assert!(verdict.is_right);
        assert!(
            verdict
                .renewed
                .unwrap()
                .starts_with("$argon2id$v=19$m=19456,")
        );
    }
}
