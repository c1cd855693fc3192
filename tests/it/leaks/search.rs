//! A search for texts in every form in which they may have been written down.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A text in every form in which it may have been written down.
fn forms(said: &str) -> BTreeSet<String> {
    let bytes = said.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let url = |upper: bool| -> String {
        let encode = |byte: &u8| match (byte.is_ascii_alphanumeric(), upper) {
            (true, _) => char::from(*byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        };
        bytes.iter().map(encode).collect()
    };
    let escaped: String = said
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let entities: String = said
        .chars()
        .map(|c| format!("&#{};", u32::from(c)))
        .collect();
    let mut forms = BTreeSet::from([
        said.to_owned(),
        hex.to_uppercase(),
        hex,
        url(true),
        url(false),
        escaped.to_uppercase().replace("\\U", "\\u"),
        escaped,
        entities,
    ]);
    // In base64 a text looks different wherever it begins; its first and last letters depend on what stands beside it.
    for before in 0..3_usize {
        let whole = [vec![0; before], bytes.to_vec()].concat();
        let (from, until) = ((before * 8).div_ceil(6), whole.len() * 8 / 6);
        for encoded in [
            STANDARD_NO_PAD.encode(&whole),
            URL_SAFE_NO_PAD.encode(&whole),
        ] {
            let middle = &encoded[from..until];
            if middle.len() >= 7 {
                forms.insert(middle.to_owned());
            }
        }
    }
    forms
}

/// What is looked for, and where it was found.
pub struct Search {
    said: Vec<String>,
    needles: AhoCorasick,
    whose: Vec<usize>,
}

impl Search {
    pub fn of(said: BTreeSet<String>) -> Self {
        let said: Vec<String> = said
            .into_iter()
            .filter(|said| said.chars().count() > 1)
            .collect();
        let (mut needles, mut whose) = (Vec::new(), Vec::new());
        for (index, text) in said.iter().enumerate() {
            for form in forms(text) {
                needles.push(form);
                whose.push(index);
            }
        }
        Self {
            needles: AhoCorasick::new(&needles).unwrap(),
            said,
            whose,
        }
    }

    pub fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let found = self.needles.find_overlapping_iter(bytes);
        found
            .map(|found| self.said[self.whose[found.pattern().as_usize()]].as_str())
            .collect()
    }

    pub fn must_not_be_in(&self, bytes: &[u8], place: &str) {
        let found = self.found_in(bytes);
        assert!(found.is_empty(), "{place} tells {found:?}");
    }

    pub fn sees(&self, text: &str) -> bool {
        !self.found_in(text.as_bytes()).is_empty()
    }
}

/// The search finds what is there, in every form of it: a canary.
#[test]
fn the_search_finds_what_was_written_down() {
    let search = Search::of(BTreeSet::from([
        "欧阳震华".to_owned(),
        "13912345678".to_owned(),
    ]));
    for said in ["欧阳震华", "13912345678"] {
        for before in ["", "x", "xy", "{\"name\": \""] {
            let text = format!("{before}{said}\"}}");
            assert!(search.sees(&text));
            assert!(search.sees(&STANDARD_NO_PAD.encode(&text)), "{before}");
            assert!(search.sees(&URL_SAFE_NO_PAD.encode(&text)), "{before}");
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(search.sees(&hex) && search.sees(&hex.to_uppercase()));
        }
    }
    assert!(search.sees("q=%E6%AC%A7%E9%98%B3%E9%9C%87%E5%8D%8E&p=1"));
    assert!(search.sees("{\"name\":\"\\u6b27\\u9633\\u9707\\u534e\"}"));
    assert!(!search.sees("欧** 139****5678 and much that is not theirs"));
}
