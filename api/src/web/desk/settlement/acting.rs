//! What is done about many statements at once: approving those that are ticked, gathering those that are approved.

use axum::Form;
use futures::future::join_all;
use ledger::StoreError;
use ledger::ids::StatementId;
use ledger::machine::{Command, Outcome, SettlementCommand};
use serde::Deserialize;
use uuid::Uuid;

use super::{MOST, Typed, Wanted, again, said};
use crate::web::Web;
use crate::web::names::store_name;
use crate::web::page::{Page, Trouble, go};
use crate::web::reading::{say, t};
use crate::web::visitor::{At, Trader, Visitor, request};

/// `POST /{program}/desk/settlement/approve`: those that are ticked, each for itself. Pressed twice, each is done once.
pub async fn approve(
    At(web): At,
    Trader(visitor): Trader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let of = |wanted: &'static str| fields.iter().filter(move |(name, _)| name == wanted);
    let ticked: Vec<StatementId> = of("statement")
        .filter_map(|(_, id)| id.parse().ok())
        .collect();
    let key = of("key").next().map_or("", |(_, key)| key.as_str());
    let wanted = Wanted {
        state: "confirmed".to_owned(),
        ..Wanted::default()
    };
    if ticked.is_empty() {
        let problem = t(
            "请先勾选要批准的结算单。",
            "Please tick the statements to approve first.",
        );
        let problems = vec![problem.to_owned()];
        return again(&web, &visitor, wanted, Typed::default(), problems).await;
    }
    let each = ticked.iter().map(|&statement| {
        let key = format!("{key}#{statement}");
        approved(&web, &visitor, statement, key)
    });
    let mut problems = Vec::new();
    for outcome in join_all(each).await {
        problems.extend(outcome?);
    }
    let done = ticked.len() - problems.len();
    if problems.is_empty() {
        let path = format!("desk/settlement?state=approved&how=approved&done={done}");
        return go(&web.path(&path));
    }
    problems.push(say!("已批准 {done} 张。", "Approved: {done}."));
    again(&web, &visitor, wanted, Typed::default(), problems).await
}

/// Approves one; answers with why not, in a sentence.
async fn approved(
    web: &Web,
    visitor: &Visitor,
    statement: StatementId,
    key: String,
) -> Result<Option<String>, StoreError> {
    let command = SettlementCommand::Approve {
        statement,
        unanswered: false,
    };
    let command = Command::Settlement(Box::new(command));
    let request = request(visitor, Some(key));
    let Err(error) = web.app.execute(&request, command).await else {
        return Ok(None);
    };
    let store = match web.ledger.settlement(web.program.id, statement).await? {
        Some(statement) => store_name(web, statement.store.0).await?,
        None => String::new(),
    };
    let why = said::why(&error);
    Ok(Some(say!("{store}：{why}", "{store}: {why}")))
}

/// What a form of one button carries.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    key: String,
}

/// `POST /{program}/desk/settlement/gather`: all that are approved and in no batch, the oldest first; once for each form.
pub async fn gather(At(web): At, Trader(visitor): Trader, Form(pressed): Form<Pressed>) -> Page {
    let first = StatementId(Uuid::nil());
    let approved = web.ledger.to_pay(web.program.id, first, MOST).await?;
    let command = SettlementCommand::Gather {
        statements: approved.iter().map(|statement| statement.id).collect(),
        named: false,
    };
    let command = Command::Settlement(Box::new(command));
    let request = request(&visitor, Some(pressed.key));
    match web.app.execute(&request, command).await {
        Ok(receipt) => match receipt.outcome {
            Outcome::Payments(batch) => {
                let id = batch.id;
                go(&web.path(&format!("desk/settlement?batch={id}&how=gathered")))
            }
            _ => Err(Trouble::Missing),
        },
        Err(error) => {
            let problems = vec![said::why(&error)];
            let wanted = Wanted::default();
            again(&web, &visitor, wanted, Typed::default(), problems).await
        }
    }
}
