//! The style sheet and the script, kept in the binary.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::install::icon;

#[derive(RustEmbed)]
#[folder = "assets"]
struct Assets;

/// Where a page finds the style sheet; the address changes with its content, so browsers may keep it for good.
pub static STYLE: LazyLock<String> = LazyLock::new(|| address("page.css"));
/// Where a page finds its icons.
pub static ICONS: LazyLock<String> = LazyLock::new(|| address("icons.svg"));
/// Where a page finds the script.
pub static SCRIPT: LazyLock<String> = LazyLock::new(|| address("page.js"));

fn address(file: &str) -> String {
    let version = Assets::get(file).map_or(0, |asset| {
        let hash = asset.metadata.sha256_hash();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    });
    format!("/assets/{file}?v={version:08x}")
}

/// Where the page of a patrol finds its own.
pub static PATROL: LazyLock<String> = LazyLock::new(|| address("patrol.js"));
/// Where the page for paying without signal finds its own.
pub static OFFLINE: LazyLock<String> = LazyLock::new(|| address("offline.js"));
/// Where it finds what keeps its key.
pub static STORE: LazyLock<String> = LazyLock::new(|| address("store.js"));
/// Where it finds what draws its codes for a camera.
pub static SQUARE: LazyLock<String> = LazyLock::new(|| address("square.js"));
/// Where pages with a camera find theirs.
pub static SCAN: LazyLock<String> = LazyLock::new(|| address("scan.js"));
/// Where pages that take text files find theirs.
pub static FILES: LazyLock<String> = LazyLock::new(|| address("files.js"));

/// For a year; what changes has another address.
const KEPT: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");

/// The names of the icons.
pub fn icons() -> Vec<&'static str> {
    include_str!("../../assets/icons.svg")
        .split("<symbol id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// A script as it stands in the binary.
pub fn text(file: &str) -> String {
    let asset = Assets::get(file).map(|asset| asset.data.into_owned());
    String::from_utf8(asset.unwrap_or_default()).unwrap_or_default()
}

/// `GET /assets/{file}`.
pub async fn serve(Path(file): Path<String>) -> Response {
    let drawn = |side| ([(header::CONTENT_TYPE, "image/png"), KEPT], icon(side)).into_response();
    match file.as_str() {
        "icon-192.png" => return drawn(192),
        "icon-512.png" => return drawn(512),
        _ => {}
    }
    let Some(asset) = Assets::get(&file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match file.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [(header::CONTENT_TYPE, kind), KEPT];
    (headers, asset.data).into_response()
}
