//! A real browser: Chromium without a screen, driven through ChromeDriver as WebDriver says, each with an empty profile.

mod driver;

use std::path::Path;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use self::driver::Driver;
use crate::from_tests_run;
use crate::hands::{Hands, Keyboard};

/// How long a page may take to show what it is to show.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser and its driver; both end with it.
#[derive(Debug)]
pub struct Chromium {
    driver: Driver,
    /// The driver's, with the browser.
    session: String,
    client: Client,
    base_url: String,
    hands: Hands,
}

/// What a page breaks of the accessibility guidelines, by the names of axe-core.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Its rule.
    pub rule: String,
    /// Where, as a selector, and what is wrong there.
    pub found: String,
}

/// A command of Chromium's own protocol, which ChromeDriver passes on.
#[derive(Debug)]
struct Cdp(Value);

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}

/// What the console said since it was last asked.
#[derive(Debug)]
struct Log;

impl WebDriverCompatibleCommand for Log {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

fn capabilities() -> serde_json::Map<String, Value> {
    // No sandbox for root, and nothing that asks hosts of its own.
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=zh-CN",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ];
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": { "intl.accept_languages": "zh-CN,zh" },
        },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    match capabilities {
        Value::Object(map) => map,
        _ => unreachable!("it is written as one"),
    }
}

impl Chromium {
    /// A browser as wide as a phone, at a server.
    ///
    /// # Panics
    /// When there is none; `tests/run` installs it.
    pub async fn start(base_url: &str) -> Self {
        let driver = Driver::start();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities())
            .connect(&driver.address())
            .await;
        let client = client.unwrap_or_else(|error| panic!("no Chromium: {error}"));
        let session = client.session_id().await.expect("a session");
        let browser = Self {
            driver,
            session: session.unwrap_or_default(),
            client,
            base_url: base_url.to_owned(),
            hands: Hands::Pointer,
        };
        browser.resize(360, 740).await;
        browser
    }

    /// The same, used in this way.
    #[must_use]
    pub fn by(mut self, hands: Hands) -> Self {
        self.hands = hands;
        self
    }

    /// A command of Chromium's protocol.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        let sent = json!({ "cmd": command, "params": parameters });
        let answered = self.client.issue_cmd(Cdp(sent)).await;
        answered.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Makes the page so many CSS pixels wide and high.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Lets pages know where it is, in degrees.
    pub async fn stand_at(&self, latitude: f64, longitude: f64) {
        let granted = json!({ "permissions": ["geolocation"], "origin": self.base_url });
        self.cdp("Browser.grantPermissions", granted).await;
        let place = json!({ "latitude": latitude, "longitude": longitude, "accuracy": 5 });
        self.cdp("Emulation.setGeolocationOverride", place).await;
    }

    /// Shows a page of the server.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn go(&self, path: &str) {
        let address = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}{path}", self.base_url),
        };
        self.client.goto(&address).await.expect(&address);
    }

    /// The path of the page that is shown.
    pub async fn path(&self) -> String {
        self.client
            .current_url()
            .await
            .expect("an address")
            .path()
            .to_owned()
    }

    /// Enters the demo as the one of this name. Of who was there before nothing stays; how somebody reads who has not been there stays.
    pub async fn enter(&self, name: &str) {
        self.client.delete_all_cookies().await.expect("no cookies");
        self.go("/").await;
        self.press(name).await;
        // The door has a heading, too.
        self.wait("form[action='/leave']").await;
        self.wait("main h1").await;
    }

    /// Reads from now on in a language ("zh", "en") and a size ("normal", "large").
    ///
    /// # Panics
    /// When the browser does not keep it.
    pub async fn read_as(&self, language: &str, size: &str) {
        for (name, value) in [("jifen-language", language), ("jifen-size", size)] {
            let cookie = json!({ "name": name, "value": value, "url": self.base_url });
            self.cdp("Network.setCookie", cookie).await;
        }
    }

    /// Waits until something is there.
    ///
    /// # Panics
    /// When it does not come; says what is there instead.
    pub async fn wait(&self, css: &str) {
        let waited = self.client.wait().at_most(PATIENCE);
        if let Err(error) = waited.for_element(Locator::Css(css)).await {
            panic!(
                "no {css} at {}: {error}\n{}",
                self.path().await,
                self.text("body").await
            );
        }
    }

    /// Waits until the page says this somewhere.
    ///
    /// # Panics
    /// As [`Chromium::wait`].
    pub async fn wait_for_text(&self, text: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let said = self.text("body").await;
            if said.contains(text) {
                return;
            }
            let path = self.path().await;
            assert!(
                tokio::time::Instant::now() < deadline,
                "no {text} at {path}:\n{said}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What stands in the first that matches, as it is seen; nothing if there is none.
    pub async fn text(&self, css: &str) -> String {
        match self.client.find(Locator::Css(css)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Presses what matches, and waits until what follows is loaded.
    ///
    /// # Panics
    /// When nothing matches, or it cannot be pressed.
    pub async fn click(&self, css: &str) {
        self.wait(css).await;
        let element = self.client.find(Locator::Css(css)).await.expect(css);
        self.press_on(element, css).await;
    }

    /// In the middle of the screen, where nothing covers it.
    async fn press_on(&self, element: Element, name: &str) {
        if self.hands == Hands::Keyboard {
            return Keyboard(&self.client).press(&element, name).await;
        }
        let shown = serde_json::to_value(&element).expect("an element");
        let scroll = "arguments[0].scrollIntoView({ block: 'center' })";
        self.client.execute(scroll, vec![shown]).await.expect(name);
        element.click().await.expect(name);
    }

    /// Presses the button or link that says this.
    ///
    /// # Panics
    /// When there is none.
    pub async fn press(&self, label: &str) {
        let path = format!("(//button|//a|//summary)[contains(normalize-space(.), '{label}')]");
        let waited = self.client.wait().at_most(PATIENCE);
        let found = waited.for_element(Locator::XPath(&path)).await;
        let Ok(element) = found else {
            panic!(
                "nothing says {label} at {}:\n{}",
                self.path().await,
                self.text("body").await
            );
        };
        self.press_on(element, label).await;
    }

    /// Types into a field what it is to hold.
    ///
    /// # Panics
    /// When there is none.
    pub async fn fill(&self, css: &str, value: &str) {
        self.wait(css).await;
        let field = self.client.find(Locator::Css(css)).await.expect(css);
        let kind = field.prop("type").await.ok().flatten();
        match (kind.as_deref(), self.hands) {
            // A file is handed over: the system's own window for it is no part of the page.
            (Some("file"), Hands::Keyboard) => Keyboard(&self.client).reach(&field, css).await,
            (Some("file"), Hands::Pointer) => {}
            (_, Hands::Keyboard) => return Keyboard(&self.client).fill(&field, css, value).await,
            (_, Hands::Pointer) => field.clear().await.expect(css),
        }
        field.send_keys(value).await.expect(css);
    }

    /// Puts a long text into a field at once, as it is pasted.
    ///
    /// # Panics
    /// When there is none.
    pub async fn paste(&self, css: &str, text: &str) {
        self.fill(css, "-").await;
        self.key("\u{E009}a\u{E009}").await;
        self.cdp("Input.insertText", json!({ "text": text })).await;
    }

    /// Chooses an option by its value.
    ///
    /// # Panics
    /// When there is none.
    pub async fn choose(&self, css: &str, value: &str) {
        let field = self.client.find(Locator::Css(css)).await.expect(css);
        if self.hands == Hands::Keyboard {
            return Keyboard(&self.client).choose(&field, css, value).await;
        }
        field.select_by_value(value).await.expect(value);
    }

    /// Presses a key where the focus is: "\u{E004}" is Tab, "\u{E007}" Enter.
    ///
    /// # Panics
    /// When nothing has the focus.
    pub async fn key(&self, key: &str) {
        let focused = self.client.active_element().await.expect("a focus");
        focused.send_keys(key).await.expect("a key");
    }

    /// What a script in the page returns.
    ///
    /// # Panics
    /// When it throws.
    pub async fn run(&self, script: &str) -> Value {
        let ran = self.client.execute(script, Vec::new()).await;
        ran.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What a script that waits for something calls its last argument with.
    ///
    /// # Panics
    /// When it throws.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        let ran = self.client.execute_async(script, arguments).await;
        ran.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What the console has said since it was last asked, warnings and errors only.
    ///
    /// # Panics
    /// When the driver does not tell.
    pub async fn complaints(&self) -> Vec<String> {
        let said = self.client.issue_cmd(Log).await.expect("the log");
        let entries = said.as_array().cloned().unwrap_or_default();
        let bad = |entry: &&Value| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
        let message = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        entries.iter().filter(bad).map(message).collect()
    }

    /// What axe-core finds wrong with the page, by the guidelines WCAG 2.0 to 2.2, A and AA, and its good practices.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn violations(&self) -> Vec<Violation> {
        let axe = std::fs::read_to_string(from_tests_run("JIFEN_TEST_AXE")).expect("axe-core");
        // The page's own policy lets in nothing from outside; the driver's scripts are no part of the page.
        self.client
            .execute(&axe, Vec::new())
            .await
            .expect("axe-core");
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
              (found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) => [rule.id, node.target.join(' ') + ': ' + node.failureSummary]))),
              (error) => done([['axe', String(error)]]));";
        let found = self.run_async(script, Vec::new()).await;
        let found: Vec<(String, String)> = serde_json::from_value(found).expect("rules and places");
        let found = found.into_iter();
        found
            .map(|(rule, found)| Violation { rule, found })
            .collect()
    }

    /// A picture of the whole page, as PNG: the screen is made as high as the page for it.
    ///
    /// # Panics
    /// When it cannot be taken or kept.
    pub async fn picture(&self, file: &Path) {
        let measure = "return [innerWidth, Math.min(document.documentElement.scrollHeight, 8000)]";
        let size = self.run(measure).await;
        let (width, height): (u32, u32) = serde_json::from_value(size).expect("a size");
        self.resize(width, height).await;
        let taken = self.client.screenshot().await.expect("a picture");
        std::fs::write(file, taken).expect("a file");
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.driver.end_session(&self.session);
    }
}
