//! Two bars a row, lying under the row's title: what was, and what would be.

/// How wide the drawing is, and how wide the longest bar in it.
const WIDTH: i32 = 340;
const LONGEST: i128 = 250;
/// How high a row is, what stands above the first, and how much of a title.
const ROW: i32 = 56;
const HEAD: i32 = 24;
const LETTERS: usize = 22;

/// What is drawn.
#[derive(Debug)]
pub struct Pairs {
    pub width: i32,
    pub height: i32,
    pub rows: Vec<Row>,
}

/// A title and two bars below it.
#[derive(Debug)]
pub struct Row {
    /// Cut where it is long.
    pub title: String,
    /// Where the title stands.
    pub y: i32,
    pub was: Lying,
    pub will: Lying,
}

/// A bar with its figure behind it.
#[derive(Debug)]
pub struct Lying {
    /// Its upper edge.
    pub top: i32,
    pub length: i32,
    /// Where its figure begins.
    pub behind: i32,
    /// The figure's line.
    pub line: i32,
    pub figure: String,
}

/// Rows of bars: a title and what its two bars stand for, below nothing drawn as nothing. There is no chart where there is no row.
pub fn pairs(rows: &[(String, [i64; 2])], said: impl Fn(i64) -> String) -> Option<Pairs> {
    let most = rows.iter().flat_map(|(_, values)| *values).max()?;
    let mut drawn = Vec::with_capacity(rows.len());
    let mut y = HEAD;
    for (title, [was, will]) in rows {
        drawn.push(Row {
            title: cut(title),
            y: y + 14,
            was: Lying::of(y + 20, *was, most, &said),
            will: Lying::of(y + 34, *will, most, &said),
        });
        y += ROW;
    }
    Some(Pairs {
        width: WIDTH,
        height: y,
        rows: drawn,
    })
}

impl Lying {
    fn of(top: i32, value: i64, most: i64, said: &impl Fn(i64) -> String) -> Self {
        let length = i128::from(value.max(0)) * LONGEST / i128::from(most.max(1));
        let length = i32::try_from(length).unwrap_or(0);
        Self {
            top,
            length,
            behind: length + 6,
            line: top + 10,
            figure: said(value),
        }
    }
}

/// So much of a title as fits.
fn cut(title: &str) -> String {
    let kept: String = title.chars().take(LETTERS).collect();
    match kept.len() == title.len() {
        true => kept,
        false => format!("{kept}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_the_longest_and_nothing_is_no_bar() {
        let plain = |value: i64| value.to_string();
        assert!(pairs(&[], plain).is_none());
        let rows = [
            ("巡查".to_owned(), [20_000, 5_000]),
            ("很长".repeat(20), [0, -3]),
        ];
        let chart = pairs(&rows, plain).expect("a chart");
        let lengths = chart
            .rows
            .iter()
            .map(|row| (row.was.length, row.will.length));
        assert_eq!(lengths.collect::<Vec<_>>(), [(250, 62), (0, 0)]);
        assert_eq!(chart.rows[0].was.figure, "20000");
        assert_eq!(chart.height, HEAD + 2 * ROW);
        let titles: Vec<_> = chart
            .rows
            .iter()
            .map(|row| row.title.chars().count())
            .collect();
        assert_eq!(titles, [2, LETTERS + 1]);
    }
}
