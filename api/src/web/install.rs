//! What lets a phone keep the pages: a manifest, icons, and the worker that shows them without a network.

use std::sync::LazyLock;

use askama::Template;
use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use serde_json::{Value, json};

use super::assets::{self, ICONS, OFFLINE, SCRIPT, SQUARE, STORE, STYLE};
use super::page::{Frame, Page, show};
use super::reading::{Say, t};
use super::visitor::At;

/// `GET /{program}/manifest.webmanifest`, as the Web Application Manifest says.
pub async fn manifest(At(web): At) -> impl IntoResponse {
    let icon = |file: &str, sizes: &str, kind: &str| -> Value {
        json!({ "src": format!("/assets/{file}"), "sizes": sizes, "type": kind, "purpose": "any" })
    };
    let manifest = json!({
        "id": web.path("me"),
        "name": web.program.name,
        "short_name": t("积分", "Points"),
        "lang": t("zh-CN", "en"),
        "start_url": web.path("me"),
        "scope": web.path(""),
        "display": "standalone",
        "background_color": "#f2f5f2",
        "theme_color": "#003d34",
        "icons": [
            icon("icon.svg", "any", "image/svg+xml"),
            icon("icon-192.png", "192x192", "image/png"),
            icon("icon-512.png", "512x512", "image/png"),
        ],
        "shortcuts": [
            { "name": t("随手拍", "Report a hazard"), "url": web.path("hazards") },
            { "name": t("没有信号时付款", "Pay without signal"), "url": web.path("me/offline") },
        ],
    });
    let kind = (header::CONTENT_TYPE, "application/manifest+json");
    ([kind], Json(manifest))
}

/// `GET /{program}/sw.js`: the worker, told where it is and what to keep. It changes when anything that it keeps does.
pub async fn worker(At(web): At) -> impl IntoResponse {
    let shell = json!([
        *STYLE,
        *SCRIPT,
        *ICONS,
        *STORE,
        *SQUARE,
        *OFFLINE,
        "/assets/icon.svg"
    ]);
    let home = json!(format!("/{}", web.program.code));
    let zone = web.zone();
    let zone = json!(zone.iana_name().unwrap_or("UTC"));
    let (store, script) = (assets::text("store.js"), assets::text("sw.js"));
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        // A worker asks by its own policy.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; connect-src 'self'",
        ),
    ];
    (
        headers,
        format!(
            "const HOME = {home};\nconst ZONE = {zone};\nconst SHELL = {shell};\n{store}\n{script}"
        ),
    )
}

#[derive(Template)]
#[template(path = "offline.html")]
struct Offline {
    frame: Frame,
    /// Whether something was kept to be sent.
    queued: bool,
}

/// `GET /{program}/offline`: in place of what was not kept.
pub async fn offline(At(web): At) -> Page {
    show(&Offline {
        frame: Frame::new(&web, t("没有网络", "No network"), None),
        queued: false,
    })
}

/// `GET /{program}/queued`: in place of the answer to what is sent later.
pub async fn queued(At(web): At) -> Page {
    show(&Offline {
        frame: Frame::new(&web, t("存好了", "Kept"), None),
        queued: true,
    })
}

/// The icon as PNG, for phones that take no SVG: so many pixels on a side.
pub fn icon(side: u32) -> Vec<u8> {
    static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| drawn(192));
    static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| drawn(512));
    match side {
        192 => SMALL.clone(),
        _ => LARGE.clone(),
    }
}

/// The ground, and on it the mark: two strokes with round ends, as in `icon.svg`, whose side is 32.
fn drawn(side: u32) -> Vec<u8> {
    const GROUND: [f32; 3] = [0.0, 84.0, 71.0];
    const CORNERS: [(f32, f32); 3] = [(9.0, 17.0), (14.0, 22.0), (23.0, 10.0)];
    const HALF: f32 = 1.75;
    let unit = 32.0 / f64::from(side) as f32;
    let mut pixels = Vec::new();
    for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
        let at = ((x as f32 + 0.5) * unit, (y as f32 + 0.5) * unit);
        let strokes = CORNERS
            .windows(2)
            .map(|ends| distance(at, ends[0], ends[1]));
        let nearest = strokes.fold(f32::MAX, f32::min);
        // White within the stroke, the ground outside, and half a pixel of both between.
        let white = ((HALF - nearest) / unit + 0.5).clamp(0.0, 1.0);
        pixels.extend(GROUND.map(|ground| (ground + (255.0 - ground) * white) as u8));
    }
    let mut png = Vec::new();
    let written =
        PngEncoder::new(&mut png).write_image(&pixels, side, side, ExtendedColorType::Rgb8);
    written.map_or_else(|_| Vec::new(), |()| png)
}

/// From a point to a stretch between two others.
fn distance((x, y): (f32, f32), (ax, ay): (f32, f32), (bx, by): (f32, f32)) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (x - ax - along * dx).hypot(y - ay - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_a_white_mark_on_the_ground() {
        let icon = image::load_from_memory(&icon(192))
            .expect("a picture")
            .to_rgb8();
        assert_eq!(icon.dimensions(), (192, 192));
        assert_eq!(icon.get_pixel(0, 0).0, [0, 84, 71]);
        // The mark's lowest corner, at (14, 22) of 32.
        assert_eq!(icon.get_pixel(84, 132).0, [255, 255, 255]);
    }
}
