//! What any phone's scanner opens.

use hyper::Method;
use hyper::body::Bytes;
use ledger::community::Role;
use tests::backend::Database;
use tests::on_both;

use super::Town;

on_both! {
    /// A clerk charges, whoever else is told what it is, and the code stands in no log.
    async fn a_code_is_an_address_that_opens_the_counter(db: Database) {
        let town = Town::begin(&db).await;
        let program = town.story.program;
        let member = town.story.members[0].0;
        let phone = town.log_in(Role::Member, member).await;
        let shown = phone.form(&format!("/{program}/me/code"), "").await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        let (_, rest) = shown.text.split_once("aria-label=\"付款码数字\">").unwrap();
        let (digits, _) = rest.split_once("</p>").unwrap();
        let code: String = digits.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(code.len(), 15);
        assert!(shown.text.contains("<path d=\"M"), "a square");

        let (clerk, finder) = (town.clerk(0).await, tests::http::Client::anonymous(town.server.base_url()));
        for path in [format!("/{program}/pay"), format!("/{program}/pay/{code}")] {
            for found in [finder.get(&path).await.unwrap(), phone.get(&path).await] {
                assert_eq!(found.status, 200, "{path}");
                assert!(found.text.contains("这是骑手的付款码") && !found.text.contains(&code), "{path}");
            }
        }
        let opened = clerk.get(&format!("/{program}/pay")).await;
        assert_eq!((opened.status, opened.header("location")), (303, Some(format!("/{program}/counter").as_str())));
        let filled = clerk.get(&format!("/{program}/pay/{code}")).await;
        assert!(filled.text.contains(&format!("value=\"{code}\"")));
        assert_eq!(filled.header("referrer-policy"), Some("strict-origin"));
        assert_eq!(filled.header("cache-control"), Some("no-store"));
        let wrong = clerk.get(&format!("/{program}/pay/1234")).await;
        assert_eq!(wrong.status, 404);
        // A hand scanner types the whole address into the form.
        let form = format!("key=form-a&points=12&code=http%3A%2F%2Fx%2F{program}%2Fpay%23{code}");
        let charged = clerk.form(&format!("/{program}/counter"), &form).await;
        assert_eq!(charged.status, 303, "{}", charged.text);
        let log = town.server.stderr();
        assert!(log.contains("/pay/{digits}"), "a log that holds every request");
        assert!(!log.contains(&code) && !log.contains(&code[7..]), "a code stands in the log");
        let found = finder.send(Method::HEAD, &format!("/{program}/pay/{code}"), &[], Bytes::new()).await.unwrap();
        assert_eq!(found.status, 200);
    }
}
