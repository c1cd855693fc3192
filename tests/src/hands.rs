//! How somebody uses a page: by pressing what they see, or by the keyboard alone, as who cannot hold a mouse does.

use std::time::Duration;

use fantoccini::Client;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use serde_json::{Value, json};

/// With what a browser is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hands {
    /// A finger or a mouse.
    Pointer,
    /// Tab, Enter, Space and arrows, and what is typed.
    Keyboard,
}

/// The keys of WebDriver.
const TAB: char = '\u{E004}';
const ENTER: char = '\u{E007}';
const SPACE: char = ' ';
const DOWN: char = '\u{E015}';
const HOME: char = '\u{E011}';
const CONTROL: &str = "\u{E009}";

/// Nothing on a page is further from its beginning.
const FURTHEST: usize = 400;

/// What is to have the focus: what a label is for, else the thing itself; of radio buttons, which share one stop, any of the same name.
const REACHED: &str = "const wanted = arguments[0].control ?? arguments[0];
    const focus = document.activeElement;
    if (focus === wanted) return 'there';
    const kin = wanted.type === 'radio' && focus.type === 'radio' && focus.name === wanted.name && focus.form === wanted.form;
    return kin ? 'kin' : 'away'";

/// A hand on the keyboard of a browser.
pub(crate) struct Keyboard<'c>(pub &'c Client);

impl Keyboard<'_> {
    /// Down and up again, wherever the focus is.
    async fn key(&self, value: char) {
        let pressed = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.0.perform_actions(pressed).await.expect("a key");
    }

    async fn ask(&self, script: &str, element: &Element) -> Value {
        let shown = serde_json::to_value(element).expect("an element");
        self.0.execute(script, vec![shown]).await.expect(script)
    }

    /// Walks there from where the focus is, as long as it takes.
    pub async fn reach(&self, element: &Element, name: &str) {
        for _ in 0..FURTHEST {
            match self.ask(REACHED, element).await.as_str() {
                Some("there") => return,
                Some("kin") => self.key(DOWN).await,
                _ => self.key(TAB).await,
            }
        }
        panic!("no key leads to {name}");
    }

    /// Reaches it and presses it: what is ticked by the bar, all else by Enter.
    pub async fn press(&self, element: &Element, name: &str) {
        self.reach(element, name).await;
        let kind = self
            .ask(
                "return (arguments[0].control ?? arguments[0]).type",
                element,
            )
            .await;
        match kind.as_str() {
            // Arrows chose it on the way, unless it was the one that the walk came to.
            Some("checkbox" | "radio") => self.key(SPACE).await,
            _ => self.enter().await,
        }
    }

    /// Presses Enter, and gives the page that it leads to, if to any, time to take this one's place.
    async fn enter(&self) {
        let old = "window.old = true";
        self.0.execute(old, Vec::new()).await.expect(old);
        self.key(ENTER).await;
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let still = self.0.execute("return window.old === true", Vec::new());
            if still.await.is_ok_and(|still| still == json!(false)) {
                return;
            }
        }
    }

    /// Reaches a field and types in place of what it holds.
    pub async fn fill(&self, field: &Element, name: &str, value: &str) {
        self.reach(field, name).await;
        field
            .send_keys(&format!("{CONTROL}a{CONTROL}"))
            .await
            .expect(name);
        field.send_keys(value).await.expect(name);
    }

    /// Reaches a choice and goes down to the option of this value.
    pub async fn choose(&self, field: &Element, name: &str, value: &str) {
        self.reach(field, name).await;
        self.key(HOME).await;
        for _ in 0..FURTHEST {
            let held = self.ask("return arguments[0].value", field).await;
            if held == json!(value) {
                return;
            }
            self.key(DOWN).await;
        }
        panic!("no {value} in {name}");
    }
}
