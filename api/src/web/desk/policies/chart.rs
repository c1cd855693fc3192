//! Two bars a rule: what it gave, and what it would have given.

use ledger::points::Points;
use ledger::simulation::RuleLine;

use crate::web::format::points;

/// How wide the drawing is, and how wide the longest bar in it, in units of the drawing. A phone shows about one a pixel.
const WIDTH: i32 = 340;
const LONGEST: i128 = 250;
/// How high a rule is drawn, what stands above the first, and how much of a title.
const ROW: i32 = 56;
const HEAD: i32 = 24;
const LETTERS: usize = 22;

/// What is drawn.
pub struct Chart {
    /// Of the drawing.
    pub width: i32,
    /// Of the drawing.
    pub height: i32,
    /// A rule each.
    pub rows: Vec<Row>,
}

/// A rule: its title and two bars below it.
pub struct Row {
    /// The title, cut where it is long.
    pub title: String,
    /// Where the title stands.
    pub y: i32,
    /// What it gave.
    pub was: Bar,
    /// What it would have given.
    pub will: Bar,
}

/// A bar with its figure behind it.
pub struct Bar {
    /// Its upper edge.
    pub top: i32,
    /// How long it is.
    pub length: i32,
    /// Where its figure begins, and stands.
    pub behind: i32,
    /// The figure's line.
    pub line: i32,
    /// The figure.
    pub figure: String,
}

impl Chart {
    /// Of these rules; none if there is none.
    pub fn of(rules: &[RuleLine]) -> Option<Self> {
        let sums = rules
            .iter()
            .flat_map(|rule| [rule.recorded.points, rule.simulated.points]);
        let most = sums.max()?;
        let mut rows = Vec::with_capacity(rules.len());
        let mut y = HEAD;
        for rule in rules {
            rows.push(Row {
                title: cut(&rule.title),
                y: y + 14,
                was: Bar::of(y + 20, rule.recorded.points, most),
                will: Bar::of(y + 34, rule.simulated.points, most),
            });
            y += ROW;
        }
        Some(Self {
            width: WIDTH,
            height: y,
            rows,
        })
    }
}

impl Bar {
    fn of(top: i32, sum: Points, most: Points) -> Self {
        let hundredths = |points: Points| i128::from(points.hundredths().max(0));
        let length = hundredths(sum) * LONGEST / hundredths(most).max(1);
        let length = i32::try_from(length).unwrap_or(0);
        Self {
            top,
            length,
            behind: length + 6,
            line: top + 10,
            figure: points(sum),
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
    use ledger::simulation::Sum;

    use super::*;

    fn rule(title: &str, was: i64, is: i64) -> RuleLine {
        let sum = |hundredths| Sum {
            awards: 1,
            points: Points::from_hundredths(hundredths),
        };
        RuleLine {
            rule: "rule".to_owned(),
            title: title.to_owned(),
            recorded: sum(was),
            simulated: sum(is),
            gained: Points::ZERO,
            lost: Points::ZERO,
        }
    }

    #[test]
    fn the_most_is_the_longest_and_nothing_is_no_bar() {
        assert!(Chart::of(&[]).is_none());
        let rules = [
            rule("巡查", 20_000, 5_000),
            rule("很长".repeat(20).as_str(), 0, 0),
        ];
        let chart = Chart::of(&rules).expect("a chart");
        let lengths = chart
            .rows
            .iter()
            .map(|row| (row.was.length, row.will.length));
        assert_eq!(lengths.collect::<Vec<_>>(), [(250, 62), (0, 0)]);
        assert_eq!(chart.height, HEAD + 2 * ROW);
        let titles: Vec<_> = chart
            .rows
            .iter()
            .map(|row| row.title.chars().count())
            .collect();
        assert_eq!(titles, [2, LETTERS + 1]);
    }
}
