//! Which requests may change something.

use std::sync::Arc;

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Site;
use super::page::Trouble;
use super::reading::t;
use crate::auth::session::{Jar, token_of, value_of};

/// The usual page says why.
fn refused(status: StatusCode, words: &'static str) -> Response {
    let trouble = Trouble::Refused {
        status,
        words,
        after: None,
    };
    trouble.into_response()
}

/// Refuses forms sent from other sites.
pub async fn guard(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    refused(
        StatusCode::FORBIDDEN,
        t(
            "这个请求不是从本站的页面发出的，已拒绝。",
            "This request did not come from a page of this site, and was refused.",
        ),
    )
}

/// The most a form of these pages holds, in bytes.
const FORM_LIMIT: usize = 64 * 1_024;

/// The same of this page.
fn limit_of(path: &str) -> usize {
    match path {
        path if path.ends_with("/desk/grids") => super::desk::grids::LARGEST,
        path if path.contains("/desk/policies/") => super::desk::policies::LARGEST,
        _ => FORM_LIMIT,
    }
}

/// What every form carries beside its own fields.
#[derive(Deserialize)]
struct Carried {
    csrf: String,
}

/// At the door whoever brings a session is a stranger, too: a made-up one was not counted yet.
pub async fn at_door(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let app = &site.app;
    let brought = value_of(Jar::Session, request.headers(), app.secure).is_some();
    if brought && let Err(too_many) = app.count_stranger(request.extensions()) {
        return Trouble::from(too_many).into_response();
    }
    next.run(request).await
}

/// Takes forms that carry the token of the browser's session, and no others.
pub async fn of_session(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    bound(Jar::Session, &site, request, next).await
}

/// The same at the door, where there is no session yet.
pub async fn of_visit(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    bound(Jar::Visit, &site, request, next).await
}

async fn bound(jar: Jar, site: &Site, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let token = token_of(jar, request.headers(), site.app.secure);
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, limit_of(parts.uri.path())).await else {
        return refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            t(
                "一次提交的内容太多了，请减少一些再试。",
                "This is more than a form may hold. Please send less at once.",
            ),
        );
    };
    let form = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let carried = Form::<Carried>::from_request(form, &()).await;
    let meant = match (&token, carried) {
        (Some(token), Ok(Form(carried))) => token.is_csrf(&carried.csrf),
        _ => false,
    };
    if meant {
        let request = Request::from_parts(parts, Body::from(bytes));
        return next.run(request).await;
    }
    refused(
        StatusCode::FORBIDDEN,
        t(
            "这张表单已经失效，请返回上一页，刷新后再试。",
            "This form is no longer valid. Please go back, reload the page and try again.",
        ),
    )
}

/// Browsers say where a form comes from: by Sec-Fetch-Site, older ones by Origin. What says neither is no browser's form.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text("origin").and_then(|origin| origin.split_once("://"));
    match (origin, text("host")) {
        (Some((_, origin)), Some(host)) => origin == host,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let name = header::HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect()
    }

    #[tokio::test]
    async fn what_is_refused_is_told_on_a_page() {
        let words = "这张表单已经失效";
        let page = refused(StatusCode::FORBIDDEN, words);
        assert_eq!(page.status(), StatusCode::FORBIDDEN);
        assert_eq!(
            page.headers()[header::CONTENT_TYPE],
            "text/html; charset=utf-8"
        );
        let html = to_bytes(page.into_body(), FORM_LIMIT)
            .await
            .expect("a page");
        let html = String::from_utf8_lossy(&html);
        assert!(
            html.contains(words) && html.contains("<h1>没有办成</h1>"),
            "{html}"
        );
    }

    #[test]
    fn only_our_own_forms_change_something() {
        let host = ("host", "127.0.0.1:8080");
        for (sent, ours) in [
            (vec![host], false),
            (vec![host, ("origin", "http://127.0.0.1:8080")], true),
            (vec![host, ("origin", "http://evil.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("sec-fetch-site", "same-site")], false),
            (
                vec![
                    host,
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://127.0.0.1:8080"),
                ],
                false,
            ),
        ] {
            assert_eq!(is_same_origin(&headers(&sent)), ours, "{sent:?}");
        }
    }
}
