//! A small HTTP server of a test's own, which remembers what it heard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request.
#[derive(Clone, Debug)]
pub struct Heard {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

type Answer = Arc<dyn Fn(&Heard) -> (u16, String) + Send + Sync>;

/// Listens until it is dropped.
pub struct Listener {
    pub url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Answers with a status and JSON, or with a status and where to go on.
    pub async fn start(answer: impl Fn(&Heard) -> (u16, String) + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::over(socket, answer)
    }

    /// The same on a socket at hand, for whoever has to know its address.
    pub fn over(
        socket: TcpListener,
        answer: impl Fn(&Heard) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let url = format!("http://{}", socket.local_addr().unwrap());
        let heard = Arc::default();
        let task = tokio::spawn(listen(socket, Arc::new(answer), Arc::clone(&heard)));
        Self { url, heard, task }
    }

    /// What it heard so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// What it heard once that is so much.
    ///
    /// # Panics
    /// When that takes longer than ten seconds.
    pub async fn heard_by_now(&self, count: usize) -> Vec<Heard> {
        self.heard_until(10, |heard| heard.len() >= count).await
    }

    /// What it heard once that is enough.
    ///
    /// # Panics
    /// When that takes longer than so many seconds.
    pub async fn heard_until(&self, seconds: u64, enough: impl Fn(&[Heard]) -> bool) -> Vec<Heard> {
        for _ in 0..seconds * 20 {
            let heard = self.heard();
            if enough(&heard) {
                return heard;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("after {seconds} s it heard {:?} only", self.heard());
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(socket: TcpListener, answer: Answer, heard: Arc<Mutex<Vec<Heard>>>) {
    while let Ok((stream, _)) = socket.accept().await {
        let (answer, heard) = (Arc::clone(&answer), Arc::clone(&heard));
        let service = service_fn(move |request: Request<Incoming>| {
            let (answer, heard) = (Arc::clone(&answer), Arc::clone(&heard));
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                let said = Heard {
                    method: head.method.to_string(),
                    path: head.uri.to_string(),
                    headers: head.headers,
                    body: String::from_utf8_lossy(&body).into_owned(),
                };
                let (status, text) = answer(&said);
                heard.lock().unwrap().push(said);
                let mut response = Response::builder()
                    .status(status)
                    .header("content-type", "application/json");
                if (300..400).contains(&status) {
                    response = response.header("location", &text);
                }
                let response = response.body(Full::new(Bytes::from(text)));
                Ok::<_, hyper::Error>(response.unwrap())
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
