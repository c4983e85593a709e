//! The server that the documents talk about: `https://example.com/` and all others they name, at one address.

use std::convert::Infallible;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::CertificateParams;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio_rustls::TlsAcceptor;

use crate::tls::settings;

/// What is answered unless a document says otherwise.
const ANSWER: &str = "{\"id\":1042}\n";

/// One that reads each request to its end and answers as it was told, or 201.
pub(crate) struct Host {
    pub(crate) port: u16,
    /// What to trust, in PEM.
    pub(crate) certificate: String,
}

impl Host {
    /// Starts one that goes by all of these names, and takes what to answer from the lines of a file, a line for each
    /// request: `503 Retry-After: 0`.
    pub(crate) fn start(names: Vec<String>, answers: &Path) -> Self {
        let names = CertificateParams::new(names).unwrap();
        let (certificate, config) = settings(&names, rustls::DEFAULT_VERSIONS, None);
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = Arc::new(Mutex::new(answers.to_owned()));
        thread::spawn(move || serve(listener, &TlsAcceptor::from(Arc::new(config)), &answers));
        Self { port, certificate }
    }
}

/// Serves for as long as the tests run.
fn serve(listener: std::net::TcpListener, tls: &TlsAcceptor, answers: &Arc<Mutex<PathBuf>>) {
    listener.set_nonblocking(true).unwrap();
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_io()
        .build();
    runtime.unwrap().block_on(async {
        let listener = TcpListener::from_std(listener).unwrap();
        loop {
            let accepted: (TcpStream, SocketAddr) = listener.accept().await.unwrap();
            tokio::spawn(converse(accepted.0, tls.clone(), answers.clone()));
        }
    });
}

async fn converse(stream: TcpStream, tls: TlsAcceptor, answers: Arc<Mutex<PathBuf>>) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let answers = answers.clone();
        async move {
            // A request that breaks off is not answered; whoever broke it off does not listen.
            let _ = request.into_body().collect().await;
            Ok::<_, Infallible>(next(&answers.lock().unwrap()))
        }
    });
    // A client that goes away is not this server's business.
    if let Ok(stream) = tls.accept(stream).await {
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), answer)
            .await;
    }
}

/// Takes the first line off the file.
fn next(answers: &Path) -> Response<Full<Bytes>> {
    let lines = fs::read_to_string(answers).unwrap_or_default();
    let (line, rest) = lines.split_once('\n').unwrap_or_default();
    fs::write(answers, rest).unwrap();
    let (status, header) = line.split_once(' ').unwrap_or((line, ""));
    let status = if status.is_empty() { "201" } else { status };
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header.split_once(": ") {
        response = response.header(name, value);
    }
    let body = if status.starts_with('2') { ANSWER } else { "" };
    response.body(Full::from(body)).unwrap()
}
