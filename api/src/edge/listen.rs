//! Connections: taken, bounded, encrypted if need be, and ended in order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use futures::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::Tls;
use super::client::OverTls;

/// The most bytes of a request's head, and of what is read ahead.
const HEAD_BYTES: usize = 64 * 1_024;
/// The most headers of a request; more are answered 431.
const HEADERS: usize = 64;
/// How long is waited when the system has no more files to give.
const OUT_OF_FILES: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many may be open.
    pub connections: usize,
    /// How long a handshake, or the head of a request, may take to come in.
    pub head: Duration,
}

/// Serves until told to stop, then until what was taken is answered. Whoever waits decides for how long.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    bounds: Bounds,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let graceful = GracefulShutdown::new();
    let acceptor = tls.map(TlsAcceptor::from);
    loop {
        let next = next(&listener, &places);
        let (stream, peer, place) = tokio::select! {
            next = next => next,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let connection = Connection {
            router: router.clone(),
            peer,
            bounds,
            watcher: graceful.watcher(),
        };
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let _place: OwnedSemaphorePermit = place;
            connection.run(stream, acceptor).await;
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = Arc::clone(places).acquire_owned().await else {
            std::future::pending::<()>().await;
            continue;
        };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if is_callers(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(OUT_OF_FILES).await;
            }
        }
    }
}

/// Whether the caller went away while they were let in.
fn is_callers(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionRefused | ConnectionAborted | ConnectionReset
    )
}

struct Connection {
    router: Router,
    peer: SocketAddr,
    bounds: Bounds,
    watcher: Watcher,
}

impl Connection {
    async fn run(self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        // Answers are small and complete: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = acceptor else {
            return self.answer(stream, false).await;
        };
        match tokio::time::timeout(self.bounds.head, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.answer(stream, true).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, tls: bool) {
        let Self {
            router,
            peer,
            bounds,
            watcher,
        } = self;
        let respond = move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(OverTls(tls));
            one(router.clone(), request.map(Body::new))
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(bounds.head)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(stream), hyper::service::service_fn(respond));
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

fn one(router: Router, request: Request) -> BoxFuture<'static, Result<Response, Infallible>> {
    Box::pin(router.oneshot(request))
}
