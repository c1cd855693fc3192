//! A handful of hazards in the cells of the map, as far as each got by the end of the story.

use std::io::Cursor;

use axum::body::Bytes;
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};
use ledger::Upload;
use ledger::community::hazard::{HazardCategory, InvalidReason, Severity};
use ledger::community::{Actor, Role};
use ledger::ids::{ActorId, AttachmentId, HazardId};
use ledger::machine::hazards::{HazardCommand, Report};
use ledger::policy::Position;

use super::cast;
use super::history::{Town, worker};
use super::records::request;
use crate::commands::Failure;
use crate::photo;

/// What a rider reports, so many days before the end.
struct Seen {
    left: i64,
    rider: usize,
    category: HazardCategory,
    /// In millionths of a degree.
    place: (i64, i64),
    words: &'static str,
    /// Of which of these photos it is shown with one.
    photo: u32,
    /// What staff did about it, so many days before the end, in order.
    steps: &'static [(i64, Did)],
}

/// What staff did.
#[derive(Clone, Copy)]
enum Did {
    Triage(Severity),
    Verify,
    Invalid(InvalidReason),
    /// It is the same as another, by its place in the list.
    Duplicate(usize),
    Assign(&'static str),
    Fix,
    Confirm,
}

use Did::{Assign, Confirm, Duplicate, Fix, Invalid, Triage, Verify};

const HAZARDS: &[Seen] = &[
    Seen {
        left: 9,
        rider: 20,
        category: HazardCategory::Fire,
        place: (41_795_400, 123_308_900),
        words: "单元门口停了一排电动车，飞线充电，消防通道走不了人。",
        photo: 1,
        steps: &[
            (8, Triage(Severity::High)),
            (8, Verify),
            (7, Assign("绿洲社区")),
            (6, Fix),
            (5, Confirm),
        ],
    },
    Seen {
        left: 9,
        rider: 33,
        category: HazardCategory::Fire,
        place: (41_795_500, 123_308_800),
        words: "楼下消防通道被电动车堵了。",
        photo: 2,
        steps: &[(8, Duplicate(0))],
    },
    Seen {
        left: 6,
        rider: 47,
        category: HazardCategory::Facility,
        place: (41_810_600, 123_340_500),
        words: "小广场的健身器材松了，一坐就晃。",
        photo: 3,
        steps: &[
            (5, Triage(Severity::Medium)),
            (5, Verify),
            (4, Assign("淮河社区")),
        ],
    },
    Seen {
        left: 4,
        rider: 58,
        category: HazardCategory::Road,
        place: (41_782_400, 123_289_700),
        words: "非机动车道井盖下沉，晚上看不见。",
        photo: 4,
        steps: &[(3, Triage(Severity::Medium)), (3, Verify)],
    },
    Seen {
        left: 3,
        rider: 64,
        category: HazardCategory::Gas,
        place: (41_827_300, 123_251_400),
        words: "楼道里有股味，像煤气。",
        photo: 5,
        steps: &[
            (3, Triage(Severity::High)),
            (3, Invalid(InvalidReason::NotFound)),
        ],
    },
    Seen {
        left: 1,
        rider: 71,
        category: HazardCategory::Electrical,
        place: (41_760_700, 123_220_900),
        words: "电线垂到人行道上，伸手就够得着。",
        photo: 6,
        steps: &[(0, Triage(Severity::High))],
    },
    Seen {
        left: 0,
        rider: 82,
        category: HazardCategory::Environment,
        place: (41_845_800, 123_352_400),
        words: "驿站后面污水外溢。",
        photo: 7,
        steps: &[],
    },
];

fn id_of(index: usize) -> HazardId {
    cast::hazard(&index.to_string())
}

impl Town<'_> {
    /// What was reported on this day, and what was done about what was reported before.
    pub async fn hazards(&self, left: i64) -> Result<(), Failure> {
        for (index, seen) in HAZARDS.iter().enumerate() {
            if seen.left == left {
                self.reported(index, seen).await?;
            }
            for (step, (day, did)) in seen.steps.iter().enumerate() {
                if *day == left {
                    let command = did.command(id_of(index));
                    let key = format!("demo-hazard-{index}-{step}");
                    let request = request(worker(0), key);
                    self.later(600);
                    self.ledger.execute_hazard(&request, command).await?;
                }
            }
        }
        Ok(())
    }

    async fn reported(&self, index: usize, seen: &Seen) -> Result<(), Failure> {
        let (ledger, program) = (self.ledger, cast::program());
        let member = self.riders[seen.rider];
        let rider = Actor {
            id: ActorId(member.0),
            role: Role::Member,
            member: Some(member),
            store: None,
            node: None,
        };
        let kept = async |upload| -> Result<AttachmentId, Failure> {
            Ok(ledger.upload(program, &rider, upload).await?.id)
        };
        let photo = photo::remake(drawn(seen.photo)?).await?;
        let position = Position::from_millionths(seen.place.0, seen.place.1);
        let cell = match position {
            Some(place) => ledger.grid_at(program, place).await?,
            None => None,
        };
        let report = Report {
            hazard: id_of(index),
            member: Some(member),
            node: cell.as_ref().and_then(|cell| cell.organization),
            category: seen.category,
            position,
            grid: cell.map(|cell| cell.code),
            team: None,
            seen_at: ledger.clock().now(),
            photos: vec![kept(photo).await?],
            text: Some(kept(Upload::Text(seen.words.to_owned())).await?),
        };
        let request = request(rider, format!("demo-hazard-{index}"));
        let report = HazardCommand::Report(report);
        ledger.execute_hazard(&request, report).await?;
        Ok(())
    }
}

impl Did {
    fn command(self, hazard: HazardId) -> HazardCommand {
        match self {
            Triage(severity) => HazardCommand::Triage {
                hazard,
                severity,
                category: None,
                position: None,
                grid: None,
            },
            Verify => HazardCommand::Verify {
                hazard,
                policy: None,
            },
            Invalid(reason) => HazardCommand::Invalid { hazard, reason },
            Duplicate(of) => HazardCommand::Duplicate {
                hazard,
                of: id_of(of),
            },
            Assign(community) => HazardCommand::Assign {
                hazard,
                node: cast::organization(community),
                staff: None,
            },
            Fix => HazardCommand::Fix { hazard },
            Confirm => HazardCommand::Confirm { hazard },
        }
    }
}

/// A picture of coloured blocks, another one for each number: nobody was photographed, and no two look alike.
fn drawn(number: u32) -> Result<Bytes, Failure> {
    let block = |x: u32, y: u32| {
        let mixed = (y / 40 * 8 + x / 40 + 1)
            .wrapping_mul(number.wrapping_mul(2_654_435_761) | 1)
            .rotate_left(13)
            .wrapping_mul(2_246_822_519);
        mixed.to_be_bytes()[0]
    };
    let pixel = |x, y| Rgb([block(x, y), block(x, y) / 2 + 60, 90]);
    let picture = DynamicImage::ImageRgb8(ImageBuffer::from_fn(320, 240, pixel));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner().into())
}
