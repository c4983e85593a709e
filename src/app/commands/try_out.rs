//! `formpost try`: the same upload, over TCP, to a receiver inside this process; what came is compared with what was
//! read.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow};
use formpost::multipart::Limits;
use formpost::receive::{
    Destination, Event, Exchange, ReceivedPart, Server, ServerError, Settings, Stopper,
};
use formpost::send::{Algorithm, Body, Client, Hasher, Url};

use crate::app::cli::{
    BatchArgs, BodyArgs, ConnectionArgs, CurlArgs, LookingArgs, ProxyArgs, RedirectArgs,
    RepeatArgs, ReportArgs, Try, Upload,
};
use crate::app::delivery::account::Account;
use crate::app::delivery::attempt::exchange;
use crate::app::delivery::means::Means;
use crate::app::exit::Exit;
use crate::app::inventory::Inventory;
use crate::app::part_spec::{Attributes, ContentSpec, FormItem, PartSpec};
use crate::app::plan::Plan;
use crate::app::report::{self, Report};
use crate::app::terminal::Environment;
use crate::app::{listing, output};

/// Runs it.
pub(crate) fn run(arguments: Try, report: &mut Report) -> anyhow::Result<Exit> {
    report.configure(&arguments.output);
    let json = arguments.json;
    let inside = Inside::start()?;
    let upload = as_upload(arguments, inside.url.clone());
    // There is no proxy on the way to oneself, whatever the environment says.
    let plan = Plan::new(&upload, &Environment::default(), report)?;
    let mut request = plan.request()?;
    let read = WhatWasRead::of(&mut request.body, plan.contents.len());
    let client = Client::new(plan.connection.clone());
    let means = Means::alone(client.clone());
    let account = &mut Account::new();
    let (mut response, sent) = exchange(&plan, request, &client, &means, account, report)?;
    output::drain(response.body())?;
    let seen = inside.stop()?;
    report.summary(&response, &sent);
    if let Some(checksums) = &sent.checksums {
        report.checksums(checksums, &plan.names());
    }
    if let Some((kind, message)) = &seen.error {
        report.error(&anyhow!("the receiver: {kind}: {message}"));
        return Ok(Exit::of_status(seen.status));
    }
    let inventory = Inventory {
        parts: seen.parts,
        bytes: seen.bytes,
    };
    let text = if json {
        listing::upload_seen_json(&inventory)?
    } else {
        listing::upload_seen(&inventory)
    };
    report::answer(text.as_bytes())?;
    read.compare(&inventory.parts, &plan, report)
}

/// A receiver on a free port, in a thread of its own.
struct Inside {
    url: Url,
    stopper: Stopper,
    thread: JoinHandle<Result<(), ServerError>>,
    exchanges: Receiver<Exchange>,
}

impl Inside {
    fn start() -> anyhow::Result<Self> {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(Settings {
            limits: Limits::looking(),
            ..Settings::new(listen, Destination::Discard)
        })?;
        let url = format!("http://{}/", server.address()).parse()?;
        let stopper = server.stopper();
        let (answered, exchanges) = mpsc::channel();
        let thread = thread::spawn(move || {
            server.run(move |event| {
                if let Event::Answered(exchange) = event {
                    // Nobody listens any more once the upload has failed.
                    let _ = answered.send(exchange);
                }
            })
        });
        Ok(Self {
            url,
            stopper,
            thread,
            exchanges,
        })
    }

    /// Ends it, and hands over what it saw.
    fn stop(self) -> anyhow::Result<Exchange> {
        self.stopper.stop();
        self.thread
            .join()
            .map_err(|_| anyhow!("the receiver: ended before its time"))??;
        self.exchanges
            .try_recv()
            .context("the receiver: saw no upload")
    }
}

fn as_upload(mut arguments: Try, url: Url) -> Upload {
    let lists = &arguments.selection.files_from;
    if arguments.files.is_empty() && lists.is_empty() && arguments.form.items.is_empty() {
        arguments.form.items = made_up();
    }
    Upload {
        url: Some(url.into()),
        files: arguments.files,
        config: arguments.config,
        form: arguments.form,
        batch: BatchArgs::default(),
        body: BodyArgs::default(),
        selection: arguments.selection,
        request: arguments.request,
        connection: ConnectionArgs::default(),
        proxy: ProxyArgs::default(),
        redirects: RedirectArgs::default(),
        repeats: RepeatArgs::default(),
        output: arguments.output,
        told: ReportArgs::default(),
        looking: LookingArgs::default(),
        curl: CurlArgs::default(),
    }
}

/// A text, and a small file.
fn made_up() -> Vec<FormItem> {
    let part = |name: &str, value: &str, filename: Option<&str>| {
        FormItem::Part(PartSpec {
            name: Some(name.as_bytes().to_vec()),
            content: ContentSpec::Text {
                value: value.as_bytes().to_vec(),
                attributes: Attributes {
                    filename: filename.map(|filename| filename.as_bytes().to_vec()),
                    ..Attributes::default()
                },
            },
            is_template: false,
            warnings: Vec::new(),
        })
    };
    vec![
        part("title", "Hello", None),
        part("file", "Hello, world!\n", Some("hello.txt")),
    ]
}

/// Length and checksum of each content, taken when it was read and not from what was sent.
struct WhatWasRead(Arc<Mutex<Vec<(u64, Hasher)>>>);

impl WhatWasRead {
    fn of(body: &mut Body, contents: usize) -> Self {
        let nothing = (0, Hasher::new(Algorithm::Sha256));
        let read = Arc::new(Mutex::new(vec![nothing; contents]));
        let observed = read.clone();
        body.observe_contents(move |index, octets| {
            let mut observed = observed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((length, hasher)) = observed.get_mut(index) {
                *length += octets.len() as u64;
                hasher.update(octets);
            }
        });
        Self(read)
    }

    fn compare(
        self,
        seen: &[ReceivedPart],
        plan: &Plan,
        report: &mut Report,
    ) -> anyhow::Result<Exit> {
        // The contents are looked at in the form in which they are sent.
        let compared = if plan.encoded { "sent" } else { "read" };
        let parts = plan.shape.parts();
        let read = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.len() != parts {
            return Err(anyhow!(
                "{parts} parts were sent, the server saw {}",
                seen.len()
            ));
        }
        if read.len() != parts {
            report.notice(
                "a nested multipart is one part to a server: it is not compared with its contents",
            );
            return Ok(Exit::Done);
        }
        for (number, ((length, hasher), part)) in read.into_iter().zip(seen).enumerate() {
            if length != part.size || hasher.finish().to_string() != part.sha256 {
                return Err(anyhow!(
                    "part {}: what the server saw is not what was {compared}",
                    number + 1
                ));
            }
        }
        report.notice(&format!(
            "what the server saw is what was {compared}, by length and SHA-256"
        ));
        Ok(Exit::Done)
    }
}
