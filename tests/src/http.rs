//! A small JSON client that keeps connections open, as a partner's system would.
//!
//! Any answer is an [`Answer`], whatever its status. No answer is a [`NoAnswer`]: the request may or
//! may not have taken effect, which is what crash tests are about. It is never sent twice.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Connection = SendRequest<Full<Bytes>>;

/// Clones share their connections; as many are open as requests were in flight at once.
#[derive(Clone, Debug)]
pub struct Client {
    authority: String,
    token: Option<String>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null when the text is not JSON.
    pub body: Value,
    pub text: String,
    /// As they came.
    pub bytes: Bytes,
}

impl Answer {
    /// A header's text, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The body of an answer of that status.
///
/// # Panics
/// It has another.
pub fn ok(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    answer.body
}

/// It was refused with that code.
///
/// # Panics
/// It was not.
pub fn refused(answer: Answer, code: &str) {
    let Answer {
        status, body, text, ..
    } = answer;
    assert_eq!(body["code"], code, "{status} {text}");
}

/// The connection could not be made, broke, or took too long.
#[derive(Clone, Debug)]
pub struct NoAnswer(pub String);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer: {}", self.0)
    }
}

impl std::error::Error for NoAnswer {}

/// Events as they come.
#[derive(Debug)]
pub struct Events {
    body: Incoming,
    text: String,
    _connection: Connection,
}

impl Events {
    /// The next event's name and what it says; nothing when the stream has ended.
    ///
    /// # Panics
    /// It is of another form, or none comes in half a minute.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let lines = event.lines();
                    let mut values = lines.filter_map(|line| line.strip_prefix(name));
                    values.next().map(str::trim_start)
                };
                let told = field("event:").zip(field("data:")).map(|(name, data)| {
                    let data = serde_json::from_str(data).expect("data is JSON");
                    (name.to_owned(), data)
                });
                self.text = rest.to_owned();
                // A comment keeps the connection alive.
                if told.is_some() {
                    return told;
                }
                continue;
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await;
            let frame = frame.expect("an event in time")?.ok()?;
            if let Ok(data) = frame.into_data() {
                self.text += std::str::from_utf8(&data).expect("text");
            }
        }
    }
}

impl Client {
    /// For a server at `http://HOST:PORT`, as the bearer of this API key.
    ///
    /// # Panics
    /// When the URL is of another form.
    pub fn new(base_url: &str, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..Self::anonymous(base_url)
        }
    }

    /// For a server at `http://HOST:PORT`, without an API key.
    ///
    /// # Panics
    /// When the URL is of another form.
    pub fn anonymous(base_url: &str) -> Self {
        let authority = base_url
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            .filter(|authority| !authority.is_empty() && !authority.contains('/'))
            .unwrap_or_else(|| panic!("{base_url} is not of the form http://HOST:PORT"));
        Self {
            authority: authority.to_owned(),
            token: None,
            idle: Arc::default(),
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Answer, NoAnswer> {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    /// POST of JSON.
    pub async fn post(
        &self,
        path: &str,
        idempotency_key: Option<&str>,
        body: &Value,
    ) -> Result<Answer, NoAnswer> {
        let mut headers = vec![(CONTENT_TYPE.as_str(), "application/json")];
        if let Some(key) = idempotency_key {
            headers.push(("idempotency-key", key));
        }
        let body = Bytes::from(body.to_string());
        self.send(Method::POST, path, &headers, body).await
    }

    /// POST of JSON whose answer is lost: the connection breaks this long after it was sent.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn post_and_break(&self, path: &str, key: &str, body: &Value, after: Duration) {
        let body = body.to_string();
        let token = self.token.as_deref().unwrap_or_default();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\nidempotency-key: {key}\r\n\
            content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.authority,
            body.len()
        );
        let mut lost = TcpStream::connect(&self.authority).await.unwrap();
        lost.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(after).await;
    }

    /// POST of a photo, a text or a file.
    pub async fn upload(
        &self,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Answer, NoAnswer> {
        let headers = [(CONTENT_TYPE.as_str(), media_type)];
        self.send(Method::POST, path, &headers, body.into()).await
    }

    /// Listens to server-sent events.
    ///
    /// # Panics
    /// When there are none to listen to.
    pub async fn listen(&self, path: &str) -> Result<Events, NoAnswer> {
        let request = self.request(Method::GET, path, &[], Bytes::new());
        let (connection, response) = self.respond(request).await?;
        assert_eq!(response.status().as_u16(), 200, "{path}");
        Ok(Events {
            body: response.into_body(),
            text: String::new(),
            _connection: connection,
        })
    }

    /// Anything else: other methods, headers, bodies that are no JSON. The headers given replace the
    /// client's own (`host`, `accept`, `authorization`).
    ///
    /// # Panics
    /// When the path or a header could not be sent in HTTP at all.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, NoAnswer> {
        let request = self.request(method, path, headers, body);
        match tokio::time::timeout(PATIENCE, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer(format!("none within {PATIENCE:?}"))),
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .body(Full::new(body))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let into = request.headers_mut();
        into.insert(HOST, value(&self.authority));
        into.insert(ACCEPT, value("application/json"));
        if let Some(token) = &self.token {
            into.insert(AUTHORIZATION, value(&format!("Bearer {token}")));
        }
        for (name, text) in headers {
            let name: hyper::header::HeaderName = name.parse().expect("a header's name");
            into.insert(name, value(text));
        }
        request
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let (connection, response) = self.respond(request).await?;
        let (head, body) = response.into_parts();
        let streams = head.headers.get(CONTENT_TYPE) == Some(&value("text/event-stream"));
        let body = match streams {
            // It has no end to wait for: see [`Client::listen`].
            true => Bytes::new(),
            false => {
                let body = body.collect().await.map_err(no_answer)?.to_bytes();
                self.idle.lock().unwrap().push(connection);
                body
            }
        };
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
            bytes: body,
        })
    }

    /// Over an idle connection if one is still good: hyper hands the request back when it was not
    /// sent at all, and only then is another connection tried.
    async fn respond(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Connection, Response<Incoming>), NoAnswer> {
        while let Some(mut connection) = self.take_idle() {
            if connection.ready().await.is_err() {
                continue;
            }
            match connection.try_send_request(request).await {
                Ok(response) => return Ok((connection, response)),
                Err(mut failure) => match failure.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(no_answer(failure.into_error())),
                },
            }
        }
        let mut connection = self.connect().await?;
        let response = connection.send_request(request).await.map_err(no_answer)?;
        Ok((connection, response))
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap().pop()
    }

    async fn connect(&self) -> Result<Connection, NoAnswer> {
        let stream = TcpStream::connect(&self.authority)
            .await
            .map_err(no_answer)?;
        // Small requests must not wait for the acknowledgement of the one before.
        stream.set_nodelay(true).map_err(no_answer)?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await.map_err(no_answer)?;
        tokio::spawn(driver);
        Ok(connection)
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|error| panic!("header {text:?}: {error}"))
}

/// With its causes: hyper's own text is only the outermost.
fn no_answer(error: impl std::error::Error) -> NoAnswer {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    NoAnswer(text)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers each request on a connection with its own text, and hangs up before the `last` one.
    async fn echo(last: usize) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                for turn in 0.. {
                    let mut buffer = [0; 4096];
                    let Ok(count @ 1..) = stream.read(&mut buffer).await else {
                        break;
                    };
                    if turn == last {
                        break;
                    }
                    let body = Value::from(String::from_utf8_lossy(&buffer[..count])).to_string();
                    let head = format!("HTTP/1.1 201 Created\r\ncontent-length: {}", body.len());
                    let answer = format!("{head}\r\nx-turn: {turn}\r\n\r\n{body}");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        (address, connections)
    }

    #[tokio::test]
    async fn one_connection_serves_many_requests() {
        let (address, connections) = echo(usize::MAX).await;
        let client = Client::new(&address, "secret");
        for turn in ["0", "1", "2"] {
            let answer = client
                .post("/v1/awards", Some("key-1"), &serde_json::json!({"a": 1}))
                .await
                .unwrap();
            assert_eq!(answer.status, 201);
            assert_eq!(answer.header("x-turn"), Some(turn));
            let sent = answer.body.as_str().unwrap();
            assert!(sent.starts_with("POST /v1/awards HTTP/1.1\r\n"), "{sent}");
            assert!(sent.contains("authorization: Bearer secret\r\n"), "{sent}");
            assert!(sent.contains("idempotency-key: key-1\r\n"), "{sent}");
            assert!(sent.ends_with("{\"a\":1}"), "{sent}");
        }
        assert_eq!(connections.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_broken_connection_is_an_error_and_the_next_request_connects_anew() {
        let (address, connections) = echo(1).await;
        let client = Client::anonymous(&address);
        client.get("/").await.expect("the first is answered");
        client.get("/").await.expect_err("the second is cut off");
        client.get("/").await.expect("on a new connection");
        assert_eq!(connections.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn nobody_listening_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let failure = Client::anonymous(&address).get("/").await.unwrap_err();
        assert!(failure.0.contains("refused"), "{failure}");
    }
}
