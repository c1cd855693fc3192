//! A batch of payments: the file for the bank, and what the bank has paid.

use std::collections::{BTreeSet, HashMap};

use axum::Form;
use futures::future::join_all;
use ledger::community::personal::Payee;
use ledger::ids::{CommandId, StatementId};
use ledger::machine::{Command, StatementState};
use ledger::views::BatchPayment;
use serde::Deserialize;
use uuid::Uuid;

use super::{Row, Typed, Wanted, acts, again, said};
use crate::payments;
use crate::sheet;
use crate::web::Web;
use crate::web::format::full;
use crate::web::page::{Page, Trouble, go};
use crate::web::reading::{say, t};
use crate::web::visitor::{At, Id, Trader, Visitor, request};
use crate::web::words::{self, settlement::yuan};

/// How many payments are booked with one form: more would not fit into it.
const BOOKED: usize = 400;
/// What is booked of a statement of which nothing is paid, as the API has it.
const NOTHING_TO_PAY: &str = "none";
/// The most characters of a bank's code for a payment.
const REFERENCE: usize = 64;

/// A batch, above what it pays.
pub(super) struct Batch {
    pub id: Uuid,
    pub at: String,
    pub by: String,
    pub amount: String,
    /// Merchants of whom it is not known to whom their money goes.
    pub missing: Vec<String>,
    /// Whether who looks takes out files, and whether there is something that they may book as paid.
    pub acts: bool,
    pub books: bool,
    /// How many statements of nothing are booked with the rest.
    pub of_nothing: usize,
}

/// Statements of which nothing is to be paid and that are approved.
fn is_of_nothing(payment: &BatchPayment) -> bool {
    let statement = &payment.statement;
    statement.amount.is_zero() && statement.state() == StatementState::Approved
}

/// Whether money is due to a merchant of whom it is not known where it goes.
fn is_missing(payment: &BatchPayment, known: bool) -> bool {
    payment.statement.amount.is_positive() && !known
}

/// A batch and its statements, with what was typed.
pub(super) async fn batch(
    web: &Web,
    visitor: &Visitor,
    id: CommandId,
    typed: &HashMap<Uuid, String>,
) -> Result<(Batch, Vec<Row>), Trouble> {
    let batch = web.ledger.payment_batch(web.program.id, id).await?;
    let batch = batch.ok_or(Trouble::Missing)?;
    let payments = web.ledger.batch_payments(web.program.id, id).await?;
    let mut rows = Vec::with_capacity(payments.len());
    let mut booked = 0;
    for payment in &payments {
        let mut row = Row::of(web, &payment.statement, payment.store.clone(), visitor);
        row.pays &= booked < BOOKED;
        if row.pays {
            booked += 1;
            row.reference = typed.get(&row.id).cloned().unwrap_or_default();
        }
        rows.push(row);
    }
    let missing = payments.iter();
    let missing = missing.filter(|payment| is_missing(payment, payment.payee.is_some()));
    let missing: BTreeSet<&str> = missing.map(|one| one.merchant_name.as_str()).collect();
    let of_nothing = payments.iter().filter(|payment| is_of_nothing(payment));
    let of_nothing = of_nothing.filter(|one| one.statement.frozen_by.0 != visitor.id());
    let of_nothing = of_nothing.count();
    let acts = acts(visitor);
    let batch = Batch {
        id: batch.id.0,
        at: full(batch.at, &web.zone()),
        by: said::staff(web, batch.by).await?,
        amount: yuan(batch.amount),
        missing: missing.into_iter().map(str::to_owned).collect(),
        acts,
        books: acts && (booked > 0 || of_nothing > 0),
        of_nothing,
    };
    Ok((batch, rows))
}

fn of_batch(id: CommandId) -> Wanted {
    Wanted {
        batch: Some(id),
        ..Wanted::default()
    }
}

/// As what a file is wanted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Format {
    key: String,
    format: String,
}

/// `POST /{program}/desk/settlement/batches/{id}/file`: the file that a bank pays by. That somebody has it is in the audit trail.
pub async fn file(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<CommandId>,
    Form(wanted): Form<Format>,
) -> Page {
    let batch = web.ledger.payment_batch(web.program.id, id).await?;
    batch.ok_or(Trouble::Missing)?;
    let refused = async |problems: Vec<String>| {
        again(&web, &visitor, of_batch(id), Typed::default(), problems).await
    };
    let key = format!("{}-{}", wanted.key, wanted.format);
    let request = request(&visitor, Some(key));
    let found = match web.ledger.payment_file(&request, id).await {
        Ok(found) => found,
        Err(error) => return refused(vec![words::personal(&error)]).await,
    };
    web.app.count_command();
    let missing = unpayable(&found);
    if !missing.is_empty() {
        return refused(vec![missing]).await;
    }
    let form = sheet::Form::named(&wanted.format).unwrap_or(sheet::Form::Csv);
    let due = payments::sheet(found);
    match sheet::aside(move || due.file(form)).await {
        Ok(bytes) => Ok(sheet::attachment(form, &format!("payments-{id}"), bytes)),
        Err(error) => {
            tracing::error!(%error, "a file for the bank was not made");
            let problem = t(
                "文件没有生成，请再试一次。",
                "The file was not made. Please try again.",
            );
            refused(vec![problem.to_owned()]).await
        }
    }
}

/// Whose account is missing, in a sentence; empty if nobody's is.
fn unpayable(found: &[(BatchPayment, Option<Payee>)]) -> String {
    let missing = found.iter();
    let missing = missing.filter(|(payment, payee)| is_missing(payment, payee.is_some()));
    let missing: BTreeSet<&str> = missing
        .map(|(payment, _)| payment.merchant_name.as_str())
        .collect();
    if missing.is_empty() {
        return String::new();
    }
    let names = missing.into_iter().collect::<Vec<_>>().join(t("、", ", "));
    say!(
        "没有登记收款账户，付款文件没有生成：{names}。请先登记，再导出。",
        "It is not known to whom the money of these goes, so there is no file: {names}. Please record it first."
    )
}

/// What the bank calls a payment: letters, digits and -_./ only, because it is kept for ever.
pub(super) fn is_reference(code: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    (1..=REFERENCE).contains(&code.len()) && code.bytes().all(plain)
}

/// What is wrong with one.
pub(super) fn no_reference() -> &'static str {
    t(
        "银行流水号用字母、数字和 -_./，最多 64 个字符。",
        "The bank's code for a payment has up to 64 letters, digits and -_./ characters.",
    )
}

/// A payment to be booked.
struct Due {
    statement: StatementId,
    store: String,
    reference: String,
}

/// What is typed of the statements of a batch, and those of which nothing is paid.
fn due(payments: Vec<BatchPayment>, typed: &HashMap<Uuid, String>, by: Uuid) -> Vec<Due> {
    let due = payments.into_iter().filter_map(|payment| {
        let statement = &payment.statement;
        let reference = match typed.get(&statement.id.0) {
            Some(reference) => reference.clone(),
            None if is_of_nothing(&payment) && statement.frozen_by.0 != by => {
                NOTHING_TO_PAY.to_owned()
            }
            None => return None,
        };
        Some(Due {
            statement: statement.id,
            store: payment.store,
            reference,
        })
    });
    due.collect()
}

/// `POST /{program}/desk/settlement/batches/{id}/paid`: each by itself, by somebody who did not freeze it; those of nothing with the rest.
pub async fn paid(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<CommandId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let batch = web.ledger.payment_batch(web.program.id, id).await?;
    batch.ok_or(Trouble::Missing)?;
    let payments = web.ledger.batch_payments(web.program.id, id).await?;
    let key = fields.iter().find(|(name, _)| name == "key");
    let key = key.map_or("", |(_, key)| key.as_str());
    let typed = fields.iter().filter_map(|(name, value)| {
        let statement: Uuid = name.strip_prefix("reference.")?.parse().ok()?;
        let value = value.trim();
        (!value.is_empty()).then(|| (statement, value.to_owned()))
    });
    let references: HashMap<Uuid, String> = typed.collect();
    let wrong = references.values().any(|code| !is_reference(code));
    let due = due(payments, &references, visitor.id());
    let problem = match (wrong, due.is_empty()) {
        (true, _) => Some(no_reference()),
        (false, true) => Some(t(
            "请填写至少一笔的银行流水号。",
            "Please fill in the bank's code of one payment at least.",
        )),
        (false, false) => None,
    };
    let mut problems: Vec<String> = problem.into_iter().map(str::to_owned).collect();
    if problems.is_empty() {
        let count = due.len();
        let each = due.into_iter().map(|due| {
            let key = format!("{key}#{}", due.statement);
            book(&web, &visitor, key, due)
        });
        problems.extend(join_all(each).await.into_iter().flatten());
        let done = count - problems.len();
        if problems.is_empty() {
            let path = format!("desk/settlement?batch={id}&how=paid&done={done}");
            return go(&web.path(&path));
        }
        problems.push(say!("已记 {done} 笔。", "Booked: {done}."));
    }
    let typed = Typed {
        references,
        ..Typed::default()
    };
    again(&web, &visitor, of_batch(id), typed, problems).await
}

/// Books one; answers with why not, in a sentence.
async fn book(web: &Web, visitor: &Visitor, key: String, due: Due) -> Option<String> {
    let Due {
        statement,
        store,
        reference,
    } = due;
    let command = Command::PayStatement {
        statement,
        reference,
    };
    let request = request(visitor, Some(key));
    let error = web.app.execute(&request, command).await.err()?;
    let why = said::why(&error);
    Some(say!("{store}：{why}", "{store}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_what_is_kept_for_ever() {
        for good in ["BOC-20260401-0017", "a", "1_2./3"] {
            assert!(is_reference(good), "{good}");
        }
        let long = "1".repeat(65);
        for bad in ["", "a b", "流水", "a;b", long.as_str()] {
            assert!(!is_reference(bad), "{bad}");
        }
    }
}
