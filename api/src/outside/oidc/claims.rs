//! Whom a provider's claims are about.

use ledger::community::personal::Phone;
use serde_json::Value;

use super::Given;

/// What is asked of the claims. Its debug form says nothing, so that no log line can.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who says so (`iss`).
    pub issuer: String,
    /// What it calls them (`sub`).
    pub subject: String,
    /// By what name they log in here.
    pub handle: Option<String>,
    /// Their phone, if it is to be believed.
    pub phone: Option<Phone>,
    /// Whether staff and clerks need no second step here: nothing is asked of the provider, or the token says it.
    pub is_enough: bool,
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims(…)")
    }
}

impl Claims {
    /// From what the provider said, first of all in the token.
    pub fn of(given: &Given, issuer: String, subject: String, said: &[Value]) -> Self {
        let handle = given.staff_claim.as_deref();
        let phone = given.phone_claim.as_deref();
        Self {
            issuer,
            subject,
            handle: handle.and_then(|claim| text(said, claim).map(|(handle, _)| handle.to_owned())),
            phone: phone.and_then(|claim| {
                let (phone, document) = text(said, claim)?;
                let verified = is_true(&document[format!("{claim}_verified")]);
                let phone = Phone::parse(phone).ok()?;
                (verified || given.unverified_phones).then_some(phone)
            }),
            is_enough: is_enough(given, said.first()),
        }
    }

    /// Whether everything that is asked of them is in the token; else the provider is asked for more.
    pub fn are_in(given: &Given, token: &Value) -> bool {
        let claims = given.staff_claim.iter().chain(&given.phone_claim);
        let token = std::slice::from_ref(token);
        claims.into_iter().all(|claim| text(token, claim).is_some())
    }
}

/// Whether the token names a way or a class of log-in that is asked for, where any is. What the provider says elsewhere is not of this log-in.
fn is_enough(given: &Given, token: Option<&Value>) -> bool {
    if given.require_amr.is_empty() && given.require_acr.is_empty() {
        return true;
    }
    let named = |asked: &[String], said: &Value| {
        said.as_str()
            .is_some_and(|said| asked.iter().any(|asked| asked == said))
    };
    token.is_some_and(|token| {
        let ways = token["amr"].as_array().map_or(&[][..], Vec::as_slice);
        ways.iter().any(|way| named(&given.require_amr, way))
            || named(&given.require_acr, &token["acr"])
    })
}

/// The first document that has the claim as a text.
fn text<'a>(said: &'a [Value], claim: &str) -> Option<(&'a str, &'a Value)> {
    let found = |document: &'a Value| Some((document[claim].as_str()?, document));
    said.iter().find_map(found)
}

/// Some providers write it as a text.
fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true) || value == "true"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given() -> Given {
        let text = r#"
            [[provider]]
            program = "p"
            name = "n"
            label = "l"
            discovery = "https://a"
            client_id = "c"
            contact = "w"
            staff_claim = "login"
            phone_claim = "phone_number"
        "#;
        super::super::read(text).expect("a file").remove(0)
    }

    fn phone(given: &Given, said: &[Value]) -> bool {
        let claims = Claims::of(given, String::new(), String::new(), said);
        claims.phone.is_some()
    }

    #[test]
    fn a_phone_is_believed_where_it_is_verified() {
        let mut given = given();
        let with = |verified: Value| {
            [json!({ "phone_number": "13912345678", "phone_number_verified": verified })]
        };
        assert!(phone(&given, &with(json!(true))) && phone(&given, &with(json!("true"))));
        for verified in [json!(false), json!(null), json!("yes"), json!(1)] {
            assert!(!phone(&given, &with(verified)));
        }
        // What one document says of its phone says nothing of another's.
        let other = [
            json!({ "phone_number": "13912345678" }),
            json!({ "phone_number_verified": true }),
        ];
        assert!(!phone(&given, &other));
        given.unverified_phones = true;
        assert!(phone(&given, &other));
        assert!(!phone(&given, &[json!({ "phone_number": "no phone" })]));
    }

    #[test]
    fn a_log_in_is_enough_where_the_token_names_what_is_asked_for() {
        let mut given = given();
        let enough = |given: &Given, said: &[Value]| {
            Claims::of(given, String::new(), String::new(), said).is_enough
        };
        assert!(enough(&given, &[json!({})]), "nothing is asked for");
        given.require_amr = vec!["mfa".to_owned(), "hwk".to_owned()];
        given.require_acr = vec!["urn:gold".to_owned()];
        for (token, is) in [
            (json!({ "amr": ["pwd", "hwk"] }), true),
            (json!({ "acr": "urn:gold" }), true),
            (json!({ "amr": ["pwd"], "acr": "urn:silver" }), false),
            (json!({ "amr": "mfa" }), false),
            (json!({ "amr": ["urn:gold"], "acr": "mfa" }), false),
            (json!({}), false),
        ] {
            assert_eq!(enough(&given, std::slice::from_ref(&token)), is, "{token}");
        }
        let elsewhere = [json!({}), json!({ "amr": ["mfa"], "acr": "urn:gold" })];
        assert!(!enough(&given, &elsewhere) && !enough(&given, &[]));
    }

    #[test]
    fn the_token_comes_first_and_texts_alone_are_names() {
        let given = given();
        let handle = |said: &[Value]| Claims::of(&given, String::new(), String::new(), said).handle;
        let said = [
            json!({ "login": 7 }),
            json!({ "login": "li" }),
            json!({ "login": "zhao" }),
        ];
        assert_eq!(handle(&said).as_deref(), Some("li"));
        assert_eq!(handle(&[json!({})]), None);
        assert!(!Claims::are_in(&given, &json!({ "login": "li" })));
        assert!(Claims::are_in(
            &given,
            &json!({ "login": "li", "phone_number": "1" })
        ));
    }
}
