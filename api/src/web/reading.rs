//! How somebody reads pages: in which language, and how large.
//!
//! It holds for a request and is asked for where words are chosen, so that no page hands it on. Outside a request it is Chinese.
//! Both texts of a sentence stand side by side in the code: neither can be forgotten, and a page is read in one place.

use std::borrow::Borrow;

use axum::Form;
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use ledger::policy::Language;
use serde::Deserialize;

/// What a reader chose, and where they are.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Of the page's words. What people and policies are called stays as it is on record.
    pub language: Language,
    /// 长辈模式: larger text, larger targets.
    pub large: bool,
    /// The path that was asked for.
    pub path: String,
}

tokio::task_local! {
    static READING: Reading;
}

const LANGUAGE: &str = "jifen-language";
const SIZE: &str = "jifen-size";

impl Reading {
    /// Of this request.
    pub fn current() -> Self {
        let outside = |_| Self {
            language: Language::Zh,
            large: false,
            path: String::new(),
        };
        READING.try_with(Self::clone).unwrap_or_else(outside)
    }

    fn of(headers: &HeaderMap, uri: &Uri) -> Self {
        let jar = CookieJar::from_headers(headers);
        let chosen = |name| jar.get(name).map(Cookie::value);
        Self {
            language: match chosen(LANGUAGE) {
                Some("en") => Language::En,
                Some(_) => Language::Zh,
                None => asked_for(headers),
            },
            large: chosen(SIZE) == Some("large"),
            path: uri.path().to_owned(),
        }
    }
}

/// The language of this request.
pub fn language() -> Language {
    READING
        .try_with(|reading| reading.language)
        .unwrap_or(Language::Zh)
}

/// What a browser asks for: English only where it wants English and could not read Chinese.
fn asked_for(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE);
    let asked = asked
        .and_then(|text| text.to_str().ok())
        .unwrap_or_default();
    let tags = || asked.split(',').map(|tag| tag.trim().to_ascii_lowercase());
    match tags().any(|tag| tag.starts_with("en")) && !tags().any(|tag| tag.starts_with("zh")) {
        true => Language::En,
        false => Language::Zh,
    }
}

/// The text in the reader's language.
pub fn t(zh: &'static str, en: &'static str) -> &'static str {
    match language() {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// The same with values in it, as `format!` takes them: each language names those it needs.
macro_rules! say {
    ($zh:literal, $en:literal $(,)?) => {
        match $crate::web::reading::language() {
            ::ledger::policy::Language::Zh => format!($zh),
            ::ledger::policy::Language::En => format!($en),
        }
    };
}
pub(in crate::web) use say;

/// "3 笔", "1 award", "3 awards".
pub fn counted(number: usize, zh: &str, one: &str, many: &str) -> String {
    match (language(), number) {
        (Language::Zh, _) => format!("{number} {zh}"),
        (Language::En, 1) => format!("1 {one}"),
        (Language::En, _) => format!("{number} {many}"),
    }
}

/// What templates call by these names.
pub trait Say {
    /// The text in the reader's language.
    fn t(&self, zh: &'static str, en: &'static str) -> &'static str {
        t(zh, en)
    }

    /// Whether whole passages are to be English.
    fn english(&self) -> bool {
        language() == Language::En
    }

    /// "3 笔", "1 award", "3 awards".
    fn counted(&self, number: impl Borrow<usize>, zh: &str, one: &str, many: &str) -> String {
        counted(*number.borrow(), zh, one, many)
    }
}

impl<T: askama::Template> Say for T {}

/// What somebody says to the reader of a request, outside of pages.
pub fn said_to<T>(headers: &HeaderMap, uri: &Uri, said: impl FnOnce() -> T) -> T {
    READING.sync_scope(Reading::of(headers, uri), said)
}

/// Has what is made of a request said in its reader's words.
pub async fn follow(request: Request, next: Next) -> Response {
    let reading = Reading::of(request.headers(), request.uri());
    READING.scope(reading, next.run(request)).await
}

/// What is chosen; what is not named stays.
#[derive(Deserialize)]
pub struct Choice {
    language: Option<String>,
    size: Option<String>,
}

/// `POST /reading`: keeps the choice in this browser, and leads back.
pub async fn choose(headers: HeaderMap, jar: CookieJar, Form(choice): Form<Choice>) -> Response {
    let mut jar = jar;
    if let Some(language) = choice.language.filter(|tag| tag == "en" || tag == "zh") {
        jar = jar.add(kept(LANGUAGE, language));
    }
    if let Some(size) = choice
        .size
        .filter(|size| size == "large" || size == "normal")
    {
        jar = jar.add(kept(SIZE, size));
    }
    (jar, Redirect::to(&came_from(&headers))).into_response()
}

fn kept(name: &'static str, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build();
    cookie.make_permanent();
    cookie
}

/// The page whose form this was: only its path, so that it leads nowhere else.
fn came_from(headers: &HeaderMap) -> String {
    let referrer = headers.get(header::REFERER);
    let referrer = referrer.and_then(|text| text.to_str().ok()?.parse::<Uri>().ok());
    let path = referrer.as_ref().and_then(Uri::path_and_query);
    let path = path.map_or("/", PathAndQuery::as_str);
    // Two slashes would name another host.
    match path.starts_with("//") {
        true => "/".to_owned(),
        false => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn english_is_for_who_asks_for_it_and_reads_no_chinese() {
        let asked =
            |text| Reading::of(&with(header::ACCEPT_LANGUAGE, text), &Uri::default()).language;
        assert_eq!(asked("en-US,en;q=0.9"), Language::En);
        assert_eq!(asked("en-US,en;q=0.9,zh;q=0.5"), Language::Zh);
        assert_eq!(asked("fr"), Language::Zh);
        let chosen = |text| Reading::of(&with(header::COOKIE, text), &Uri::default());
        assert_eq!(chosen("jifen-language=en").language, Language::En);
        assert!(chosen("jifen-language=x; jifen-size=large").large);
    }

    #[test]
    fn a_choice_leads_back_to_its_page_and_nowhere_else() {
        for (referrer, path) in [
            (
                "http://here.example/yuhong/me?before=3",
                "/yuhong/me?before=3",
            ),
            ("http://here.example//evil.example/", "/"),
            ("nonsense here", "/"),
        ] {
            assert_eq!(came_from(&with(header::REFERER, referrer)), path);
        }
        assert_eq!(came_from(&HeaderMap::new()), "/");
    }

    #[tokio::test]
    async fn words_follow_their_reader() {
        let english = Reading {
            language: Language::En,
            large: false,
            path: String::new(),
        };
        let (award, points) = ("award", 3);
        let said = || say!("{points} 分", "{points} points for an {award}");
        let both = READING.scope(english, async {
            (said(), counted(1, "笔", "award", "awards"))
        });
        assert_eq!(
            both.await,
            ("3 points for an award".to_owned(), "1 award".to_owned())
        );
        assert_eq!(
            (said(), counted(1, "笔", "award", "awards")),
            ("3 分".to_owned(), "1 笔".to_owned())
        );
    }
}
