//! A policy's text as a document whose values change in place: comments, order and every other line stay as they are.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, RawString, Table, Value};

/// The text, taken apart. What stands in it is named by a path: `rule.0.points.table.low`.
pub struct Document(DocumentMut);

impl Document {
    /// Of a text; none where it is no TOML.
    pub fn of(source: &str) -> Option<Self> {
        source.parse::<DocumentMut>().ok().map(Self)
    }

    /// As text again.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    fn get(&self, path: &str) -> Option<&Item> {
        let mut item = self.0.as_item();
        for step in path.split('.') {
            item = match step.parse::<usize>() {
                Ok(index) => item.get(index)?,
                Err(_) => item.get(step)?,
            };
        }
        Some(item)
    }

    fn get_mut(&mut self, path: &str) -> Option<&mut Item> {
        let mut item = self.0.as_item_mut();
        for step in path.split('.') {
            item = match step.parse::<usize>() {
                Ok(index) => item.get_mut(index)?,
                // What is asked for by a name is made where it is not.
                Err(_) if item.get(step).is_none() => return None,
                Err(_) => item.get_mut(step)?,
            };
        }
        Some(item)
    }

    /// Whether anything stands there.
    pub fn holds(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    /// Whether text stands there.
    pub fn is_text(&self, path: &str) -> bool {
        self.get(path).is_some_and(Item::is_str)
    }

    /// A word or a figure, as it is written but for quotes.
    pub fn scalar(&self, path: &str) -> Option<String> {
        scalar(self.get(path)?.as_value()?)
    }

    /// The words and figures of a list.
    pub fn list(&self, path: &str) -> Option<Vec<String>> {
        let items = self.get(path)?.as_array()?.iter();
        Some(items.filter_map(scalar).collect())
    }

    /// How many stand in a list, or in a row of tables.
    pub fn count(&self, path: &str) -> usize {
        match self.get(path) {
            Some(Item::ArrayOfTables(tables)) => tables.len(),
            Some(Item::Value(Value::Array(items))) => items.len(),
            _ => 0,
        }
    }

    /// A row of tables, such as those of rules.
    pub fn tables_mut(&mut self, path: &str) -> Option<&mut ArrayOfTables> {
        self.get_mut(path).and_then(Item::as_array_of_tables_mut)
    }

    /// Puts a value there, with what stood around the one before. A section that is not there is made.
    pub fn set(&mut self, path: &str, value: Value) {
        if let Some(old) = self.get_mut(path).and_then(Item::as_value_mut) {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
            return;
        }
        let Some((parent, key)) = path.rsplit_once('.') else {
            self.0.as_table_mut().insert(path, Item::Value(value));
            return;
        };
        if !parent.contains('.') && !self.holds(parent) {
            let section = Item::Value(Value::InlineTable(InlineTable::new()));
            self.0.as_table_mut().insert(parent, section);
        }
        match self.get_mut(parent) {
            Some(Item::Table(table)) => {
                table.insert(key, Item::Value(value));
            }
            Some(Item::Value(Value::InlineTable(table))) => {
                table.insert(key, value);
                set_apart(table);
            }
            _ => {}
        }
    }

    /// Takes away what stands there, and a section that is empty then.
    pub fn remove(&mut self, path: &str) {
        let Some((parent, key)) = path.rsplit_once('.') else {
            self.0.as_table_mut().remove(path);
            return;
        };
        let empty = match self.get_mut(parent) {
            Some(Item::Table(table)) => {
                table.remove(key);
                table.is_empty()
            }
            Some(Item::Value(Value::InlineTable(table))) => {
                table.remove(key);
                set_apart(table);
                table.is_empty()
            }
            _ => false,
        };
        if empty && !parent.contains('.') {
            self.0.as_table_mut().remove(parent);
        }
    }

    /// Puts a table into a row: before all others, or after them. Whether there is such a row.
    pub fn put(&mut self, path: &str, mut table: Table, first: bool) -> bool {
        if !self.holds(path) {
            let row = Item::ArrayOfTables(ArrayOfTables::new());
            self.0.as_table_mut().insert(path, row);
        }
        let Some(row) = self.tables_mut(path) else {
            return false;
        };
        match first {
            true => {
                table.set_position(row.get(0).and_then(Table::position));
                row.insert(0, table);
            }
            false => row.push(table),
        }
        true
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.display_repr().into_owned()),
        Value::Float(number) => Some(number.display_repr().into_owned()),
        Value::Boolean(yes) => Some(yes.value().to_string()),
        Value::Datetime(moment) => Some(moment.display_repr().into_owned()),
        Value::Array(_) | Value::InlineTable(_) => None,
    }
}

/// `{ low = 5, high = 20 }`: what was the last has no space behind it any more, and what is the last now has. One with words between stays as it is.
fn set_apart(table: &mut InlineTable) {
    let plain = |value: &Value| {
        let behind = value.decor().suffix().and_then(RawString::as_str);
        behind.unwrap_or_default().trim().is_empty()
    };
    if !table.iter().all(|(_, value)| plain(value)) {
        return;
    }
    let count = table.len();
    for (index, (_, value)) in table.iter_mut().enumerate() {
        let last = index.saturating_add(1) == count;
        value.decor_mut().set_suffix(if last { " " } else { "" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# head\nname = \"a\" # its name\n\n[expiry]\nafter = \"1 days\"\n\n# one\n[[rule]]\nname = \"one\"\n\
        points = { by = \"severity\", table = { low = 5, high = 20 } }\n[rule.when]\nfact = \"minutes\"\n\n# two\n[[rule]]\nname = \"two\"\n";

    fn document() -> Document {
        Document::of(TEXT).expect("a document")
    }

    #[test]
    fn nothing_else_changes() {
        assert_eq!(document().text(), TEXT);
        assert!(Document::of("name = ").is_none());
        let mut one = document();
        one.set("name", "b".into());
        one.set("rule.0.points.table.low", 6_i64.into());
        let wanted = TEXT.replace("\"a\"", "\"b\"").replace("low = 5", "low = 6");
        assert_eq!(one.text(), wanted);
    }

    #[test]
    fn what_is_not_there_is_made_and_what_is_empty_goes() {
        let mut one = document();
        one.set("rule.0.points.table.medium", 10_i64.into());
        one.set("rule.1.max", 3_i64.into());
        one.set("effective.from", "2026-01-01".parse().expect("a day"));
        one.remove("expiry.after");
        let wanted = TEXT
            .replace("high = 20 }", "high = 20, medium = 10 }")
            .replace("name = \"two\"\n", "name = \"two\"\nmax = 3\n")
            .replace(
                "its name\n",
                "its name\neffective = { from = 2026-01-01 }\n",
            )
            .replace("\n[expiry]\nafter = \"1 days\"\n", "");
        assert_eq!(one.text(), wanted);
        one.remove("rule.0.points.table.medium");
        one.remove("effective.from");
        let text = one.text();
        assert!(
            text.contains("high = 20 } }") && !text.contains("effective"),
            "{text}"
        );
    }

    #[test]
    fn a_rule_stands_before_the_others_or_after_them() {
        for (first, order) in [
            (true, ["three", "one", "two"]),
            (false, ["one", "two", "three"]),
        ] {
            let mut one = document();
            let mut table = Table::new();
            table.insert("name", toml_edit::value("three"));
            assert!(one.put("rule", table, first));
            let again = Document::of(&one.text()).expect("a document");
            let names = (0..3).filter_map(|index| again.scalar(&format!("rule.{index}.name")));
            assert_eq!(names.collect::<Vec<_>>(), order);
            assert!(one.text().contains("\n# two\n[[rule]]\nname = \"two\"\n"));
        }
    }
}
