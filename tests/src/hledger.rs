//! Our exported journal, read by hledger: another program's opinion on whether it balances.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::process::{Command, Stdio};

/// What hledger found wrong, in its words.
#[derive(Clone, PartialEq, Eq)]
pub struct Complaint(pub String);

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Complaint {
    /// As it was written, so that `expect` shows it with its lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Complaint {}

/// Whether the journal parses, balances, and keeps its own balance assertions.
pub fn check(journal: &str) -> Result<(), Complaint> {
    hledger(journal, &["check"]).map(|_| ())
}

/// Account → commodity → quantity, with at least two decimals (`-1000.00`). Accounts and commodities
/// that come to zero are absent.
pub fn balances(journal: &str) -> Result<BTreeMap<String, BTreeMap<String, String>>, Complaint> {
    let report = hledger(
        journal,
        &["balance", "--flat", "--no-total", "--output-format=json"],
    )?;
    let report: serde_json::Value =
        serde_json::from_str(&report).map_err(|error| Complaint(error.to_string()))?;
    let mut balances = BTreeMap::new();
    // [[[account, displayed name, indentation, [amount …]] …], totals]
    for row in list(&report[0])? {
        let mut amounts = BTreeMap::new();
        for amount in list(&row[3])? {
            let commodity = text(&amount["acommodity"])?;
            amounts.insert(commodity, quantity(&amount["aquantity"])?);
        }
        balances.insert(text(&row[0])?, amounts);
    }
    Ok(balances)
}

fn list(value: &serde_json::Value) -> Result<&Vec<serde_json::Value>, Complaint> {
    value.as_array().ok_or_else(|| unexpected(value))
}

fn text(value: &serde_json::Value) -> Result<String, Complaint> {
    let text = value.as_str().ok_or_else(|| unexpected(value))?;
    Ok(text.to_owned())
}

/// `{decimalMantissa: -1250, decimalPlaces: 2}` → `-12.50`
fn quantity(value: &serde_json::Value) -> Result<String, Complaint> {
    let mantissa = value["decimalMantissa"].as_i64();
    let places = value["decimalPlaces"].as_u64();
    let (Some(mantissa), Some(places)) = (mantissa, places) else {
        return Err(unexpected(value));
    };
    let places = usize::try_from(places).map_err(|_| unexpected(value))?;
    let digits = mantissa.unsigned_abs().to_string();
    let digits = digits + &"0".repeat(2_usize.saturating_sub(places));
    let places = places.max(2);
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if mantissa < 0 { "-" } else { "" };
    Ok(format!("{sign}{whole}.{fraction}"))
}

fn unexpected(value: &serde_json::Value) -> Complaint {
    Complaint(format!("hledger's report holds an unexpected {value}"))
}

fn hledger(journal: &str, arguments: &[&str]) -> Result<String, Complaint> {
    let mut child = Command::new("hledger")
        .args(["-f", "-"])
        .args(arguments)
        // Without it hledger reads a journal in Chinese as broken ASCII.
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("hledger cannot be run ({error}): run tests/run"));
    let mut stdin = child.stdin.take().expect("a pipe to hledger");
    let output = std::thread::scope(|scope| {
        // hledger may stop reading at the first mistake; its own message then says more than ours.
        scope.spawn(move || {
            let _ = stdin.write_all(journal.as_bytes());
        });
        child.wait_with_output().expect("hledger ends")
    });
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Complaint(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balanced_journal_has_balances_per_account_and_commodity() {
        let journal = "\
2026-03-01 * 巡查奖励
  member:wallet:张三   12.5 PTS
  program:budget:B  -12.5 PTS

2026-03-02 spent, and paid
  member:wallet:张三   -12.50 PTS
  merchant:accepted:S   12.50 PTS
  merchant:payable:S     -3 CNY
  bank                    3 CNY
  program:budget:B   -0.05 PTS
  program:issued
";
        check(journal).expect("a sound journal");
        let balances = balances(journal).expect("a report");
        let of = |account: &str, commodity: &str| balances[account][commodity].as_str();
        assert_eq!(of("program:budget:B", "PTS"), "-12.55");
        assert_eq!(of("program:issued", "PTS"), "0.05");
        assert_eq!(of("merchant:accepted:S", "PTS"), "12.50");
        assert_eq!(of("bank", "CNY"), "3.00");
        assert!(!balances.contains_key("member:wallet:张三"));
    }

    #[test]
    fn an_unbalanced_journal_is_refused() {
        let complaint = check("2026-03-01 t\n  a  1.00 PTS\n  b  -2.00 PTS\n")
            .expect_err("it does not balance");
        assert!(complaint.0.contains("could not balance"), "{complaint}");
    }
}
