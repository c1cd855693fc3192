//! In which coordinates places are given, by name.

use ledger::policy::Datum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In which coordinates a place is given.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum DatumName {
    /// Satellites, phones, GeoJSON.
    #[default]
    Wgs84,
    /// Maps published in China, such as 高德 and 腾讯.
    Gcj02,
}

impl From<DatumName> for Datum {
    fn from(name: DatumName) -> Self {
        match name {
            DatumName::Wgs84 => Self::Wgs84,
            DatumName::Gcj02 => Self::Gcj02,
        }
    }
}
