//! A field of the form: where in the document its value stands, how it is shown, and what is written there for what was typed. What was typed
//! is written even where it is no such thing: then the ledger's reader says so, and nothing is lost.

use std::collections::HashMap;

use jiff::civil::Date;

use super::document::Document;
use super::shape::{Shape, days};
use crate::web::desk::policies::edit::Mistake;
use crate::web::reading::t;

/// All that a form sent, by name.
pub type Sent = HashMap<String, String>;

/// Something to choose from.
#[derive(Clone, Debug)]
pub struct Choice {
    /// As the document has it.
    pub value: String,
    /// In words.
    pub label: String,
    /// Whether it is this.
    pub chosen: bool,
}

/// Something wrong with a field, or with a group of them.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// In the page's own words.
    pub says: String,
    /// What the ledger's reader found, where there are none.
    pub found: String,
    /// What may have been meant.
    pub hints: Vec<String>,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The path of its value, by which the form knows it, too.
    pub name: String,
    /// Of what it is, as that is called on record.
    pub of: Option<String>,
    /// What it says.
    pub label: String,
    /// What stands beside that.
    pub hint: String,
    /// What stands in it.
    pub value: String,
    /// The words it is chosen from, or its units.
    pub choices: Vec<Choice>,
    /// What is wrong with it.
    pub wrong: Vec<Wrong>,
    unit: String,
    shape: Shape,
    optional: bool,
}

impl Field {
    /// Of the value that stands at that path.
    pub fn of(document: &Document, shape: Shape, path: &str, label: &str) -> Self {
        let (value, unit) = shape.shown(document, path);
        Self {
            name: path.to_owned(),
            of: None,
            label: label.to_owned(),
            hint: String::new(),
            value,
            choices: Vec::new(),
            wrong: Vec::new(),
            unit,
            shape,
            optional: false,
        }
    }

    /// Which may be left empty: then nothing stands there.
    pub fn optional(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    /// With what stands beside its label.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: hint.into(),
            ..self
        }
    }

    /// Of something that has a name on record.
    pub fn about(self, of: Option<&str>) -> Self {
        Self {
            of: of.map(str::to_owned),
            ..self
        }
    }

    /// Chosen from these words, or in one of these units. What stands there is among them whatever it is.
    pub fn among(mut self, choices: impl IntoIterator<Item = (String, String)>) -> Self {
        let choice = |(value, label)| Choice {
            value,
            label,
            chosen: false,
        };
        self.choices = choices.into_iter().map(choice).collect();
        let is = match self.shape {
            Shape::Length => &mut self.unit,
            _ => &mut self.value,
        };
        let known = self.choices.iter().any(|choice| choice.value == *is);
        if self.shape == Shape::Length {
            if !known && let Some(first) = self.choices.first() {
                is.clone_from(&first.value);
            }
        } else if !known && !is.is_empty() {
            self.choices.push(choice((is.clone(), is.clone())));
        }
        let nothing = match self.optional {
            true => Some(t("不写明", "not said")),
            false => is.is_empty().then(|| t("请选择", "Choose")),
        };
        if let Some(words) = nothing.filter(|_| self.shape != Shape::Length) {
            let words = (String::new(), words.to_owned());
            self.choices.insert(0, choice(words));
        }
        for choice in &mut self.choices {
            choice.chosen = choice.value == *is;
        }
        self
    }

    /// Whether it is a word to be chosen.
    pub fn is_chosen(&self) -> bool {
        self.shape == Shape::Word
    }

    /// Whether a unit stands behind it.
    pub fn is_measured(&self) -> bool {
        self.shape == Shape::Length
    }

    /// What kind of input it is. What is no day has to be seen, too.
    pub fn input(&self) -> &'static str {
        let day = self.value.is_empty() || self.value.parse::<Date>().is_ok();
        match self.shape {
            Shape::Date if day => "date",
            _ => "text",
        }
    }

    /// Which keys a phone shows for it.
    pub fn keys(&self) -> &'static str {
        match self.shape {
            Shape::Points | Shape::Figure | Shape::Times | Shape::Percent => "decimal",
            Shape::Whole | Shape::Length | Shape::Metres => "numeric",
            Shape::Line | Shape::Time | Shape::Word | Shape::Date | Shape::Days => "text",
        }
    }

    /// Notes what is wrong with its value. Where that is such as the field takes, something else is wrong with it.
    pub fn blame(&mut self, mistake: Mistake) {
        let found = mistake.found.as_str();
        let says = if found.ends_with(", before `from`") {
            t(
                "末日不能早于首日。",
                "The last day may not lie before the first.",
            )
        } else if found.starts_with("`notices` names ") && found.ends_with(" twice") {
            t(
                "同样的天数写了两次。",
                "A number of days stands there twice.",
            )
        } else if found.ends_with(" is a string") || !self.shape.fits(&self.value) {
            self.shape.takes()
        } else {
            ""
        };
        self.wrong.push(match says.is_empty() {
            true => Wrong::of(mistake),
            false => Wrong::said(says.to_owned()),
        });
    }

    /// Puts what was typed into the document, where it is not what stands there.
    pub fn write(&self, document: &mut Document, sent: &Sent) {
        let Some(typed) = sent.get(&self.name).map(|typed| typed.trim()) else {
            return;
        };
        let unit = sent.get(&format!("{}.unit", self.name));
        let unit = unit.map_or(self.unit.as_str(), |unit| unit.trim());
        let same = typed == self.value.trim() && (typed.is_empty() || unit == self.unit);
        let text = document.is_text(&self.name);
        if typed.is_empty() && self.optional {
            if text || !same {
                document.remove(&self.name);
            }
            return;
        }
        if self.shape == Shape::Days && document.list(&self.name) == Some(days(typed)) {
            return;
        }
        let value = self.shape.value(typed, unit);
        // A figure that stood in quotes is one now.
        let mended = text && !value.is_str() && !value.is_array();
        if !same || mended {
            document.set(&self.name, value);
        }
    }
}

impl Wrong {
    /// As the ledger's reader says it.
    pub fn of(mistake: Mistake) -> Self {
        Self {
            says: String::new(),
            found: mistake.found,
            hints: mistake.hints,
        }
    }

    /// In the page's own words.
    pub fn said(says: String) -> Self {
        Self {
            says,
            found: String::new(),
            hints: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::UNITS;
    use super::*;

    const TEXT: &str = "max = 30 # most\ntimes = \"1.5\"\n[expiry]\nafter = \"1 year\"\nnotices = [\"30 days\", \"7 days\"]\n";

    fn typed(shape: Shape, path: &str, value: &str, unit: &str) -> String {
        let mut document = Document::of(TEXT).expect("a document");
        let units = UNITS.map(|unit| (unit.to_owned(), unit.to_owned()));
        let field = Field::of(&document, shape, path, "").optional();
        let field = match shape {
            Shape::Length => field.among(units),
            _ => field,
        };
        let sent = Sent::from([
            (path.to_owned(), value.to_owned()),
            (format!("{path}.unit"), unit.to_owned()),
        ]);
        field.write(&mut document, &sent);
        document.text()
    }

    #[test]
    fn what_is_as_it_was_is_not_touched() {
        for (shape, path, value, unit) in [
            (Shape::Points, "max", " 30", ""),
            (Shape::Times, "times", "1.5", ""),
            (Shape::Length, "expiry.after", "1", "years"),
            (Shape::Days, "expiry.notices", "30、7", ""),
            (Shape::Days, "expiry.notices", "30, 7", ""),
            (Shape::Points, "none", "", ""),
        ] {
            assert_eq!(typed(shape, path, value, unit), TEXT, "{path} {value}");
        }
    }

    #[test]
    fn what_was_typed_stands_in_the_document() {
        for (shape, path, value, unit, was, is) in [
            (
                Shape::Points,
                "max",
                "２５．5",
                "",
                "max = 30",
                "max = 25.5",
            ),
            (Shape::Points, "max", "无", "", "max = 30", "max = \"无\""),
            (Shape::Points, "max", "", "", "max = 30 # most\n", ""),
            (Shape::Times, "times", "2", "", "\"1.5\"", "\"2\""),
            (
                Shape::Length,
                "expiry.after",
                "18",
                "months",
                "1 year",
                "18 months",
            ),
            (
                Shape::Days,
                "expiry.notices",
                "30 7天",
                "",
                "\"7 days\"",
                "\"7天\"",
            ),
        ] {
            let wanted = TEXT.replacen(was, is, 1);
            assert_eq!(typed(shape, path, value, unit), wanted, "{path} {value}");
        }
        let made = typed(Shape::Percent, "reversal.recovered", "50%", "");
        assert!(
            made.contains("reversal = { recovered = \"50 %\" }\n"),
            "{made}"
        );
        let day = typed(Shape::Date, "effective.from", "2026-03-01", "");
        assert!(day.contains("effective = { from = 2026-03-01 }\n"), "{day}");
    }
}
