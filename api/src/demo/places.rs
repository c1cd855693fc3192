//! Where the demo takes place: streets, communities, grids and stations of 于洪区, and a made-up map of it.

use ledger::ids::derived;
use ledger::policy::{Deed, Position};

/// Layers of the map, in GeoJSON. Their outlines are made up.
pub const LAYERS: &[(&str, &str)] = &[
    (
        "yuhong-district",
        include_str!("layers/yuhong-district.geojson"),
    ),
    (
        "shaling-logistics-park",
        include_str!("layers/shaling-logistics-park.geojson"),
    ),
];

/// Latitudes and longitudes, in millionths of a degree, around which requests come in: the last is in the district next door.
const NEIGHBOURHOODS: &[(i64, i64)] = &[
    (41_795_200, 123_308_500),
    (41_810_300, 123_340_200),
    (41_782_100, 123_289_400),
    (41_827_000, 123_251_000),
    (41_760_400, 123_220_500),
    (41_845_500, 123_352_000),
    (41_740_800, 123_301_100),
    (41_870_200, 123_310_500),
    (41_801_600, 123_463_800),
];

/// Where a request was fulfilled or a hazard seen; nobody noted where other deeds happened. It follows from the deed, so that the story stays the
/// same.
pub fn position_of(deed: &Deed, away: bool) -> Option<Position> {
    let away = match deed.kind.as_str() {
        "request_fulfilled" => away,
        "hazard_report" => false,
        _ => return None,
    };
    let drawn = derived(&[b"demo place", deed.reference.as_bytes()]);
    let [one, north, east, ..] = drawn.as_bytes().map(i64::from);
    let home = NEIGHBOURHOODS.len() - 1;
    let place = usize::try_from(one).unwrap_or(0) % home;
    // Now and then a rider brings something to the district next door.
    let (latitude, longitude) = NEIGHBOURHOODS[if away && one % 40 == 0 { home } else { place }];
    Position::from_millionths(latitude + north * 20, longitude + east * 20)
}

/// The root of the tree.
pub const DISTRICT: &str = "于洪区";

/// A street with its communities; each community has two grids.
pub const STREETS: &[(&str, &[&str])] = &[
    ("迎宾路街道", &["怒江社区", "黄海社区", "松山社区"]),
    ("城东湖街道", &["永安社区", "绿洲社区", "于洪新城社区"]),
    ("沙岭街道", &["沙岭社区", "大潘社区", "宁官社区"]),
    ("陵西街道", &["西江社区", "白山社区", "淮河社区"]),
    ("南阳湖街道", &["阳光社区", "洪湖社区", "青城山社区"]),
    ("造化街道", &["旺牛社区", "造化社区", "高力社区"]),
];

/// Stations: name, the community that runs it, address.
pub const SITES: &[(&str, &str, &str)] = &[
    ("怒江暖新驿站", "怒江社区", "怒江北街 88 号一层"),
    ("黄海骑手之家", "黄海社区", "黄海路 37 号底商"),
    ("松山路司机驿站", "松山社区", "松山路 112 号"),
    ("永安暖“蜂”驿站", "永安社区", "永安路 6 号社区服务中心"),
    ("绿洲二十四小时驿站", "绿洲社区", "吉力湖街 201 号"),
    ("新城小哥加油站", "于洪新城社区", "沈新路 66 号"),
    ("沙岭货车司机之家", "沙岭社区", "沙岭路 18 号物流园东门"),
    ("大潘充电换电驿站", "大潘社区", "大潘街 9 号"),
    ("宁官快递驿站", "宁官社区", "宁官路 55 号"),
    ("西江暖新驿站", "西江社区", "西江街 140 号"),
    ("白山路骑手驿站", "白山社区", "白山路 77 号"),
    ("淮河街网约车驿站", "淮河社区", "淮河街 23 号停车场内"),
    ("阳光驿站", "阳光社区", "南阳湖街 15 号"),
    ("造化物流驿站", "造化社区", "造化大街 301 号"),
];
