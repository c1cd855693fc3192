//! In which language people are answered.

use axum::http::{HeaderMap, header};
use ledger::policy::Language;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// A language people read.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LangQuery {
    /// zh (if not said) or en
    #[param(inline)]
    lang: Option<Lang>,
}

impl LangQuery {
    /// As asked for; Chinese if not.
    pub fn language(&self) -> Language {
        match self.lang.unwrap_or_default() {
            Lang::Zh => Language::Zh,
            Lang::En => Language::En,
        }
    }

    /// As asked for; if not, English for a caller whose Accept-Language begins with it.
    pub fn or_accepted(&self, headers: &HeaderMap) -> Language {
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or("");
        let english = accepted
            .trim_start()
            .get(..2)
            .is_some_and(|first| first.eq_ignore_ascii_case("en"));
        match self.lang {
            None if english => Language::En,
            _ => self.language(),
        }
    }
}
