//! What two clerks of the noodle shop log in with, and their PINs: they take turns at one counter.

use ledger::Ledger;
use ledger::community::{Actor, Role, totp_at};
use ledger::ids::{ActorId, ClerkId, random_bytes, sha256_hex};

use super::cast::{self, NOODLES_CLERK, NOODLES_CLERK_PIN, NOODLES_HELP, NOODLES_HELP_PIN};
use super::records::{operator, request};
use crate::commands::Failure;

/// Who, by what name they log in, and the PIN.
const TURNS: [(&str, &str, &str); 2] = [
    (NOODLES_CLERK, "liuchunyan", NOODLES_CLERK_PIN),
    (NOODLES_HELP, "zhouxiaoyan", NOODLES_HELP_PIN),
];

/// Puts it on record.
pub async fn register(ledger: &Ledger) -> Result<(), Failure> {
    for (name, handle, pin) in TURNS {
        let clerk = cast::clerk(name);
        choose(ledger, clerk, handle).await?;
        let asked = request(oneself(clerk), format!("demo-pin-{handle}"));
        ledger.set_pin(&asked, cast::PASSWORD, pin).await?;
    }
    Ok(())
}

/// Everybody may know the password, so what their codes follow from is drawn and told nobody: one enters the demo by name.
async fn choose(ledger: &Ledger, clerk: ClerkId, handle: &str) -> Result<(), Failure> {
    let asked = request(operator(), format!("demo-invitation-{handle}"));
    let invitation = sha256_hex(&random_bytes::<32>());
    let whom = (Role::Merchant, clerk.0);
    ledger.invite(&asked, whom, handle, &invitation).await?;
    let secret: [u8; 20] = random_bytes();
    let code = totp_at(&secret, ledger.clock().now());
    let secret = base32(&secret);
    let totp = (secret.as_str(), code.as_str());
    let program = cast::program();
    ledger
        .accept_invitation(program, &invitation, cast::PASSWORD, totp, None)
        .await?;
    Ok(())
}

/// A clerk in their own name.
fn oneself(clerk: ClerkId) -> Actor {
    Actor {
        id: ActorId(clerk.0),
        role: Role::Merchant,
        member: None,
        store: None,
        node: None,
    }
}

/// As an authenticator app is told a secret, of a length that needs no padding.
fn base32(secret: &[u8]) -> String {
    let bits: String = secret.iter().map(|byte| format!("{byte:08b}")).collect();
    let fives = bits.as_bytes().chunks(5);
    let letter = |five: &[u8]| {
        let value = five.iter().fold(0_u8, |sum, bit| sum * 2 + (bit - b'0'));
        char::from(match value {
            0..26 => b'A' + value,
            _ => b'2' + (value - 26),
        })
    };
    fives.map(letter).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ledger::community::personal::Keyring;
    use ledger::community::{Origin, Way};
    use ledger::{Known, Opening, Options, Takeover};

    use super::*;

    #[test]
    fn a_secret_is_written_as_apps_read_it() {
        let written = base32(b"12345678901234567890");
        assert_eq!(written, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn the_door_tells_the_pins() {
        let people = cast::people();
        for (name, _, pin) in TURNS {
            let person = people.iter().find(|person| person.name == name);
            let hint = &person.expect("somebody to enter as").hint;
            assert!(hint.contains(pin), "{hint}");
        }
    }

    #[tokio::test]
    async fn whoever_entered_by_name_is_relieved_by_a_pin() {
        let random = u64::from_be_bytes(random_bytes());
        let folder = std::env::temp_dir().join(format!("jifen-turns-{random:x}"));
        std::fs::create_dir(&folder).expect("a folder");
        let url = format!("sqlite:{}", folder.join("turns.sqlite").display());
        let (zeros, ones) = ("0".repeat(64), "1".repeat(64));
        let keys = Keyring::parse(&format!("lookup {zeros}; first {ones}"));
        let keys = Arc::new(keys.expect("keys"));
        let entered = crate::demo::enter_without_history(&url, Arc::clone(&keys)).await;
        entered.expect("a programme");
        let options = Options {
            keyring: Some(keys),
            ..Options::default()
        };
        let ledger = Ledger::open(&url, options).await.expect("a ledger");
        register(&ledger).await.expect("log-ins");

        let (program, store) = (cast::program(), cast::store(cast::NOODLES));
        let here = ledger.pins_at(program, store).await.expect("the ledger");
        let names: Vec<&str> = here.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, [NOODLES_CLERK, NOODLES_HELP]);
        let opening = Opening {
            known: Known {
                role: Role::Merchant,
                subject: cast::clerk(NOODLES_CLERK).0,
                way: Way::Demo,
            },
            secret_hash: "one",
            agent: "",
            address: None,
        };
        let by_name = ledger.open_session(program, &opening).await.expect("in");
        let takeover = Takeover {
            clerk: cast::clerk(NOODLES_HELP),
            store,
            from: by_name.id,
            secret_hash: "two",
            agent: "",
        };
        let origin = Origin::default();
        let taken = ledger.take_over(program, &takeover, NOODLES_HELP_PIN, origin);
        let taken = taken.await.expect("her PIN");
        assert_eq!((taken.way, taken.store), (Way::Pin, Some(store)));
        ledger.close().await;
        std::fs::remove_dir_all(&folder).expect("the folder is ours");
    }
}
