//! A browser without a screen: it keeps cookies, sends forms from the server's own pages, and follows nothing by itself.

use std::collections::BTreeMap;

use hyper::Method;
use hyper::body::Bytes;

use crate::http::{Answer, Client};

/// See the module.
#[derive(Clone, Debug)]
pub struct Browser {
    client: Client,
    /// What the server told it to keep.
    pub cookies: BTreeMap<String, String>,
}

/// What the forms of a page carry.
///
/// # Panics
/// When the page has no form.
pub fn csrf(page: &Answer) -> String {
    let (_, rest) = page
        .text
        .split_once("name=\"csrf\" value=\"")
        .expect(&page.text);
    rest.split('"').next().unwrap_or_default().to_owned()
}

impl Browser {
    /// At a server's door, with no cookie yet.
    pub fn new(base_url: &str) -> Self {
        Self {
            client: Client::anonymous(base_url),
            cookies: BTreeMap::new(),
        }
    }

    /// Enters the demo as one of its people. Answers with what forms carry from then on.
    ///
    /// # Panics
    /// When nobody is let in.
    pub async fn enter(&mut self, person: &str) -> String {
        let door = csrf(&self.get("/").await);
        let entered = self
            .form("/enter", &format!("csrf={door}&person={person}"))
            .await;
        let first = entered.header("location").expect(&entered.text).to_owned();
        let shown = self.get(&first).await;
        let home = shown.header("location").expect(&shown.text).to_owned();
        csrf(&self.get(&home).await)
    }

    /// A page.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// A form of one of the server's own pages.
    ///
    /// # Panics
    /// When there is no answer.
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
}
