//! To whom a merchant's money goes, as it is typed.

use ledger::PersonalError;
use ledger::community::personal::Payee;
use ledger::ids::MerchantId;

use super::{Field, NAME};
use crate::web::fields::fresh_key;
use crate::web::reading::t;
use crate::web::visitor::{Visitor, request};
use crate::web::{Web, words};

/// The form.
pub struct NewPayee {
    pub key: String,
    pub name: Field,
    pub bank: Field,
    pub account: Field,
}

impl NewPayee {
    /// With nothing in it: what is on record is sealed.
    pub fn fresh() -> Self {
        Self {
            key: fresh_key(),
            name: Field::default(),
            bank: Field::default(),
            account: Field::default(),
        }
    }

    /// As it was typed, with what is wrong.
    pub fn of(key: String, name: &str, bank: &str, account: String) -> Self {
        let whose = t(
            "请填户名，最多 100 字。",
            "Please fill in whose account it is, in at most 100 characters.",
        );
        let which = t(
            "请填开户行，最多 100 字。",
            "Please fill in the bank, in at most 100 characters.",
        );
        Self {
            key,
            name: Field::text(name, NAME, whose),
            bank: Field::text(bank, NAME, which),
            account: Field {
                wrong: unpayable(&closed_up(&account)),
                value: account,
            },
        }
    }

    fn is_wrong(&self) -> bool {
        let fields = [&self.name, &self.bank, &self.account];
        fields.iter().any(|field| field.wrong.is_some())
    }

    /// Keeps it in place of what was, once for each form; else what to say of it, if that stands beside no field.
    pub async fn keep(
        &mut self,
        web: &Web,
        visitor: &Visitor,
        merchant: MerchantId,
    ) -> Result<(), Option<String>> {
        if self.is_wrong() {
            return Err(None);
        }
        let payee = Payee {
            name: self.name.value.clone(),
            bank: self.bank.value.clone(),
            account: closed_up(&self.account.value),
        };
        let request = request(visitor, Some(self.key.clone()));
        match web.ledger.keep_payee(&request, merchant, &payee).await {
            Ok(_) => {
                web.app.count_command();
                Ok(())
            }
            Err(error) => {
                if !may_try_again(&error) {
                    self.key = fresh_key();
                }
                Err(Some(words::personal(&error)))
            }
        }
    }
}

const fn may_try_again(error: &PersonalError) -> bool {
    match error {
        PersonalError::Write(error) => words::may_try_again(error),
        _ => false,
    }
}

fn closed_up(account: &str) -> String {
    account.replace(char::is_whitespace, "")
}

/// What is wrong with an account number, as the API has it.
fn unpayable(account: &str) -> Option<&'static str> {
    let known = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    let fits = (6..=34).contains(&account.len());
    let fits = fits && account.chars().all(known) && !account.starts_with('-');
    (!fits).then(|| {
        t(
            "账号是 6 至 34 位数字、字母或短横，空格可有可无。",
            "An account number has 6 to 34 digits, letters and hyphens; spaces do not matter.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_are_as_the_api_has_them() {
        for right in ["622202", "CN-1234567", "6222 0212 3456 7890 123"] {
            assert_eq!(unpayable(&closed_up(right)), None, "{right}");
        }
        let long = "1".repeat(35);
        for wrong in ["", "12 345", "-123456", &long, "六二二二零二"] {
            assert!(unpayable(&closed_up(wrong)).is_some(), "{wrong}");
        }
    }
}
