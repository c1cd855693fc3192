//! A browser on its way between a server and a provider of identities: it keeps cookies, and follows nothing by itself.

use std::io::Write;
use std::ops::{Deref, DerefMut};

use tests::backend::Database;
use tests::http::Answer;
use tests::server::Server;
use tests::story::{KEYS, Story};

/// Where browsers are told to come back to. Nobody listens there: the tests ask the server itself.
const PUBLIC: &str = "http://127.0.0.1:9";

/// A server that lets people in through one provider, called `city`.
pub async fn serve(db: &Database, story: &Story, provider: &str, more: &str) -> Server {
    serve_at(db, story, provider, more, "1000").await
}

/// The same at so many log-ins a minute from one address.
pub async fn serve_at(
    db: &Database,
    story: &Story,
    provider: &str,
    more: &str,
    rate: &str,
) -> Server {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let program = story.program;
    writeln!(
        file,
        "[[provider]]\nprogram = \"{program}\"\nname = \"city\"\nlabel = \"市民账号\"\n\
         discovery = \"{provider}/.well-known/openid-configuration\"\nclient_id = \"jifen\"\n\
         client_secret_env = \"CITY_SECRET\"\ncontact = \"街道办王老师\"\n\
         scopes = [\"openid\", \"profile\", \"phone\"]\n{more}"
    )
    .unwrap();
    Server::start_with(&db.url, |command| {
        command
            .env("JIFEN_MASTER_KEY", KEYS)
            .env("NO_PROXY", "127.0.0.1")
            .env("CITY_SECRET", "of the city")
            .args(["--public-url", PUBLIC, "--login-rate", rate, "--oidc"])
            .arg(file.path());
    })
    .await
}

/// See the module.
#[derive(Clone)]
pub struct Browser {
    browser: tests::browser::Browser,
    start: String,
}

impl Deref for Browser {
    type Target = tests::browser::Browser;

    fn deref(&self) -> &Self::Target {
        &self.browser
    }
}

impl DerefMut for Browser {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.browser
    }
}

impl Browser {
    pub fn new(server: &Server, story: &Story) -> Self {
        Self {
            browser: tests::browser::Browser::new(server.base_url()),
            start: format!("/{}/login/oidc/city", story.program),
        }
    }

    /// Off to the provider: the address there.
    pub async fn set_out(&mut self) -> String {
        let start = self.start.clone();
        let sent = self.get(&start).await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        sent.header("location").unwrap().to_owned()
    }

    /// What the server answers where it could not.
    pub async fn try_to_set_out(&mut self) -> Answer {
        let start = self.start.clone();
        self.get(&start).await
    }

    /// Back with what the provider gave: `?code=…&state=…`.
    pub async fn come_back(&mut self, query: &str) -> Answer {
        let path = format!("{}/callback{query}", self.start);
        self.get(&path).await
    }

    /// The part of an address that it brings back, which must be ours.
    pub fn brought(&self, address: &str) -> String {
        let ours = format!("{PUBLIC}{}/callback", self.start);
        let query = address.strip_prefix(&ours);
        query
            .unwrap_or_else(|| panic!("{address} is elsewhere"))
            .to_owned()
    }
}

/// A parameter of an address. None that is looked at needs decoding.
pub fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.into_iter().find(|(known, _)| *known == name);
    found
        .unwrap_or_else(|| panic!("{address} has no {name}"))
        .1
        .to_owned()
}
