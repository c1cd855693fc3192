//! The numbers of charts that the server draws: where lines, bars and curves stand, and what is written beside them.
//!
//! Pure: a page says how its figures are written, draws what comes of it, and shows the same figures in a table.

mod pairs;

pub use pairs::{Pairs, pairs};

/// How large a chart is, in its own units. On a phone one of them is about a pixel, so that what is written stays readable.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 190.0;
/// What stays free above, where a page says what is drawn how; below, where words stand; and at the right.
const ABOVE: f64 = 30.0;
const BELOW: f64 = 18.0;
const BESIDE: f64 = 12.0;
/// How wide a digit is, about.
const DIGIT: f64 = 6.4;
/// How many lines stand above the one at nothing, at most.
const LINES: i64 = 4;
/// How many words stand along the bottom, at most.
const WORDS: usize = 6;
/// How much of a group's room its bars take.
const FILLED: f64 = 0.72;

/// Where something stands, and what is written there.
#[derive(Debug)]
pub struct Mark {
    pub at: f64,
    pub text: String,
}

/// What a chart is drawn on: lines across with what they stand for, and words along the bottom.
#[derive(Debug)]
pub struct Grid {
    pub width: f64,
    pub height: f64,
    /// Where the lines begin, and where they end.
    pub left: f64,
    pub right: f64,
    /// Where what is written beside the lines ends.
    pub gutter: f64,
    /// On which line the words stand.
    pub foot: f64,
    /// From the one at nothing up.
    pub lines: Vec<Mark>,
    pub words: Vec<Mark>,
    /// What the highest line stands for.
    top: i64,
}

/// Bars in groups, each group with a word.
#[derive(Debug)]
pub struct Bars {
    pub grid: Grid,
    pub bars: Vec<Bar>,
}

/// One of them.
#[derive(Debug)]
pub struct Bar {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// Whether it is not the first of its group.
    pub other: bool,
    /// The word of its group, and what it stands for.
    pub said: String,
}

/// A curve over time, and another in the same scale.
#[derive(Debug)]
pub struct Curve {
    pub grid: Grid,
    /// As SVG writes the points of a line.
    pub line: String,
    pub other: String,
    /// On the first of the two.
    pub dots: Vec<Dot>,
}

/// A point that is known.
#[derive(Debug)]
pub struct Dot {
    pub x: f64,
    pub y: f64,
    /// What it stands for.
    pub said: String,
}

/// Groups of bars: a word and what its bars stand for, below nothing drawn as nothing. There is no chart where no bar has a height.
pub fn bars<const N: usize>(
    groups: &[(String, [i64; N])],
    said: impl Fn(i64) -> String,
) -> Option<Bars> {
    let most = groups.iter().flat_map(|(_, values)| *values).max()?;
    if most <= 0 {
        return None;
    }
    let mut grid = Grid::of(most, &said);
    let left = grid.left;
    let room = (grid.right - left) / count(groups.len());
    let wide = room * FILLED / count(N);
    let mut bars = Vec::new();
    let mut words = Vec::new();
    for (index, (word, values)) in groups.iter().enumerate() {
        let middle = left + room * (count(index) + 0.5);
        let first = middle - room * FILLED / 2.0;
        for (place, value) in values.iter().enumerate() {
            let y = grid.y(*value);
            let what = said(*value);
            bars.push(Bar {
                x: tenths(first + wide * count(place)),
                y,
                width: tenths(wide),
                height: tenths(Grid::base() - y),
                other: place > 0,
                said: format!("{word} {what}"),
            });
        }
        words.push(Mark {
            at: tenths(middle),
            text: word.clone(),
        });
    }
    grid.words = thinned(words);
    Some(Bars { grid, bars })
}

/// A curve through values at moments, in order of those, with another beside it that may be empty; words stand at moments, too. There is no
/// chart where nothing is above nothing, or where no time passes.
pub fn curve(
    points: &[(i64, i64)],
    other: &[(i64, i64)],
    words: Vec<(i64, String)>,
    said: impl Fn(i64) -> String,
) -> Option<Curve> {
    let all = || points.iter().chain(other);
    let from = all().map(|(at, _)| *at).min()?;
    let until = all().map(|(at, _)| *at).max()?;
    let most = all().map(|(_, value)| *value).max()?;
    if points.is_empty() || most <= 0 || until <= from {
        return None;
    }
    let mut grid = Grid::of(most, &said);
    let (left, wide) = (grid.left, grid.right - grid.left);
    let whole = number(until.saturating_sub(from));
    let x = |at: i64| tenths(left + wide * number(at.saturating_sub(from)) / whole);
    let words = words
        .into_iter()
        .filter(|(at, _)| (from..=until).contains(at));
    let words = words.map(|(at, text)| Mark { at: x(at), text });
    grid.words = thinned(words.collect());
    let line = |points: &[(i64, i64)]| {
        let places = points.iter().map(|(at, value)| {
            let (x, y) = (x(*at), grid.y(*value));
            format!("{x},{y}")
        });
        places.collect::<Vec<_>>().join(" ")
    };
    let (line, other) = (line(points), line(other));
    let dots = points.iter().map(|(at, value)| Dot {
        x: x(*at),
        y: grid.y(*value),
        said: said(*value),
    });
    Some(Curve {
        dots: dots.collect(),
        line,
        other,
        grid,
    })
}

impl Grid {
    /// One that holds so much, with nothing along the bottom yet.
    fn of(most: i64, said: &impl Fn(i64) -> String) -> Self {
        let step = step(most);
        let above = most / step + i64::from(most % step != 0);
        let values: Vec<i64> = (0..=above).map(|line| step.saturating_mul(line)).collect();
        let texts: Vec<String> = values.iter().map(|value| said(*value)).collect();
        let longest = texts.iter().map(|text| text.chars().count()).max();
        let gutter = tenths(DIGIT * count(longest.unwrap_or_default()));
        let mut grid = Self {
            width: WIDTH,
            height: HEIGHT,
            left: tenths(gutter + 5.0),
            right: WIDTH - BESIDE,
            gutter,
            foot: HEIGHT - 4.0,
            lines: Vec::new(),
            words: Vec::new(),
            top: step.saturating_mul(above),
        };
        let lines = values.into_iter().zip(texts);
        grid.lines = lines
            .map(|(value, text)| Mark {
                at: grid.y(value),
                text,
            })
            .collect();
        grid
    }

    /// Where nothing stands.
    fn base() -> f64 {
        HEIGHT - BELOW
    }

    /// Where so much stands.
    fn y(&self, value: i64) -> f64 {
        let share = number(value.clamp(0, self.top)) / number(self.top);
        tenths(Self::base() - (Self::base() - ABOVE) * share)
    }
}

/// The first of 1, 2, 5, 10, 20, 50 … of which a few reach so far.
fn step(most: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for digit in [1, 2, 5] {
            let step = power.saturating_mul(digit);
            if step.saturating_mul(LINES) >= most {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// As many as there is room for, at even distances.
fn thinned(marks: Vec<Mark>) -> Vec<Mark> {
    let every = marks.len().div_ceil(WORDS).max(1);
    marks.into_iter().step_by(every).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "what is drawn is some hundred units wide"
)]
const fn number(value: i64) -> f64 {
    value as f64
}

fn count(things: usize) -> f64 {
    number(i64::try_from(things).unwrap_or(i64::MAX))
}

/// To one place, so that pages stay small.
fn tenths(units: f64) -> f64 {
    (units * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: i64) -> String {
        value.to_string()
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 0.11
    }

    #[test]
    fn a_scale_ends_on_a_round_figure_with_few_lines() {
        for (most, round) in [
            (1, 1),
            (4, 1),
            (5, 2),
            (37, 10),
            (40, 10),
            (41, 20),
            (120_000, 50_000),
            (i64::MAX, i64::MAX),
        ] {
            let step = step(most);
            assert!(step.saturating_mul(LINES) >= most, "{most}: {step}");
            if most < i64::MAX {
                assert_eq!(step, round, "{most}");
            }
        }
        let grid = Grid::of(37, &plain);
        let texts: Vec<&str> = grid.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["0", "10", "20", "30", "40"]);
        let lines: Vec<f64> = grid.lines.iter().map(|line| line.at).collect();
        assert!(lines.is_sorted_by(|one, other| one > other), "{lines:?}");
        assert!(near(grid.y(0), Grid::base()) && near(grid.y(40), ABOVE));
        assert!(near(grid.y(-7), Grid::base()), "below nothing is nothing");
    }

    #[test]
    fn longer_figures_have_more_room() {
        let narrow = Grid::of(4, &plain).left;
        let wide = Grid::of(4, &|_| "1,000,000".to_owned()).left;
        assert!(narrow < wide && wide < WIDTH / 3.0, "{narrow} {wide}");
    }

    #[test]
    fn bars_stand_on_the_ground_beside_each_other() {
        let groups = [("一月".to_owned(), [40, 20]), ("二月".to_owned(), [0, -5])];
        let drawn = bars(&groups, plain).expect("a chart");
        let [first, second, third, fourth] = drawn.bars.as_slice() else {
            panic!("{:?}", drawn.bars);
        };
        assert!(near(first.height, 2.0 * second.height));
        assert!(near(first.y + first.height, Grid::base()));
        assert!(near(first.x + first.width, second.x));
        assert!(second.x + second.width < third.x, "groups are apart");
        assert!(near(third.height, 0.0) && near(fourth.height, 0.0));
        assert!(fourth.x + fourth.width <= drawn.grid.right);
        assert_eq!((first.other, second.other), (false, true));
        assert_eq!(second.said, "一月 20");
        assert_eq!(drawn.grid.words.len(), 2);
    }

    #[test]
    fn many_groups_have_fewer_words() {
        let groups: Vec<_> = (1..=24).map(|month| (plain(month), [month])).collect();
        let drawn = bars(&groups, plain).expect("a chart");
        assert_eq!(drawn.bars.len(), 24);
        let words: Vec<&str> = drawn.grid.words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(words, ["1", "5", "9", "13", "17", "21"]);
    }

    #[test]
    fn a_curve_runs_from_left_to_right_and_its_words_with_it() {
        let points = [(100, 40), (150, 30), (200, 30)];
        let even = [(100, 40), (300, 0)];
        let words = vec![
            (100, "a".to_owned()),
            (200, "b".to_owned()),
            (301, "beyond".to_owned()),
        ];
        let drawn = curve(&points, &even, words, plain).expect("a chart");
        let xs: Vec<f64> = drawn.dots.iter().map(|dot| dot.x).collect();
        let grid = &drawn.grid;
        assert!(near(xs[0], grid.left), "{xs:?}");
        assert!(near(xs[2], f64::midpoint(grid.left, grid.right)));
        assert!(near(drawn.dots[0].y, ABOVE) && near(drawn.dots[1].y, drawn.dots[2].y));
        assert_eq!(drawn.line.split(' ').count(), 3);
        assert!(
            drawn
                .line
                .starts_with(&format!("{},{}", xs[0], drawn.dots[0].y))
        );
        assert!(
            drawn
                .other
                .ends_with(&format!("{},{}", grid.right, Grid::base()))
        );
        let words: Vec<&str> = grid.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["a", "b"]);
        assert_eq!(drawn.dots[1].said, "30");
    }

    #[test]
    fn nothing_is_no_chart() {
        assert!(bars::<2>(&[], plain).is_none());
        assert!(bars(&[("一月".to_owned(), [0, -1])], plain).is_none());
        let none = |points: &[(i64, i64)]| curve(points, &[], Vec::new(), plain).is_none();
        assert!(none(&[]) && none(&[(1, 5)]) && none(&[(1, 0), (2, 0)]));
        assert!(curve(&[], &[(1, 5), (2, 0)], Vec::new(), plain).is_none());
    }
}
