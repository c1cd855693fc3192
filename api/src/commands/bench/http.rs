//! The load over HTTP/1.1, connections kept open.
//!
//! The generator shares the machine with what it measures, so what it costs is taken from the result. Requests are written as text
//! into one buffer and answers read with httparse, the parser hyper itself uses: no header map, no body stream, no task beside the
//! connection's own. All connections live on one thread.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use ledger::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Failure;
use super::load::{Driver, Load, Step, run_name};
use super::setup::{KeyOf, Setup};
use super::tally::{Operation, PAUSE, Tally};

/// Drives a server.
pub async fn drive(setup: Setup, load: Load, url: String) -> Result<Tally, Failure> {
    let authority = url
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/').to_owned())
        .filter(|authority| !authority.is_empty() && !authority.contains('/'))
        .ok_or_else(|| Failure(format!("{url} is not of the form http://HOST:PORT")))?;
    // A server that is not there is told at once.
    let reached = TcpStream::connect(&authority).await;
    drop(reached.map_err(|error| Failure(format!("{url} does not answer: {error}")))?);
    let common = Arc::new(Common {
        authority,
        setup,
        run: run_name(),
        occurred_at: Clock::System.now().to_string(),
    });
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let connections = load.plan.connections();
        let drivers = (0..connections).map(|_| Connection::to(Arc::clone(&common)));
        Ok::<_, io::Error>(runtime.block_on(load.run(drivers.collect())))
    });
    let joined = tokio::task::spawn_blocking(move || thread.join()).await?;
    let tally = joined.map_err(|_| Failure("the load generator panicked".into()))?;
    Ok(tally?)
}

/// What all connections say alike.
struct Common {
    authority: String,
    setup: Setup,
    run: String,
    occurred_at: String,
}

struct Connection {
    common: Arc<Common>,
    stream: Option<TcpStream>,
    out: String,
    body: String,
    answer: Vec<u8>,
}

/// An answer: its status, and where in the buffer its body begins.
struct Answer {
    status: u16,
    body: usize,
}

impl Driver for Connection {
    async fn take(&mut self, step: Step, tally: &mut Tally) {
        match step {
            Step::Award {
                serial,
                member,
                policy,
            } => {
                self.award(serial, member, policy);
                self.ask(Operation::Award, tally).await;
            }
            Step::Balance { member } => {
                let common = Arc::clone(&self.common);
                let KeyOf { id, token } = &common.setup.members[member];
                self.get(format_args!("/v1/members/{id}/balance"), token);
                self.ask(Operation::Balance, tally).await;
            }
            Step::Redemption {
                serial,
                member,
                store,
            } => {
                let common = Arc::clone(&self.common);
                let KeyOf { id, token } = &common.setup.members[member];
                self.body.clear();
                let key = format!("{}-c{serial}", common.run);
                self.post(format_args!("/v1/members/{id}/codes"), token, &key);
                if let Some(code) = self.ask(Operation::Code, tally).await {
                    self.redemption(serial, store, &code);
                    self.ask(Operation::Redemption, tally).await;
                }
            }
            // Refused before the run.
            Step::Group { .. } => {}
        }
    }
}

impl Connection {
    const fn to(common: Arc<Common>) -> Self {
        Self {
            common,
            stream: None,
            out: String::new(),
            body: String::new(),
            answer: Vec::new(),
        }
    }

    fn award(&mut self, serial: u64, member: usize, policy: usize) {
        let common = Arc::clone(&self.common);
        let (member, policy) = (
            &common.setup.members[member].id,
            &common.setup.policies[policy],
        );
        let (run, occurred_at) = (&common.run, &common.occurred_at);
        self.body.clear();
        // Writing to a String cannot fail.
        let _ = write!(
            self.body,
            r#"{{"member":"{member}","policy":"{policy}","deed":{{"kind":"patrol_shift","reference":"{run}-{serial}","#
        );
        let _ = write!(
            self.body,
            r#""occurred_at":"{occurred_at}","facts":{{"minutes":120,"grid":"G-{}"}}}}}}"#,
            serial % 97
        );
        let key = format!("{run}-{serial}");
        self.post(format_args!("/v1/awards"), &common.setup.staff, &key);
    }

    fn redemption(&mut self, serial: u64, store: usize, code: &str) {
        let common = Arc::clone(&self.common);
        let KeyOf { id, token } = &common.setup.stores[store];
        self.body.clear();
        let _ = write!(
            self.body,
            r#"{{"code":"{code}","store":"{id}","points":"0.01","capture":true}}"#
        );
        let key = format!("{}-r{serial}", common.run);
        self.post(format_args!("/v1/redemptions"), token, &key);
    }

    fn get(&mut self, path: std::fmt::Arguments<'_>, token: &str) {
        let host = &self.common.authority;
        self.out.clear();
        let _ = write!(
            self.out,
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n"
        );
    }

    /// Of `self.body`.
    fn post(&mut self, path: std::fmt::Arguments<'_>, token: &str, key: &str) {
        let (host, body) = (&self.common.authority, &self.body);
        self.out.clear();
        let _ = write!(
            self.out,
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nidempotency-key: {key}\r\n"
        );
        let length = body.len();
        if length > 0 {
            self.out.push_str("content-type: application/json\r\n");
        }
        let _ = write!(self.out, "content-length: {length}\r\n\r\n{body}");
    }

    /// Sends what was written and counts the answer; for a code, the code.
    async fn ask(&mut self, operation: Operation, tally: &mut Tally) -> Option<String> {
        let asked = Instant::now();
        match self.round_trip().await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                tally.record(operation, asked, None);
                let body =
                    || serde_json::from_slice::<serde_json::Value>(&self.answer[answer.body..]);
                if operation != Operation::Code {
                    return None;
                }
                body().ok()?["code"].as_str().map(str::to_owned)
            }
            Ok(answer) => {
                let code = code_of(&self.answer[answer.body..]);
                tally.record(operation, asked, Some(format!("{} {code}", answer.status)));
                None
            }
            Err(error) => {
                self.stream = None;
                tally.record(operation, asked, Some(format!("no answer: {error}")));
                tokio::time::sleep(PAUSE).await;
                None
            }
        }
    }

    async fn round_trip(&mut self) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.common.authority).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(self.out.as_bytes()).await?;
        self.answer.clear();
        loop {
            if stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((answer, closes)) = parse(&self.answer)? {
                self.stream = (!closes).then_some(stream);
                return Ok(answer);
            }
        }
    }
}

/// A whole answer and whether the server closes the connection after it; `None` when more is to come.
fn parse(text: &[u8]) -> io::Result<Option<(Answer, bool)>> {
    let unreadable = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut response = httparse::Response::new(&mut headers);
    let body = match response.parse(text) {
        Ok(httparse::Status::Complete(body)) => body,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(unreadable(&error.to_string())),
    };
    let status = response.code.unwrap_or(0);
    let header = |name: &str| {
        let header = response
            .headers
            .iter()
            .find(|h| h.name.eq_ignore_ascii_case(name));
        header.and_then(|header| std::str::from_utf8(header.value).ok())
    };
    let length = match header("content-length") {
        Some(length) => length
            .trim()
            .parse::<usize>()
            .map_err(|_| unreadable("content-length"))?,
        None if status == 204 => 0,
        // Whoever asks without accept-encoding is answered with a length by this server.
        None => return Err(unreadable("an answer without content-length")),
    };
    let closes = header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok((text.len() >= body + length).then_some((Answer { status, body }, closes)))
}

/// The stable code of a problem: the last part of its type.
fn code_of(body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = problem["code"]
        .as_str()
        .or_else(|| problem["type"].as_str());
    let code = text.and_then(|text| text.rsplit(['/', '#', ':']).next());
    code.unwrap_or("without a code").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole() {
        let text = b"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nabcd";
        for length in 0..text.len() {
            assert!(parse(&text[..length]).unwrap().is_none());
        }
        let (answer, closes) = parse(text).unwrap().unwrap();
        assert_eq!(
            (answer.status, &text[answer.body..], closes),
            (409, b"abcd".as_slice(), false)
        );
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(parse(b"nonsense\r\n\r\n").is_err());
    }

    #[test]
    fn problems_have_codes() {
        assert_eq!(
            code_of(br#"{"type":"/problems/cap_reached","status":409}"#),
            "cap_reached"
        );
        assert_eq!(code_of(b"<html>"), "without a code");
    }
}
