//! Files that a bank pays by.

use ledger::community::personal::Payee;
use ledger::points::Points;
use ledger::views::BatchPayment;
use rust_xlsxwriter::{Format as CellFormat, Workbook, XlsxError};
use serde::Deserialize;

/// What stands above the columns.
const HEADER: [&str; 6] = ["收款人", "开户行", "账号", "金额（元）", "附言", "门店"];
/// Without it Excel takes UTF-8 for the system's own encoding.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// As what a file is made.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// UTF-8 with a byte order mark.
    Csv,
    /// A workbook of one sheet.
    Xlsx,
}

/// A line of the file.
pub struct Line {
    payee: Payee,
    amount: Points,
    /// The statement's id without hyphens, by which the bank's answer is found again.
    reference: String,
    store: String,
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// As CSV.
    #[error("the CSV cannot be written: {0}")]
    Csv(String),
    /// As a workbook.
    #[error(transparent)]
    Xlsx(#[from] XlsxError),
}

/// What is to be paid of a batch, in order of statement.
pub fn lines(payments: Vec<(BatchPayment, Option<Payee>)>) -> Vec<Line> {
    let line = |(payment, payee): (BatchPayment, Option<Payee>)| {
        let statement = &payment.statement;
        let due = statement.amount.is_positive();
        payee.filter(|_| due).map(|payee| Line {
            payee,
            amount: statement.amount,
            reference: statement.id.0.simple().to_string(),
            store: payment.store,
        })
    };
    payments.into_iter().filter_map(line).collect()
}

/// What a spreadsheet would take for a formula is led by an apostrophe.
fn plain(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// As CSV.
///
/// # Errors
/// It cannot be written.
pub fn csv(lines: &[Line]) -> Result<Vec<u8>, FileError> {
    let mut writer = csv::Writer::from_writer(BYTE_ORDER_MARK.to_vec());
    let failed = |error: csv::Error| FileError::Csv(error.to_string());
    writer.write_record(HEADER).map_err(failed)?;
    for line in lines {
        let record = [
            plain(&line.payee.name),
            plain(&line.payee.bank),
            plain(&line.payee.account),
            line.amount.to_string(),
            line.reference.clone(),
            plain(&line.store),
        ];
        writer.write_record(record).map_err(failed)?;
    }
    let failed = |error: csv::IntoInnerError<_>| FileError::Csv(error.to_string());
    writer.into_inner().map_err(failed)
}

/// As a workbook: texts are texts there, whatever they begin with, and amounts are numbers with two places.
///
/// # Errors
/// It cannot be written.
pub fn xlsx(lines: &[Line]) -> Result<Vec<u8>, FileError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("付款")?;
    sheet.set_column_range_width(0, 4, 24)?;
    let yuan = CellFormat::new().set_num_format("0.00");
    for (column, name) in (0_u16..).zip(HEADER) {
        sheet.write_string(0, column, name)?;
    }
    for (row, line) in (1_u32..).zip(lines) {
        sheet.write_string(row, 0, &line.payee.name)?;
        sheet.write_string(row, 1, &line.payee.bank)?;
        sheet.write_string(row, 2, &line.payee.account)?;
        // Below 90 billion yuan a float holds every fen.
        let amount: f64 = line.amount.to_string().parse().unwrap_or(f64::NAN);
        sheet.write_number_with_format(row, 3, amount, &yuan)?;
        sheet.write_string(row, 4, &line.reference)?;
        sheet.write_string(row, 5, &line.store)?;
    }
    Ok(book.save_to_buffer()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let line = Line {
            payee: Payee {
                name: "=HYPERLINK(\"http://x\")".to_owned(),
                bank: "@SUM(A1)".to_owned(),
                account: "6217".to_owned(),
            },
            amount: Points::from_hundredths(1_205),
            reference: "r".to_owned(),
            store: "+1".to_owned(),
        };
        let text = String::from_utf8(csv(&[line]).expect("a file")).expect("UTF-8");
        let mut rows = text.lines();
        assert_eq!(
            rows.next(),
            Some("\u{feff}收款人,开户行,账号,金额（元）,附言,门店")
        );
        let expected = "\"'=HYPERLINK(\"\"http://x\"\")\",'@SUM(A1),6217,12.05,r,'+1";
        assert_eq!(rows.next(), Some(expected));
    }
}
