//! Files that a bank pays by.

use ledger::community::personal::Payee;
use ledger::views::BatchPayment;

use crate::sheet::Sheet;

/// What stands above the columns.
const HEADER: [&str; 6] = ["收款人", "开户行", "账号", "金额（元）", "附言", "门店"];

/// What is to be paid of a batch, in order of statement. By the remark, a statement's id without hyphens, the bank's answer is found again.
pub fn sheet(payments: Vec<(BatchPayment, Option<Payee>)>) -> Sheet<'static> {
    let row = |(payment, payee): (BatchPayment, Option<Payee>)| {
        let statement = &payment.statement;
        let due = statement.amount.is_positive();
        payee.filter(|_| due).map(|payee| {
            vec![
                payee.name.into(),
                payee.bank.into(),
                payee.account.into(),
                statement.amount.into(),
                statement.id.0.simple().to_string().into(),
                payment.store.into(),
            ]
        })
    };
    Sheet {
        header: &HEADER,
        rows: payments.into_iter().filter_map(row).collect(),
    }
}
