//! Where stores and stations are. Compiled once for each database: `super` names the types and binds.

use std::collections::HashMap;

use uuid::Uuid;

use super::run::fetch_rows;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::place::{PlaceOf, Profile, metres_within, walking_minutes};
use crate::ids::ProgramId;
use crate::machine::State;
use crate::policy::Position;
use crate::store::columns::Column;
use crate::store::views::{NearFilter, PlaceView};
use crate::store::{StoreError, place_text as text};

/// How many places within walking time are looked at. No town has as many.
const MOST: i64 = 10_000;
/// How many offers of a store are shown with it.
const OFFERS: usize = 20;
/// Metres in a degree of latitude, a little less than there are anywhere: what is looked at is never too small.
const METRES_A_DEGREE: f64 = 110_000.0;

fn profile(id: Uuid, body: &str) -> Result<Profile, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::corrupt("places", "body", id, error))
}

impl Tx<'_> {
    /// What was said of places, once their stores and stations are saved.
    pub(super) async fn save_places(&mut self, state: &State) -> Result<(), StoreError> {
        let described = &state.places.described;
        if described.is_empty() {
            return Ok(());
        }
        let rows = || described.values();
        let store = |profile: &Profile| match profile.of {
            PlaceOf::Store(id) => Some(id.0),
            PlaceOf::Site(_) => None,
        };
        let site = |profile: &Profile| match profile.of {
            PlaceOf::Site(id) => Some(id.0),
            PlaceOf::Store(_) => None,
        };
        let columns = [
            Column::uuids(described.keys().copied()),
            Column::Uuid(rows().map(store).collect()),
            Column::Uuid(rows().map(site).collect()),
            Column::Int(
                rows()
                    .map(|p| p.position.map(Position::latitude_millionths))
                    .collect(),
            ),
            Column::Int(
                rows()
                    .map(|p| p.position.map(Position::longitude_millionths))
                    .collect(),
            ),
            Column::texts(rows().map(|p| serde_json::to_string(p).unwrap_or_default())),
        ];
        self.run(&text::DESCRIBE_PLACES, columns).await?;
        Ok(())
    }
}

/// Around a place: the least and greatest latitude and longitude, in millionths of a degree.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "degrees of the globe in millionths fit either way"
)]
fn around(place: Position, metres: f64) -> [i64; 4] {
    let (y, x) = (place.latitude_millionths(), place.longitude_millionths());
    let up = (metres / METRES_A_DEGREE * 1e6).ceil();
    let shrunk = (y as f64 / 1e6).to_radians().cos().max(0.01);
    let (up, side) = (up as i64, (up / shrunk).ceil() as i64);
    [y - up, y + up, x - side, x + side]
}

impl Store {
    /// What is known of a store or station.
    pub async fn profile(
        &self,
        program: ProgramId,
        id: Uuid,
    ) -> Result<Option<Profile>, StoreError> {
        let rows: Vec<(String,)> = self.query(program, &text::PLACE, [id.into()]).await?;
        let first = rows.into_iter().next();
        first.map(|(body,)| profile(id, &body)).transpose()
    }

    /// A page of stations, and stores of merchants that take part, within walking time of a place, the nearest first; with what stores offer now.
    pub async fn places_near(
        &self,
        program: ProgramId,
        filter: &NearFilter,
    ) -> Result<Vec<PlaceView>, StoreError> {
        let reach = metres_within(filter.minutes);
        let [south, north, west, east] = around(filter.here, reach);
        let values = [south, north, west, east, MOST].map(Into::into);
        let rows: Vec<(Uuid, i64, i64)> = self.query(program, &text::PLACES_WITHIN, values).await?;
        let mut near: Vec<(f64, Uuid)> = rows
            .into_iter()
            .filter_map(|(id, latitude, longitude)| {
                let place = Position::from_millionths(latitude, longitude)?;
                let metres = filter.here.metres_to(place);
                (metres <= reach).then_some((metres, id))
            })
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let count = |number: i64| usize::try_from(number).unwrap_or_default();
        let page: Vec<(f64, Uuid)> = near
            .into_iter()
            .skip(count(filter.skip))
            .take(count(filter.limit))
            .collect();
        self.place_views(program, &page, filter.now).await
    }

    async fn place_views(
        &self,
        program: ProgramId,
        near: &[(f64, Uuid)],
        now: Timestamp,
    ) -> Result<Vec<PlaceView>, StoreError> {
        let local = self.calendar(program).await?.local(now);
        let ids = [Column::uuids(near.iter().map(|(_, id)| *id))];
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<(Uuid, String, String, String)> =
            fetch_rows(&mut reader, &text::PLACES, program.0, &ids).await?;
        drop(reader);
        let mut known = HashMap::with_capacity(rows.len());
        let mut stores = Vec::new();
        for (id, name, address, body) in rows {
            let profile = profile(id, &body)?;
            if let PlaceOf::Store(store) = profile.of {
                stores.push(store);
            }
            known.insert(id, (name, address, profile));
        }
        let mut open = self.open_at(program, &stores, now, OFFERS).await?;
        let mut views = Vec::with_capacity(near.len());
        for (metres, id) in near {
            let Some((name, address, profile)) = known.remove(id) else {
                continue;
            };
            let offers = match profile.of {
                PlaceOf::Site(_) => Vec::new(),
                PlaceOf::Store(store) => open.remove(&store).unwrap_or_default(),
            };
            let told = !profile.hours.0.is_empty();
            views.push(PlaceView {
                name,
                address,
                metres: *metres,
                minutes: walking_minutes(*metres),
                open: told.then(|| profile.hours.hold(local)),
                profile,
                offers,
            });
        }
        Ok(views)
    }
}
