//! Questions about the map, and about what pricing looks at. This file is compiled once for each database: `super` names the types and
//! binds.

use super::Store;
use crate::clock::Timestamp;
use crate::community::{Area, LayerVersion};
use crate::ids::ProgramId;
use crate::store::views::LayerView;
use crate::store::{StoreError, query_text as text};

impl Store {
    /// How many versions of policies, budgets and versions of layers there are.
    pub async fn tariff_size(&self, program: ProgramId) -> Result<(i64, i64, i64), StoreError> {
        let rows = self.query(program, &text::TARIFF_SIZE, []).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// Every version of every layer, by name and then by when it takes effect, with what it covers.
    pub async fn layers(&self, program: ProgramId) -> Result<Vec<LayerVersion>, StoreError> {
        type Row = (String, i64, String, String);
        let rows: Vec<Row> = self.query(program, &text::LAYER_VERSIONS, []).await?;
        rows.into_iter()
            .map(|(name, from, digest, area)| {
                Ok(LayerVersion {
                    area: read(&name, &area, Some(&digest))?,
                    name,
                    effective_from: Some(Timestamp::from_micros(from)),
                })
            })
            .collect()
    }

    /// The same without what it covers.
    pub async fn layer_views(&self, program: ProgramId) -> Result<Vec<LayerView>, StoreError> {
        type Row = (String, i64, String, i64, i64);
        let rows: Vec<Row> = self.query(program, &text::LAYER_HEADS, []).await?;
        Ok(rows
            .into_iter()
            .map(|(name, from, digest, polygons, corners)| LayerView {
                name,
                digest,
                effective_from: Timestamp::from_micros(from),
                polygons,
                corners,
            })
            .collect())
    }

    /// What a version of a layer covers.
    pub async fn layer_area(
        &self,
        program: ProgramId,
        name: &str,
        effective_from: Timestamp,
    ) -> Result<Option<Area>, StoreError> {
        let values = [name.into(), effective_from.as_micros().into()];
        let rows: Vec<(String,)> = self.query(program, &text::LAYER_AREA, values).await?;
        let area = rows.into_iter().next();
        area.map(|(area,)| read(name, &area, None)).transpose()
    }
}

fn read(name: &str, text: &str, digest: Option<&str>) -> Result<Area, StoreError> {
    let corrupt = |what: String| StoreError::corrupt("layers", "area", name, what);
    let area = Area::from_text(text).map_err(corrupt)?;
    if digest.is_some_and(|digest| digest != area.digest()) {
        return Err(StoreError::corrupt(
            "layers",
            "digest",
            name,
            "it is not that of the area",
        ));
    }
    Ok(area)
}
