//! What every answer tells browsers to leave alone, in one place.

use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};

/// Of what is no page: nothing may be made of it.
const DATA: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Of pages: our own style sheet, scripts and pictures, and photos just taken; asks and forms only to ourselves; nothing inline, nothing from
/// elsewhere, no frames.
const PAGE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:; connect-src 'self'; \
    worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Of the API's description: it asks for its own JSON, sends what is tried out, and has its icons in its style sheet.
const DOCS: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// What stands on every answer, unless a handler says otherwise.
const FIXED: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    // What is not said to be for all is for whoever asked: balances, names, forms.
    (header::CACHE_CONTROL, "no-store"),
];

/// A year: who came over TLS once comes over TLS from then on.
const HSTS: &str = "max-age=31536000";

/// Adds them. `path` is the request's; `secure` says that it came over TLS.
pub fn harden(headers: &mut HeaderMap, path: &str, secure: bool) {
    for (name, value) in FIXED {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    let kind = headers.get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let docs = path == "/docs" || path.starts_with("/docs/");
    let (policy, referrer) = match (docs, is_page) {
        (true, _) => (DOCS, "no-referrer"),
        // Without a referrer, browsers do not say of a form where it comes from, and it would be refused.
        (false, true) => (PAGE, "same-origin"),
        (false, false) => (DATA, "no-referrer"),
    };
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(policy));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static(referrer));
    if secure {
        let hsts = HeaderValue::from_static(HSTS);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hardened(path: &str, kind: &'static str, secure: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        harden(&mut headers, path, secure);
        headers
    }

    #[test]
    fn each_kind_of_answer_may_do_what_it_needs_and_nothing_inline() {
        for (path, kind, may) in [
            (
                "/v1/awards",
                "application/json",
                "default-src 'none'; base-uri",
            ),
            (
                "/yuhong/me",
                "text/html; charset=utf-8",
                "form-action 'self'",
            ),
            ("/docs/", "text/html", "connect-src 'self'"),
            (
                "/docsical",
                "application/json",
                "default-src 'none'; base-uri",
            ),
        ] {
            let headers = hardened(path, kind, false);
            let policy = headers[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .expect("text");
            assert!(policy.contains(may), "{path}: {policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{path}");
            assert!(!policy.contains("unsafe"), "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
            assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        }
        let secure = hardened("/", "text/html", true);
        assert!(secure.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn a_handler_may_say_otherwise() {
        let mut headers = HeaderMap::new();
        let kept = HeaderValue::from_static("public, max-age=60");
        headers.insert(header::CACHE_CONTROL, kept.clone());
        harden(&mut headers, "/assets/page.css", false);
        assert_eq!(headers[header::CACHE_CONTROL], kept);
    }
}
