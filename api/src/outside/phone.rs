//! Codes sent to phones: asked for, and used to log in or to show that a phone is at hand.

use std::sync::Arc;

use ledger::clock::Timestamp;
use ledger::community::personal::Phone;
use ledger::community::{CodeFor, LoginCode, Program, Role, Way};
use ledger::ids::ProgramId;
use ledger::{Drawn, Known};

use super::{Refusal, keep_pace};
use crate::auth::session::Asking;
use crate::state::App;

/// Draws a code, and has it sent to the phone if that is a member's. Whether it is, is looked up by nobody whom the caller waits for.
pub async fn ask_for_code(app: &App, program: &Program, phone: Phone) -> Result<(), Refusal> {
    let Some(gateway) = &app.outside.sms else {
        return Err(Refusal::NoSms);
    };
    let code = drawn(app, program, CodeFor::LogIn, &phone).await?;
    let (ledger, gateway) = (Arc::clone(&app.ledger), Arc::clone(gateway));
    let program = program.clone();
    tokio::spawn(async move {
        let found = ledger.member_to_log_in(program.id, &phone).await;
        // A gateway may take its time; nobody's ledger waits for it.
        drop(ledger);
        match found {
            Ok(Some(_)) => {
                let purpose = CodeFor::LogIn;
                gateway.send(&program.name, purpose, &phone, &code).await;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "whom to send a code cannot be looked up"),
        }
    });
    Ok(())
}

async fn drawn(
    app: &App,
    program: &Program,
    purpose: CodeFor,
    phone: &Phone,
) -> Result<LoginCode, Refusal> {
    match app.ledger.draw_code(program.id, purpose, phone).await? {
        Drawn::Code(code) => Ok(code),
        Drawn::TooSoon(seconds) => Err(Refusal::TooOften(seconds)),
    }
}

/// Draws a code and has it sent to the phone, whoever has it: who asks is to show that it is at hand.
pub async fn ask_for_proof(
    app: &App,
    program: &Program,
    purpose: CodeFor,
    phone: &Phone,
    asking: &Asking,
) -> Result<(), Refusal> {
    let Some(gateway) = app.outside.sms.clone() else {
        return Err(Refusal::NoSms);
    };
    keep_pace(app, asking)?;
    let code = drawn(app, program, purpose, phone).await?;
    let (name, phone) = (program.name.clone(), phone.clone());
    tokio::spawn(async move { gateway.send(&name, purpose, &phone, &code).await });
    Ok(())
}

/// When a code showed that the phone is at hand: now, and once.
pub async fn prove(
    app: &App,
    program: ProgramId,
    purpose: CodeFor,
    (phone, typed): (&Phone, &str),
    asking: &Asking,
) -> Result<Timestamp, Refusal> {
    if !app.outside.has_sms() {
        return Err(Refusal::NoSms);
    }
    keep_pace(app, asking)?;
    let code = LoginCode::parse(typed).ok_or(Refusal::WrongCode)?;
    let spent = app.ledger.spend_code(program, purpose, phone, &code);
    match spent.await? {
        true => Ok(app.ledger.clock().now()),
        false => Err(Refusal::WrongCode),
    }
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
