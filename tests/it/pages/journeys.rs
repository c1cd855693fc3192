//! What people come to do.

use tests::backend::Database;
use tests::chromium::Chromium;
use tests::on_both;

use super::demo;

/// The digits of the code that a rider shows.
async fn shown_code(rider: &Chromium) -> String {
    rider.wait(".digits").await;
    let digits = rider.text(".digits").await;
    digits.chars().filter(char::is_ascii_digit).collect()
}

/// What a rider can spend, in hundredths.
async fn balance(rider: &Chromium) -> i64 {
    rider.go("/yuhong/me").await;
    let text = rider.text(".purse .huge").await.replace(',', "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse::<i64>().expect(&text) * 100
        + format!("{fraction:0<2}").parse::<i64>().expect(&text)
}

on_both! {
    async fn a_rider_pays_by_a_code_objects_and_has_it_undone(db: Database) {
        let (server, rider) = demo(&db).await;
        let clerk = Chromium::start(server.base_url()).await;
        rider.enter("赵立军").await;
        clerk.enter("刘春燕").await;
        let before = balance(&rider).await;
        rider.press("出示付款码").await;
        let code = shown_code(&rider).await;
        clerk.fill("#code", &code).await;
        clerk.fill("#points", "12").await;
        clerk.click("main .go").await;
        clerk.wait(".success").await;
        assert!(clerk.text(".success").await.contains("12"));
        assert_eq!(balance(&rider).await, before - 1_200);
        // The newest line says where it went, and from there one objects.
        rider.click(".lines .line").await;
        rider.press("提异议").await;
        rider.wait("select[name=ground]").await;
        rider.choose("select[name=ground]", "wrong_amount").await;
        rider.press("提出异议").await;
        rider.wait_for_text("异议").await;
        clerk.press("撤销这笔").await;
        clerk.wait_for_text("撤销").await;
        assert_eq!(balance(&rider).await, before);
        assert_eq!((rider.complaints().await, clerk.complaints().await), (Vec::new(), Vec::new()));
        rider.close().await;
        clerk.close().await;
    }

    async fn a_code_as_an_address_fills_the_counter_and_stays_nowhere(db: Database) {
        let (server, rider) = demo(&db).await;
        let clerk = Chromium::start(server.base_url()).await;
        rider.enter("赵立军").await;
        clerk.enter("刘春燕").await;
        rider.press("出示付款码").await;
        let code = shown_code(&rider).await;
        clerk.go(&format!("/yuhong/pay#{code}")).await;
        clerk.wait("#code").await;
        let held = clerk.run("return [document.getElementById('code').value, location.href]").await;
        assert_eq!(held[0], code.as_str());
        assert!(!held[1].as_str().unwrap_or_default().contains(&code), "{held}");
        rider.close().await;
        clerk.close().await;
    }

    async fn a_charge_pressed_twice_is_one(db: Database) {
        let (server, rider) = demo(&db).await;
        let clerk = Chromium::start(server.base_url()).await;
        rider.enter("赵立军").await;
        clerk.enter("刘春燕").await;
        let before = balance(&rider).await;
        rider.press("出示付款码").await;
        let code = shown_code(&rider).await;
        clerk.fill("#code", &code).await;
        clerk.fill("#points", "3").await;
        // Sent by the script and by the button, whatever the page's own guard says.
        clerk.run("const form = document.getElementById('code').form;
            fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
            form.submit()").await;
        clerk.wait(".success").await;
        assert_eq!(balance(&rider).await, before - 300);
        rider.close().await;
        clerk.close().await;
    }

    async fn the_keyboard_alone_charges(db: Database) {
        let (server, rider) = demo(&db).await;
        let clerk = Chromium::start(server.base_url()).await;
        rider.enter("赵立军").await;
        clerk.enter("刘春燕").await;
        rider.press("出示付款码").await;
        let code = shown_code(&rider).await;
        // A keyboard-wedge scanner types into what has the focus, which is the field for the code.
        for digit in code.chars() {
            clerk.key(&digit.to_string()).await;
        }
        clerk.fill("#points", "2").await;
        clerk.key("\u{E007}").await;
        clerk.wait(".success").await;
        rider.close().await;
        clerk.close().await;
    }
}
