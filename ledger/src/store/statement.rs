//! SQL as data: one text for both databases, with marks where they differ.
//!
//! - `{rows a:uuid b:int c:text}` is a set of rows: UNNEST of arrays bound as `$2`, `$3` … in PostgreSQL, VALUES in SQLite, with room for up to
//!   [`PIECE`] of them. Its alias is `r`, and `r.program_id` is the programme. Its first column is never NULL: where it is, SQLite was given no
//!   row. Other columns that may be NULL need no mark. OFFSET and LIMIT keep the planners from looking through it: with the programme known
//!   to be `$1` they would read all of a programme and search the given rows, instead of looking each given row up by its key, and
//!   PostgreSQL would keep that plan as the table grows. A statement with rows names no parameter itself.
//! - `{lock T}` locks the rows of table alias T in PostgreSQL; SQLite has one writer and needs none.
//! - `{share T}` the same, shared.
//! - `{by I}` after a table's alias makes SQLite use the index I. Without statistics it takes the primary key, which holds the whole row, for
//!   better than an index that fits, and reads all rows of a programme for each one given. PostgreSQL knows its tables.
//!
//! `$1` is always the programme.

use std::sync::OnceLock;

/// The most rows that SQLite takes at once: it has 32,766 variables, and no set of rows has more than 31 columns.
pub const PIECE: usize = 1 << (SIZES - 1);
/// With room for 1, 2, 4 … rows: texts are prepared once each, and their number stays small.
const SIZES: usize = 11;

/// One named statement.
#[derive(Debug)]
pub struct Statement {
    /// Its name, for errors and logs.
    pub name: &'static str,
    source: &'static str,
    postgres: OnceLock<String>,
    sqlite: [OnceLock<String>; SIZES],
}

impl Statement {
    /// From the text with marks.
    pub const fn new(name: &'static str, source: &'static str) -> Self {
        Self {
            name,
            source,
            postgres: OnceLock::new(),
            sqlite: [const { OnceLock::new() }; SIZES],
        }
    }

    /// As PostgreSQL takes it.
    pub fn postgres(&'static self) -> &'static str {
        self.postgres
            .get_or_init(|| expand(self.source, &POSTGRES, 2))
    }

    /// As PostgreSQL takes it among others: its rows are bound from this parameter on. Answers with the first parameter after them.
    pub fn postgres_from(&self, parameter: usize) -> (String, usize) {
        let text = expand(self.source, &POSTGRES, parameter);
        let columns = self.source.matches(":uuid").count()
            + self.source.matches(":int").count()
            + self.source.matches(":text").count();
        (text, parameter + columns)
    }

    /// As SQLite takes it, for so many rows, up to [`PIECE`]. A statement that fails is not undone by itself: its whole transaction is, so
    /// SQLite need not keep a copy of every page a statement touches.
    pub fn sqlite(&'static self, rows: usize) -> &'static str {
        let size = match self.source.contains("{rows ") {
            true => rows.next_power_of_two().trailing_zeros() as usize,
            false => 0,
        };
        self.sqlite[size.min(SIZES - 1)].get_or_init(|| {
            let text = expand(self.source, &SQLITE, 1 << size);
            match text.split_once(' ') {
                Some((verb @ ("INSERT" | "UPDATE"), rest)) => format!("{verb} OR FAIL {rest}"),
                _ => text,
            }
        })
    }
}

struct Dialect {
    /// Of these columns; PostgreSQL is told the first parameter, SQLite how many rows there is room for.
    rows: fn(&[(&str, &str)], usize) -> String,
    lock: fn(&str) -> String,
    share: fn(&str) -> String,
    by: fn(&str) -> String,
}

const POSTGRES: Dialect = Dialect {
    rows: |columns, first| {
        let arrays: Vec<String> = (first..)
            .zip(columns)
            .map(|(number, (_, kind))| {
                let array = match *kind {
                    "uuid" => "uuid[]",
                    "int" => "bigint[]",
                    _ => "text[]",
                };
                format!("${number}::{array}")
            })
            .collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        format!(
            "(SELECT $1::uuid AS program_id, u.* FROM UNNEST({}) AS u({}) OFFSET 0) AS r",
            arrays.join(", "),
            names.join(", ")
        )
    },
    lock: |table| format!("FOR NO KEY UPDATE OF {table}"),
    share: |table| format!("FOR SHARE OF {table}"),
    by: |_| String::new(),
};

/// The programme is the first parameter without a name, as it is `$1`; then come the values, row after row. What is not bound is NULL.
const SQLITE: Dialect = Dialect {
    rows: |columns, room| {
        let names = columns.iter().zip(1..);
        let names: Vec<String> = names
            .map(|((name, _), number)| format!("column{number} AS {name}"))
            .collect();
        let row = format!("({})", vec!["?"; columns.len()].join(","));
        format!(
            "(SELECT ? AS program_id, {} FROM (VALUES {}) WHERE column1 IS NOT NULL LIMIT -1) AS r",
            names.join(", "),
            vec![row.as_str(); room].join(",")
        )
    },
    lock: |_| String::new(),
    share: |_| String::new(),
    by: |index| format!("INDEXED BY {index}"),
};

fn expand(source: &str, dialect: &Dialect, number: usize) -> String {
    let mut text = String::with_capacity(source.len() * 2);
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (mark, after) = after.split_once('}').unwrap_or((after, ""));
        match mark.split_once(' ') {
            Some(("rows", columns)) => {
                let columns: Vec<(&str, &str)> = columns
                    .split_whitespace()
                    .filter_map(|column| column.split_once(':'))
                    .collect();
                text.push_str(&(dialect.rows)(&columns, number));
            }
            Some(("lock", table)) => text.push_str(&(dialect.lock)(table)),
            Some(("share", table)) => text.push_str(&(dialect.share)(table)),
            Some(("by", index)) => text.push_str(&(dialect.by)(index)),
            _ => text.push_str(mark),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub static $name: Statement = Statement::new(stringify!($name), $sql);)+

        /// Every statement of this room, for the test that prepares them all on both databases.
        pub static ALL: &[&Statement] = &[$(&$name),+];
    };
}
pub(super) use statements;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_each_dialect() {
        static SAMPLE: Statement = Statement::new(
            "SAMPLE",
            "SELECT a.x FROM {rows id:uuid n:int} CROSS JOIN accounts a \
            WHERE a.program_id = r.program_id AND a.id = r.id {lock a}",
        );
        assert_eq!(
            SAMPLE.postgres(),
            "SELECT a.x FROM (SELECT $1::uuid AS program_id, u.* FROM UNNEST($2::uuid[], $3::bigint[]) AS u(id, n) \
             OFFSET 0) AS r CROSS JOIN accounts a WHERE a.program_id = r.program_id AND a.id = r.id FOR NO KEY UPDATE OF a"
        );
        assert_eq!(
            SAMPLE.sqlite(2),
            "SELECT a.x FROM (SELECT ? AS program_id, column1 AS id, column2 AS n FROM (VALUES (?,?),(?,?)) \
             WHERE column1 IS NOT NULL LIMIT -1) AS r CROSS JOIN accounts a WHERE a.program_id = r.program_id AND a.id = r.id "
        );
        assert_eq!(SAMPLE.sqlite(3), SAMPLE.sqlite(4));
        assert_ne!(SAMPLE.sqlite(4), SAMPLE.sqlite(5));
        assert_eq!(SAMPLE.postgres_from(7).1, 9);
    }
}
