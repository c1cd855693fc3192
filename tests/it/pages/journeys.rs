//! What people come to do: with a finger or a mouse on one database, by the keyboard alone and in large text on the other; in a soak both ways
//! on both.

mod desk;
mod paying;
mod people;
mod signal;

use tests::backend::{Backend, Database};
use tests::chromium::Chromium;
use tests::hands::Hands;
use tests::server::Server;
use tests::{on_both, soak};

use super::crawl::faults;
use super::{demo, phones};

/// Where it happens, and with what people press.
pub struct Scene {
    server: Server,
    db: Database,
    hands: Hands,
}

impl Scene {
    /// A phone with which nobody has entered yet. Who cannot hold a mouse reads large text on theirs.
    pub async fn phone(&self) -> Chromium {
        let browser = Chromium::start(self.server.base_url()).await.by(self.hands);
        if self.hands == Hands::Keyboard {
            browser.read_as("zh", "large").await;
        }
        browser
    }

    /// Somebody of the demo on a phone of their own.
    pub async fn on_phone(&self, name: &str) -> Chromium {
        let browser = self.phone().await;
        browser.enter(name).await;
        browser
    }

    /// Somebody of the demo at a desk.
    pub async fn at_desk(&self, name: &str) -> Chromium {
        let browser = Chromium::start(self.server.base_url()).await.by(self.hands);
        browser.resize(1_280, 740).await;
        browser.enter(name).await;
        browser
    }

    /// A rider and a clerk who meet.
    pub async fn at_counter(&self) -> (Chromium, Chromium) {
        (self.on_phone("赵立军").await, self.on_phone("刘春燕").await)
    }
}

/// The digits of the code that a rider shows.
async fn shown_code(rider: &Chromium) -> String {
    rider.wait(".digits").await;
    let digits = rider.text(".digits").await;
    digits.chars().filter(char::is_ascii_digit).collect()
}

/// A number with two decimals at most, in hundredths.
fn hundredths(text: &str) -> i64 {
    let text = text.replace(',', "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse::<i64>().expect(&text) * 100
        + format!("{fraction:0<2}").parse::<i64>().expect(&text)
}

/// What a rider can spend, in hundredths.
async fn balance(rider: &Chromium) -> i64 {
    rider.go("/yuhong/me").await;
    hundredths(&rider.text(".purse .huge").await)
}

/// How the console tells of a form that was refused. The page says why.
const REFUSED: [&str; 2] = [
    "responded with a status of 401",
    "responded with a status of 422",
];

/// Everybody can use the page that they have before them, and nobody's console complains. Pages behind a form are seen by nobody else.
pub async fn sound(browsers: &[&Chromium]) {
    for browser in browsers {
        let mut found = faults(browser).await;
        found.retain(|fault| !REFUSED.iter().any(|refused| fault.contains(refused)));
        assert_eq!(found, Vec::<String>::new(), "at {}", browser.path().await);
    }
}

/// Opens what is folded under this, unless it stands open.
async fn unfold(browser: &Chromium, label: &str) {
    let open = format!(
        "return [...document.querySelectorAll('details[open] > summary')].some((one) => one.textContent.includes('{label}'))"
    );
    if browser.run(&open).await != true {
        browser.press(label).await;
    }
}

/// All of it on a demo of its own: to tell one takes longer than any journey.
async fn everything(db: Database, hands: Hands) {
    let server = demo(&db).await;
    let mut scene = Scene { server, db, hands };
    paying::a_rider_pays_by_a_code_objects_and_has_it_undone(&scene).await;
    paying::a_code_as_an_address_fills_the_counter_and_stays_nowhere(&scene).await;
    paying::a_charge_pressed_twice_is_one(&scene).await;
    paying::a_scanner_types_like_a_keyboard(&scene).await;
    paying::a_manager_gives_a_part_back(&scene).await;
    paying::a_rider_pays_by_the_code_on_the_wall(&scene).await;
    paying::a_store_reads_its_statement_and_agrees(&scene).await;
    people::a_wrong_password_is_told_at_the_door(&scene).await;
    people::a_new_clerk_takes_over_with_a_pin(&scene).await;
    desk::a_hazard_is_pictured_triaged_on_the_map_and_awarded(&scene).await;
    desk::what_is_wrong_with_a_list_is_told_and_nothing_is_lost(&scene).await;
    signal::a_phone_without_signal_shows_codes_of_its_own(&scene).await;
    signal::a_page_needs_no_script(&scene).await;
    phones::a_square_drawn_on_the_phone_is_read_and_paid_with(&scene).await;
    phones::a_riders_pages_open_inside_other_apps(&scene).await;
    phones::people_pay_and_report_inside_other_apps(&scene).await;
    phones::scripts_have_what_an_old_browser_lacks(&scene).await;
    phones::the_public_notice_keeps_a_visitors_places(&scene).await;
    desk::a_policy_is_changed_simulated_and_approved(&scene).await;
    signal::without_a_network_the_balance_stays_and_what_is_sent_goes_out_once(&mut scene).await;
    // The last but one: afterwards it is days later, and nobody who is on its list may be somebody else by then.
    desk::two_hundred_are_awarded_from_a_list_and_their_notice_closes(&mut scene).await;
    people::somebody_enrolled_twice_is_made_one(&scene).await;
}

on_both! {
    async fn people_come_to_do_what_they_came_for(db: Database) {
        let backend = db.backend;
        let (hands, others) = match backend {
            Backend::Sqlite => (Hands::Keyboard, Hands::Pointer),
            Backend::Postgres => (Hands::Pointer, Hands::Keyboard),
        };
        everything(db, hands).await;
        if soak() {
            everything(backend.fresh().await, others).await;
        }
    }
}
