//! Log-ins by phone: a code is asked for, and used.

use std::sync::Arc;

use ledger::community::personal::Phone;
use ledger::community::{LoginCode, Program, Role, Way};
use ledger::{Drawn, Known};

use super::Refusal;
use crate::state::App;

/// Draws a code, and has it sent to the phone if that is a member's. Whether it is, is looked up by nobody whom the caller waits for.
pub async fn ask_for_code(app: &App, program: &Program, phone: Phone) -> Result<(), Refusal> {
    let Some(gateway) = &app.outside.sms else {
        return Err(Refusal::NoSms);
    };
    let code = match app.ledger.draw_login_code(program.id, &phone).await? {
        Drawn::Code(code) => code,
        Drawn::TooSoon(seconds) => return Err(Refusal::TooOften(seconds)),
    };
    let (ledger, gateway) = (Arc::clone(&app.ledger), Arc::clone(gateway));
    let program = program.clone();
    tokio::spawn(async move {
        let found = ledger.member_to_log_in(program.id, &phone).await;
        // A gateway may take its time; nobody's ledger waits for it.
        drop(ledger);
        match found {
            Ok(Some(_)) => gateway.send(&program.name, &phone, &code).await,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "whom to send a code cannot be looked up"),
        }
    });
    Ok(())
}

/// Who logs in with a code, once.
pub async fn log_in_with_code(
    app: &App,
    program: &Program,
    phone: &Phone,
    typed: &str,
) -> Result<Known, Refusal> {
    if !app.outside.has_sms() {
        return Err(Refusal::NoSms);
    }
    let code = LoginCode::parse(typed).ok_or(Refusal::WrongCode)?;
    let member = app
        .ledger
        .spend_login_code(program.id, phone, &code)
        .await?;
    let member = member.ok_or(Refusal::WrongCode)?;
    Ok(Known {
        role: Role::Member,
        subject: member.0,
        way: Way::Sms,
    })
}
