//! The style sheet and the script, kept in the binary.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets"]
struct Assets;

/// Where a page finds the style sheet; the address changes with its content, so browsers may keep it for good.
pub static STYLE: LazyLock<String> = LazyLock::new(|| address("page.css"));
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
/// Where pages that take text files find theirs.
pub static FILES: LazyLock<String> = LazyLock::new(|| address("files.js"));

/// `GET /assets/{file}`.
pub async fn serve(Path(file): Path<String>) -> Response {
    let Some(asset) = Assets::get(&file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match file.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.data).into_response()
}
