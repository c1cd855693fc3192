//! Log-ins from outside: by a code sent to a phone, and through a provider of identities.

mod browser;
mod changing;
mod codes;
mod forged;
mod joining;
mod phone;
mod provider;
mod second;

use ledger::Enrolment;
use ledger::community::personal::{Personal, Phone};
use ledger::ids::MemberId;
use tests::story::Story;
use uuid::Uuid;

const PHONE: &str = "13912345678";
const NOBODYS: &str = "13700000000";

fn number(text: &str) -> Phone {
    Phone::parse(text).unwrap()
}

/// A member who has this phone.
async fn member_with(story: &Story, phone: &str) -> MemberId {
    let enrolment = Enrolment {
        organization: None,
        personal: Personal {
            name: "欧阳明".to_owned(),
            phones: vec![number(phone)],
            ..Personal::default()
        },
    };
    let request = story.request(story.staff(0), None);
    let id = MemberId(Uuid::from_u128(0x5e1f));
    let enrolled = story.ledger.enrol(&request, id, &enrolment).await;
    enrolled.unwrap().member
}
