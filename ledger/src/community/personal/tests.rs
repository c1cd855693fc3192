use uuid::Uuid;

use super::*;
use crate::ids::{MemberId, ProgramId};

const KEYS: &str = "\
    # made for these tests\n\
    lookup 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\
    2026-01 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n";
const LATER: &str = "2026-07 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";

const WHOSE: Whose = Whose {
    program: ProgramId(Uuid::from_u128(1)),
    member: MemberId(Uuid::from_u128(2)),
};

fn ring(text: &str) -> Keyring {
    Keyring::parse(text).unwrap()
}

fn somebody() -> Personal {
    Personal {
        name: "赵立军".to_owned(),
        phones: vec![Phone::parse("138 0000 0000").unwrap()],
        identity: Some(Identity::parse("11010519491231002x").unwrap()),
        ..Personal::default()
    }
}

fn chance() -> Chance {
    Chance {
        data_key: [7; 32].into(),
        wrap_nonce: [8; 24],
        nonce: [9; 24],
    }
}

#[test]
fn what_is_sealed_is_what_is_opened() {
    let sealed = ring(KEYS).seal(WHOSE, &somebody(), &chance()).unwrap();
    assert_eq!(sealed.key_id, "2026-01");
    assert_eq!(ring(KEYS).open(WHOSE, &sealed).unwrap(), somebody());
    let text = serde_json::to_string(&sealed).unwrap();
    for said in ["赵立军", "13800000000", "11010519491231002X"] {
        assert!(!text.contains(said));
        assert!(!format!("{:?}{sealed:?}{:?}", somebody(), ring(KEYS)).contains(said));
    }
}

/// Worked out by another implementation: HChaCha20 and ChaCha20-Poly1305 by RFC 8439 and draft-irtf-cfrg-xchacha, HKDF and HMAC by Python.
#[test]
fn known_answers() {
    let keys = ring(KEYS);
    let plain = Personal {
        name: "A".to_owned(),
        ..Personal::default()
    };
    let sealed = keys.seal(WHOSE, &plain, &chance()).unwrap();
    assert_eq!(sealed.nonce, "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ");
    assert_eq!(sealed.body, "xVCM6xHPW1jWUypB5Mrf9nCeCUuDW1ycDiXYUg");
    assert_eq!(
        sealed.wrapped,
        "CAgICAgICAgICAgICAgICAgICAgICAgID1MVWZjj4B8BopgVVIGuNi05sH9Xsy3S5kkiD3vi3PNZto9NfLoA3scNquqi9o7Q"
    );
    let phone = Phone::parse("13800000000").unwrap();
    assert_eq!(
        keys.phone(WHOSE.program, &phone).hash,
        "a05255a20875b57af237b953e22ad211720d3fda7b4d2e2f89675addf5909051"
    );
}

#[test]
fn whatever_is_changed_or_put_elsewhere_does_not_open() {
    let keys = ring(KEYS);
    let sealed = keys.seal(WHOSE, &somebody(), &chance()).unwrap();
    let other = Whose {
        member: MemberId(Uuid::from_u128(3)),
        ..WHOSE
    };
    assert_eq!(keys.open(other, &sealed), Err(SealError::Broken));
    let elsewhere = Whose {
        program: ProgramId(Uuid::from_u128(3)),
        ..WHOSE
    };
    assert_eq!(keys.open(elsewhere, &sealed), Err(SealError::Broken));
    for part in 0..3 {
        let mut changed = sealed.clone();
        let text = match part {
            0 => &mut changed.wrapped,
            1 => &mut changed.nonce,
            _ => &mut changed.body,
        };
        let first = if text.starts_with('A') { "B" } else { "A" };
        text.replace_range(0..1, first);
        assert_eq!(keys.open(WHOSE, &changed), Err(SealError::Broken), "{part}");
        changed.wrapped.truncate(8);
        assert_eq!(keys.open(WHOSE, &changed), Err(SealError::Broken));
    }
    let another = KEYS.replace("2021", "2022");
    assert_eq!(ring(&another).open(WHOSE, &sealed), Err(SealError::Broken));
}

#[test]
fn a_data_key_goes_under_another_master_key() {
    let sealed = ring(KEYS).seal(WHOSE, &somebody(), &chance()).unwrap();
    let both = ring(&format!("{KEYS}{LATER}"));
    assert_eq!(both.newest(), "2026-07");
    let wrapped = both.rewrap(WHOSE, &sealed, &[5; 24]).unwrap();
    assert_eq!(
        (wrapped.key_id.as_str(), &wrapped.body),
        ("2026-07", &sealed.body)
    );
    let lookup = KEYS.lines().nth(1).unwrap();
    let only_later = ring(&format!("{lookup};{LATER}"));
    assert_eq!(only_later.open(WHOSE, &wrapped).unwrap(), somebody());
    let id = "2026-01".to_owned();
    assert_eq!(
        only_later.open(WHOSE, &sealed),
        Err(SealError::UnknownKey { id })
    );
    let phone = &somebody().phones[0];
    let hashes = [&both, &only_later].map(|keys| keys.phone(WHOSE.program, phone));
    assert_eq!(
        hashes[0], hashes[1],
        "a person is found whatever the master key"
    );
}

#[test]
fn a_keyring_says_where_it_is_wrong() {
    let error = |text: &str| Keyring::parse(text).unwrap_err();
    assert_eq!(error(""), KeyringError::Missing);
    assert_eq!(error(LATER), KeyringError::Missing);
    assert_eq!(error("\nlookup 00"), KeyringError::Line { line: 2 });
    assert_eq!(error("a"), KeyringError::Line { line: 1 });
    assert_eq!(
        error(&format!("{KEYS}{LATER}\n{LATER}")),
        KeyringError::Twice { line: 5 }
    );
    let line = Keyring::line("k", &[0xab; 32]);
    assert_eq!(line.as_str(), format!("k {}\n", "ab".repeat(32)));
}

#[test]
fn phones_are_written_in_one_way() {
    for text in [
        "13800000000",
        "+86 138-0000-0000",
        "0086 13800000000",
        "8613800000000",
    ] {
        assert_eq!(
            Phone::parse(text).unwrap().as_str(),
            "+8613800000000",
            "{text}"
        );
    }
    assert_eq!(
        Phone::parse("+852 5123 4567").unwrap().as_str(),
        "+85251234567"
    );
    for text in [
        "",
        "12345678901",
        "1380000000",
        "+8623800000000",
        "+0138",
        "1380000000a",
        "电话",
    ] {
        assert_eq!(Phone::parse(text), Err(Malformed::Phone), "{text}");
    }
}

#[test]
fn identity_numbers_are_checked() {
    assert_eq!(
        Identity::parse("11010519491231002x").unwrap().as_str(),
        "11010519491231002X"
    );
    assert!(Identity::parse("440524188001010014").is_ok());
    assert_eq!(
        Identity::parse("440524188001010015"),
        Err(Malformed::CheckCharacter)
    );
    assert_eq!(
        Identity::parse("44052418800101001"),
        Err(Malformed::Identity)
    );
    assert_eq!(
        Identity::parse("4405241880010100é"),
        Err(Malformed::Identity)
    );
}

#[test]
fn a_mask_keeps_the_family_name() {
    for (name, shown) in [
        ("赵立军", "赵**"),
        ("王五", "王*"),
        ("欧阳修文", "欧**"),
        ("李", "*"),
        ("", "*"),
        ("Li Lei", "L**"),
    ] {
        assert_eq!(masked(name), shown);
    }
}
