//! Hazards beside each other, with the boundaries of the cells and layers they lie in: drawn here, so that no map is asked for anywhere.

use ledger::StoreError;
use ledger::community::hazard::Hazard;
use ledger::policy::Position;
use uuid::Uuid;

use crate::web::{Web, words};

/// How large it is drawn, in its own units, and how much of that is margin.
const SIDE: f64 = 320.0;
const MARGIN: f64 = 12.0;
/// The least that is shown, in millionths of a degree: about two hundred metres.
const LEAST: f64 = 2_000.0;
/// How many cells and layers are drawn at most, and how many corners a layer may have: it is an outline, no map.
const MOST: usize = 200;
const CORNERS: i64 = 2_000;

/// What is drawn.
pub struct Map {
    pub side: i64,
    pub dots: Vec<Dot>,
    pub outlines: Vec<Outline>,
}

/// A hazard.
pub struct Dot {
    pub x: i64,
    pub y: i64,
    pub id: Uuid,
    pub category: &'static str,
    pub overdue: bool,
}

/// The boundary of a cell or a layer.
pub struct Outline {
    /// As SVG writes a path.
    pub path: String,
    pub name: String,
    pub layer: bool,
}

/// What part of the world is drawn: its middle and its extent, in millionths of a degree of latitude. A degree of longitude is shorter than one of
/// latitude, by its cosine.
struct Frame {
    x: f64,
    y: f64,
    shrink: f64,
    span: f64,
}

impl Map {
    /// Of those whose place is known; nothing if none is.
    pub async fn of(web: &Web, hazards: &[Hazard]) -> Result<Option<Self>, StoreError> {
        let placed = hazards.iter();
        let placed: Vec<_> = placed
            .filter_map(|hazard| Some((hazard, millionths(hazard.position?))))
            .collect();
        if placed.is_empty() {
            return Ok(None);
        }
        let frame = Frame::around(placed.iter().map(|(_, place)| *place));
        let dots = placed.iter().map(|(hazard, place)| {
            let (x, y) = frame.at(*place);
            Dot {
                x,
                y,
                id: hazard.id.0,
                category: words::hazard_category(hazard.category),
                overdue: hazard.due_at().is_some_and(|due| due <= web.now()),
            }
        });
        Ok(Some(Self {
            side: whole(SIDE),
            dots: dots.collect(),
            outlines: outlines(web, &frame).await?,
        }))
    }
}

/// Layers first, so that cells are drawn over them.
async fn outlines(web: &Web, frame: &Frame) -> Result<Vec<Outline>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let mut layers = ledger.layer_views(program).await?;
    layers.retain(|layer| layer.effective_from <= web.now());
    let mut outlines = Vec::new();
    // Of each layer the version in force: they come by name, the newest last.
    for same in layers.chunk_by(|one, other| one.name == other.name) {
        let Some(layer) = same.last().filter(|layer| layer.corners <= CORNERS) else {
            continue;
        };
        let area = ledger.layer_area(program, &layer.name, layer.effective_from);
        if let Some(area) = area.await? {
            outlines.push(Outline {
                path: frame.path(&area.rings()),
                name: layer.name.clone(),
                layer: true,
            });
        }
    }
    let cells = ledger.grids_in(program, frame.bounds()).await?;
    outlines.extend(cells.into_iter().map(|cell| Outline {
        path: frame.path(&cell.area.rings()),
        name: cell.name,
        layer: false,
    }));
    outlines.truncate(MOST);
    Ok(outlines)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double holds every millionth of a degree"
)]
const fn millionths(place: Position) -> (f64, f64) {
    (
        place.longitude_millionths() as f64,
        place.latitude_millionths() as f64,
    )
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees in millionths, and a few hundred units"
)]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

impl Frame {
    fn around(places: impl Iterator<Item = (f64, f64)>) -> Self {
        let none = (f64::MAX, f64::MIN);
        let wider = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (xs, ys) = places.fold((none, none), |(xs, ys), (x, y)| {
            (wider(xs, x), wider(ys, y))
        });
        let y = f64::midpoint(ys.0, ys.1);
        let shrink = (y / 1_000_000.0).to_radians().cos();
        Self {
            x: f64::midpoint(xs.0, xs.1),
            y,
            shrink,
            span: ((xs.1 - xs.0) * shrink).max(ys.1 - ys.0).max(LEAST),
        }
    }

    /// Where a place is drawn.
    fn at(&self, (x, y): (f64, f64)) -> (i64, i64) {
        let units = |from_middle: f64| {
            whole((from_middle / self.span).mul_add(SIDE - 2.0 * MARGIN, SIDE / 2.0))
        };
        (units((x - self.x) * self.shrink), units(self.y - y))
    }

    /// The rectangle that is drawn: west, south, east, north.
    fn bounds(&self) -> [i64; 4] {
        let half = self.span * SIDE / (SIDE - 2.0 * MARGIN) / 2.0;
        let wide = half / self.shrink.max(0.01);
        [self.x - wide, self.y - half, self.x + wide, self.y + half].map(whole)
    }

    fn path(&self, rings: &[Vec<Vec<[i64; 2]>>]) -> String {
        let mut path = String::new();
        for ring in rings.iter().flatten() {
            for (index, [x, y]) in ring.iter().enumerate() {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a double holds every millionth of a degree"
                )]
                let (x, y) = self.at((*x as f64, *y as f64));
                path.push_str(&format!("{}{x} {y}", if index == 0 { "M" } else { "L" }));
            }
            path.push('Z');
        }
        path
    }
}
