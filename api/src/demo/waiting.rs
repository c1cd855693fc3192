//! What waits for an answer on the story's last day.

use ledger::community::paying::ChargeGround;
use ledger::community::personal::{Personal, Phone};
use ledger::community::{JoinCode, Registration};
use ledger::ids::{MemberId, derived, random_bytes};
use ledger::machine::deeds::ExceptionalCommand;
use ledger::machine::paying::PayingCommand;
use ledger::machine::{Command, Redemption};
use ledger::views::RedemptionFilter;
use ledger::{Ledger, Upload};

use super::cast;
use super::coming::rider;
use super::history::worker;
use super::names::riders;
use super::records::{RIDERS, request};
use super::story::CAST;
use crate::commands::Failure;

/// Who did something out of the ordinary, among the riders.
const PROPOSED: usize = 7;

/// Puts it on record.
pub async fn register(ledger: &Ledger) -> Result<(), Failure> {
    let names = riders(RIDERS);
    let members: Vec<MemberId> = names.iter().map(|name| cast::member(name)).collect();
    joining(ledger).await?;
    proposal(ledger, members[PROPOSED]).await?;
    objection(ledger, &members).await
}

/// Two ask to be enrolled, by the code at the station.
async fn joining(ledger: &Ledger) -> Result<(), Failure> {
    let (organization, now) = (cast::organization("黄海社区"), ledger.clock().now());
    let code = JoinCode::new(organization, random_bytes(), now, JoinCode::DAYS);
    let asked = request(worker(0), "demo-join-code");
    let command = Command::Register(Registration::JoinCode(code));
    ledger.execute(&asked, command).await?;
    for (number, name) in ["郑卫东", "田小雨"].into_iter().enumerate() {
        let personal = Personal {
            name: name.to_owned(),
            phones: vec![Phone::parse(&format!("1540000091{number}"))?],
            ..Personal::default()
        };
        let asked = request(worker(0), format!("demo-asking-{number}"));
        let asks = cast::member(name);
        ledger
            .ask_to_join(&asked, asks, organization, &personal, None)
            .await?;
    }
    Ok(())
}

/// Something out of the ordinary waits for a second person.
async fn proposal(ledger: &Ledger, member: MemberId) -> Result<(), Failure> {
    let (by, words) = (worker(0), "送餐途中发现一楼起火，喊人并用灭火器扑灭。");
    let words = ledger.upload(cast::program(), &by, Upload::Text(words.to_owned()));
    let propose = ExceptionalCommand::Propose {
        member,
        reference: derived(&[b"jifen/demo", b"deed", b"fire"]),
        category: "rescue".to_owned(),
        occurred_at: ledger.clock().now().plus_seconds(-30 * 3_600),
        attachments: vec![words.await?.id],
    };
    let asked = request(by, "demo-proposal");
    let command = Command::Exceptional(Box::new(propose));
    ledger.execute_deed(&asked, command).await?;
    Ok(())
}

/// A rider of the crowd finds that the noodle shop took too much.
async fn objection(ledger: &Ledger, members: &[MemberId]) -> Result<(), Failure> {
    let newest = RedemptionFilter {
        before: None,
        limit: 50,
    };
    let store = cast::store(cast::NOODLES);
    let paid = ledger.redemptions_of_store(cast::program(), store.0, &newest);
    let crowd = members.get(CAST..).unwrap_or_default();
    let whole = |one: &Redemption| one.takes() && !one.refunded.is_positive();
    let paid = paid.await?;
    let Some(one) = paid
        .iter()
        .find(|one| whole(one) && crowd.contains(&one.member))
    else {
        return Ok(());
    };
    let command = PayingCommand::Object {
        redemption: one.id,
        ground: ChargeGround::WrongAmount,
    };
    let asked = request(rider(one.member), "demo-objection");
    ledger
        .execute(&asked, Command::Paying(Box::new(command)))
        .await?;
    Ok(())
}
