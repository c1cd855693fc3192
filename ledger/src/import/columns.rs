//! What the columns of a file stand for, by their headers.

use super::flaw::{Flaw, Place};
use super::table::{Row, Table};
use crate::policy::near::nearest;

/// A column that a file may or must have.
pub(super) struct Field {
    /// Its name in English, small; the one that errors use.
    pub name: &'static str,
    /// What else it may be called.
    pub also: &'static [&'static str],
    /// Whether a file needs it.
    pub required: bool,
}

/// The columns of one file. Those that are no field are open: they name facts.
#[derive(Debug)]
pub struct Columns {
    /// By position: the field's name, or what an open column is called.
    meaning: Vec<Meaning>,
    header: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Field(&'static str),
    Open,
    /// No header; only empty cells may stand under it.
    Nothing,
}

impl Columns {
    /// Finds each field in the header. A column that is neither a field nor one of the `open` names is unknown.
    pub(super) fn read(
        table: &Table,
        fields: &'static [Field],
        open: &[&'static str],
    ) -> Result<Self, Vec<Flaw>> {
        let mut flaws = Vec::new();
        let mut columns = Self {
            meaning: Vec::new(),
            header: table.header.clone(),
        };
        for (index, header) in table.header.iter().enumerate() {
            let meaning = meaning(header, fields, open).unwrap_or_else(|message| {
                let place = Some(columns.place(index));
                flaws.push(Flaw::at(table.line, place, "unknown_column", message));
                Meaning::Nothing
            });
            let earlier = table.header[..index]
                .iter()
                .position(|other| other == header);
            let twice = match &meaning {
                Meaning::Field(_) => columns.meaning.iter().position(|m| *m == meaning),
                Meaning::Open => earlier,
                Meaning::Nothing => None,
            };
            if let Some(first) = twice {
                let message = format!("column {} says the same: leave one out", first + 1);
                let place = Some(columns.place(index));
                flaws.push(Flaw::at(table.line, place, "duplicate_column", message));
            }
            columns.meaning.push(meaning);
        }
        for field in fields.iter().filter(|field| field.required) {
            if columns.index(field.name).is_none() {
                let also = field.also.join(" / ");
                let message = format!("the column {} ({also}) is missing", field.name);
                flaws.push(Flaw::of_line(table.line, "missing_column", message));
            }
        }
        if let [only] = table.header.as_slice()
            && only.contains([';', '\t', '，'])
        {
            let message = "there is only one column: separate cells by commas (,)".to_owned();
            flaws = vec![Flaw::of_line(table.line, "missing_column", message)];
        }
        if flaws.is_empty() {
            Ok(columns)
        } else {
            Err(flaws)
        }
    }

    fn place(&self, index: usize) -> Place {
        Place {
            number: index as u64 + 1,
            header: self.header.get(index).cloned().unwrap_or_default(),
        }
    }

    fn index(&self, field: &str) -> Option<usize> {
        let same = |meaning: &Meaning| matches!(meaning, Meaning::Field(name) if *name == field);
        self.meaning.iter().position(same)
    }

    /// Where a field stands, if the file has it.
    pub fn place_of(&self, field: &str) -> Option<Place> {
        self.index(field).map(|index| self.place(index))
    }

    /// Where an open column of one of these names stands.
    pub fn place_of_open(&self, names: &[&str]) -> Option<Place> {
        let mut open = (0..self.meaning.len()).filter(|i| self.meaning[*i] == Meaning::Open);
        let index = open.find(|index| names.iter().any(|name| same(name, &self.header[*index])));
        index.map(|index| self.place(index))
    }

    /// The cells of a row.
    pub(super) const fn of<'t>(&'t self, row: &'t Row) -> Cells<'t> {
        Cells { columns: self, row }
    }
}

fn meaning(
    header: &str,
    fields: &'static [Field],
    open: &[&'static str],
) -> Result<Meaning, String> {
    if header.is_empty() {
        return Ok(Meaning::Nothing);
    }
    let named = |field: &&Field| {
        same(field.name, header) || field.also.iter().any(|name| same(name, header))
    };
    if let Some(field) = fields.iter().find(named) {
        return Ok(Meaning::Field(field.name));
    }
    if open.iter().any(|name| same(name, header)) {
        return Ok(Meaning::Open);
    }
    let names = fields
        .iter()
        .flat_map(|field| std::iter::once(&field.name).chain(field.also))
        .chain(open);
    Err(match nearest(header, names.copied()) {
        Some(near) => format!("there is no such column — did you mean {near}?"),
        None => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            format!("there is no such column; there are: {}", names.join(", "))
        }
    })
}

/// Whether two headers are the same word; nobody types capitals on purpose.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The cells of one line.
#[derive(Clone, Copy)]
pub(super) struct Cells<'t> {
    columns: &'t Columns,
    row: &'t Row,
}

impl<'t> Cells<'t> {
    /// The line they stand on.
    pub const fn line(self) -> u64 {
        self.row.line
    }

    fn cell(self, index: usize) -> &'t str {
        self.row.cells.get(index).map_or("", String::as_str)
    }

    /// A field's cell; empty where the file has no such column.
    pub fn text(self, field: &str) -> &'t str {
        self.columns
            .index(field)
            .map_or("", |index| self.cell(index))
    }

    /// The open columns with something in this line: number of the column, header, cell.
    pub fn open(self) -> impl Iterator<Item = (usize, &'t str, &'t str)> {
        let columns = self.columns;
        (0..columns.meaning.len())
            .filter(|index| columns.meaning[*index] == Meaning::Open)
            .map(move |index| (index, columns.header[index].as_str(), self.cell(index)))
            .filter(|(_, _, cell)| !cell.is_empty())
    }

    /// Something wrong in a field's cell.
    pub fn flaw(self, field: &str, code: &str, message: impl Into<String>) -> Flaw {
        Flaw::at(
            self.line(),
            self.columns.place_of(field),
            code,
            message.into(),
        )
    }

    /// Something wrong in an open column's cell.
    pub fn flaw_in(self, index: usize, code: &str, message: impl Into<String>) -> Flaw {
        let place = Some(self.columns.place(index));
        Flaw::at(self.line(), place, code, message.into())
    }

    /// A field's cell of 1 to `most` characters.
    pub fn required(self, field: &str, most: usize, flaws: &mut Vec<Flaw>) -> &'t str {
        let text = self.text(field);
        if text.is_empty() {
            flaws.push(self.flaw(field, "missing", "the cell is empty"));
        }
        self.at_most(field, most, flaws);
        text
    }

    /// A field's cell of at most so many characters.
    pub fn at_most(self, field: &str, most: usize, flaws: &mut Vec<Flaw>) -> &'t str {
        let text = self.text(field);
        let length = text.chars().count();
        if length > most {
            let message = format!("expected at most {most} characters, found {length}");
            flaws.push(self.flaw(field, "too_long", message));
        }
        text
    }

    /// A fact that the line lacks; told at its column, if the file has one.
    pub fn missing_fact(self, names: &[&str], message: String) -> Flaw {
        Flaw::at(
            self.line(),
            self.columns.place_of_open(names),
            "missing_fact",
            message,
        )
    }

    /// The first that stands beyond the header or under none of it: one comma too many makes all after it stray. It is not repeated: it may
    /// be somebody's name or number.
    pub fn strays(self, flaws: &mut Vec<Flaw>) {
        let stray = |(index, cell): &(usize, &String)| {
            let headed = self.columns.meaning.get(*index);
            !cell.is_empty() && headed.is_none_or(|m| *m == Meaning::Nothing)
        };
        if let Some((index, _)) = self.row.cells.iter().enumerate().find(stray) {
            let message = format!(
                "something stands in column {}, which has no header: is there a comma too many?",
                index + 1
            );
            flaws.push(self.flaw_in(index, "stray", message));
        }
    }
}
