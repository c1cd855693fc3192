//! The file of providers, and what is wrong with one.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

/// What every discovery address ends in.
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A provider as configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// For which programme, by its code.
    pub program: String,
    /// What it is called in paths.
    pub name: String,
    /// What people read.
    pub label: String,
    /// Where it says what it is.
    pub discovery: String,
    /// What it calls this server.
    pub client_id: String,
    /// In which file the secret is that it gave this server.
    client_secret_file: Option<PathBuf>,
    /// Or in which variable.
    client_secret_env: Option<String>,
    /// What it is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The claim that says by which name a staff member or clerk logs in here.
    pub staff_claim: Option<String>,
    /// The claim that says a member's phone.
    pub phone_claim: Option<String>,
    /// Believe a phone that the provider has not verified.
    #[serde(default)]
    pub unverified_phones: bool,
    /// Ways of having logged in there (`amr`, RFC 8176) of which one is as good as the second step here.
    #[serde(default)]
    pub require_amr: Vec<String>,
    /// Classes of log-in there (`acr`) of which each is.
    #[serde(default)]
    pub require_acr: Vec<String>,
    /// Whom people ask whom it leads nowhere.
    pub contact: String,
}

/// Reads the file; the error says what is wrong and where.
pub fn read(text: &str) -> Result<Vec<Given>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        provider: Vec<Given>,
    }
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut names = HashSet::new();
    for given in &file.provider {
        let wrong = |why: &str| Err(format!("the provider {:?}: {why}", given.name));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if given.name.is_empty() || !given.name.chars().all(plain) {
            return wrong("a name has lower-case letters, digits and hyphens");
        }
        if !names.insert((given.program.as_str(), given.name.as_str())) {
            return wrong("the programme has two of this name");
        }
        if given.client_secret_file.is_some() && given.client_secret_env.is_some() {
            return wrong("give client_secret_file or client_secret_env, not both");
        }
        if given.contact.trim().is_empty() {
            return wrong("contact says whom people ask who are not let in");
        }
    }
    Ok(file.provider)
}

impl Given {
    /// The provider's own address, from which discovery's follows. Whoever could change what it says could log in as anybody.
    pub fn issuer(&self) -> Result<String, String> {
        let issuer = self.discovery.strip_suffix(DISCOVERY);
        let issuer = issuer.unwrap_or(&self.discovery).to_owned();
        let why = |why: &str| format!("the provider {:?}: discovery {why}", self.name);
        let url: Url = issuer
            .parse()
            .map_err(|error| why(&format!("cannot be read: {error}")))?;
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here(&url));
        if is_safe {
            Ok(issuer)
        } else {
            Err(why("begins with https://, unless it is on this machine"))
        }
    }

    /// Its secret, if it gave one.
    pub fn secret(&self) -> Result<Option<String>, String> {
        let why = |what: &str, error: String| {
            format!(
                "the provider {:?}: {what} cannot be read: {error}",
                self.name
            )
        };
        let secret = match (&self.client_secret_file, &self.client_secret_env) {
            (Some(file), _) => {
                let text = std::fs::read_to_string(file);
                text.map_err(|error| why("client_secret_file", error.to_string()))?
            }
            (None, Some(name)) => {
                let text = std::env::var(name);
                text.map_err(|error| why("client_secret_env", error.to_string()))?
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(secret.trim().to_owned()))
    }
}

fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[provider]]
program = "yuhong"
name = "city"
label = "市民账号"
discovery = "https://id.example.cn/realms/city/.well-known/openid-configuration"
client_id = "jifen"
contact = "街道办"
"#;

    #[test]
    fn a_file_is_read_and_what_is_wrong_is_told() {
        let given = read(FILE).expect("a file");
        let issuer = given[0].issuer();
        assert_eq!(issuer.as_deref(), Ok("https://id.example.cn/realms/city"));
        assert_eq!(given[0].secret(), Ok(None));
        for (from, into, why) in [
            ("label", "lable", "line 5, column 1"),
            ("\"city\"", "\"City\"", "lower-case"),
            ("街道办", " ", "contact"),
            (
                "contact",
                "client_secret_file = \"a\"\nclient_secret_env = \"b\"\ncontact",
                "not both",
            ),
        ] {
            let error = read(&FILE.replace(from, into)).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
        let twice = read(&format!("{FILE}{FILE}")).expect_err("two of one name");
        assert!(twice.contains("two of this name"), "{twice}");
    }

    #[test]
    fn only_who_is_here_is_asked_in_the_clear() {
        let mut given = read(FILE).expect("a file").remove(0);
        for (discovery, good) in [
            ("http://127.0.0.1:9400", true),
            ("http://[::1]:9400/.well-known/openid-configuration", true),
            ("http://localhost:9400/", true),
            ("http://id.example.cn", false),
            ("http://127.0.0.1.example.cn", false),
            ("ftp://127.0.0.1", false),
            ("id.example.cn", false),
        ] {
            discovery.clone_into(&mut given.discovery);
            assert_eq!(given.issuer().is_ok(), good, "{discovery}");
        }
    }
}
