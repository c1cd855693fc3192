//! A browser on its way between a server and a provider of identities: it keeps cookies, and follows nothing by itself.

use std::collections::BTreeMap;
use std::io::Write;

use hyper::Method;
use hyper::body::Bytes;
use tests::backend::Database;
use tests::http::{Answer, Client};
use tests::server::Server;
use tests::story::{KEYS, Story};

/// Where browsers are told to come back to. Nobody listens there: the tests ask the server itself.
const PUBLIC: &str = "http://127.0.0.1:9";

/// A server that lets people in through one provider, called `city`.
pub async fn serve(db: &Database, story: &Story, provider: &str, more: &str) -> Server {
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
            .args(["--public-url", PUBLIC, "--login-rate", "1000", "--oidc"])
            .arg(file.path());
    })
    .await
}

/// See the module.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    start: String,
    /// What the server told it to keep.
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(server: &Server, story: &Story) -> Self {
        Self {
            client: Client::anonymous(server.base_url()),
            start: format!("/{}/login/oidc/city", story.program),
            cookies: BTreeMap::new(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// A form of one of the server's own pages.
    pub async fn form(&mut self, path: &str, fields: &str) -> Answer {
        self.send(Method::POST, path, Bytes::from(fields.to_owned()))
            .await
    }

    async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Answer {
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        if !cookies.is_empty() {
            headers.push(("cookie", cookies.as_str()));
        }
        let answer = self.client.send(method, path, &headers, body);
        let answer = answer.await.unwrap();
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match value.is_empty() {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        answer
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
