//! One connection: as many requests as it has, and an end that the other side can read.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::exchange::{Context, Reset};
use super::head_watch::MAX_HEAD;
use super::wire::{Stream, Watch, Wire};
use super::{Stop, Stopped, answer};

/// The most headers of a request.
const MAX_HEADERS: usize = 100;

/// Serves a connection until it ends, or the server is stopped and the request at hand is answered.
pub(super) async fn serve(
    context: Arc<Context>,
    socket: TcpStream,
    peer: SocketAddr,
    mut stopped: Stopped,
) {
    let idle = context.settings.idle;
    // Answers are written whole; there is nothing to wait for.
    let _ = socket.set_nodelay(true);
    let Some(stream) = secured(&context, socket).await else {
        return;
    };
    let watch = Watch::default();
    let wire = Wire::new(stream, watch.clone(), idle);
    let requests = watch.clone();
    let service =
        service_fn(move |request| Arc::clone(&context).exchange(peer, requests.clone(), request));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_headers(MAX_HEADERS)
        // More than a head may have, so that it is the watch that finds it too long.
        .max_buf_size(2 * MAX_HEAD)
        // Who has sent everything may say so and still read the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(wire), service);
    let ended = tokio::select! {
        outcome = &mut connection => Some(outcome),
        () = stopped.wait(Stop::Gracefully) => None,
    };
    let outcome = if let Some(outcome) = ended {
        outcome
    } else {
        Pin::new(&mut connection).graceful_shutdown();
        (&mut connection).await
    };
    let wire = connection.into_parts().io.into_inner();
    if let Err(error) = outcome {
        end(wire, &watch, &error).await;
    }
}

/// The connection as it is spoken over, or nothing if the other side cannot agree on TLS.
async fn secured(context: &Context, socket: TcpStream) -> Option<Stream> {
    let Some(identity) = &context.settings.tls else {
        return Some(Stream::Plain(socket));
    };
    let handshake = identity.acceptor().accept(socket);
    match timeout(context.settings.idle, handshake).await {
        Ok(Ok(stream)) => Some(Stream::Tls(Box::new(stream))),
        Ok(Err(_)) | Err(_) => None,
    }
}

/// Ends a connection that hyper has given up without an answer, with one if there is somebody to read it.
async fn end(mut wire: Wire, watch: &Watch, error: &hyper::Error) {
    if std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<Reset>) {
        return wire.reset();
    }
    let text = if watch.is_too_long() {
        let message = format!("expected a head of at most {MAX_HEAD} bytes, found a longer one");
        answer::without_a_request(431, "head-too-long", &message)
    } else if error.is_parse_version_h2() {
        answer::without_a_request(505, "http-version", "expected HTTP/1.1, found HTTP/2")
    } else if error.is_timeout() && !watch.is_between_requests() {
        answer::without_a_request(408, "timed-out", "expected the whole head sooner")
    } else {
        return;
    };
    if wire.write_all(&text).await.is_ok() {
        let _ = wire.shutdown().await;
    }
}
