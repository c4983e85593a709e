//! What the receiver says: where it is, and a line for each request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use formpost::receive::{Event, Exchange, ReceivedPart, Server};

use super::{answer, say};
use crate::app::cli::Receive;
use crate::app::redact;
use crate::app::terminal::{Terminal, escape};
use crate::app::units::{count, duration, size};

/// An upload that takes longer than this is heard of before its end.
const EVERY: Duration = Duration::from_secs(5);

/// Says where the receiver is: the URL on standard output, for scripts, and a ready-made command for people.
///
/// # Errors
/// If standard output cannot be written.
pub(crate) fn address(server: &Server, is_https: bool, has_token: bool) -> anyhow::Result<()> {
    let scheme = if is_https { "https" } else { "http" };
    let (address, reachable) = (server.address(), server.reachable_address());
    answer(format!("{scheme}://{address}/\n").as_bytes())?;
    let credentials = if has_token {
        " --oauth2-bearer TOKEN"
    } else {
        ""
    };
    let url = format!("{scheme}://{reachable}/");
    say(&format!("send with:  formpost{credentials} {url} FILE"));
    say("or open it in a browser; Ctrl-C ends it");
    Ok(())
}

/// Says what happens in the receiver, from several threads.
#[derive(Debug)]
pub(crate) struct Told {
    silent: bool,
    verbose: bool,
    has_color: bool,
    /// When each request in flight was last heard of.
    heard: Mutex<HashMap<u64, Instant>>,
}

impl Told {
    /// As loudly as was asked for.
    pub(crate) fn new(arguments: &Receive, terminal: Terminal) -> Self {
        Self {
            silent: arguments.silent,
            verbose: arguments.verbose,
            has_color: terminal.has_color,
            heard: Mutex::default(),
        }
    }

    /// Says it, if it is worth a line.
    pub(crate) fn event(&self, event: &Event) {
        if self.silent {
            return;
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begun { id, .. } => {
                heard.insert(*id, Instant::now());
            }
            Event::Received { id, bytes } => {
                let last = heard.entry(*id).or_insert_with(Instant::now);
                if last.elapsed() >= EVERY {
                    *last = Instant::now();
                    say(&format!("#{id} {} so far", size(*bytes)));
                }
            }
            Event::Answered(exchange) => {
                heard.remove(&exchange.id);
                self.answered(exchange);
            }
            Event::Lost {
                id,
                peer,
                method,
                target,
                bytes,
                time,
            } => {
                heard.remove(id);
                say(&format!(
                    "{peer} {} {}: lost after {} in {}, nothing is kept",
                    escape(method.as_bytes()),
                    redact::url(&escape(target.as_bytes())),
                    size(*bytes),
                    duration(*time)
                ));
            }
            _ => {}
        }
    }

    fn answered(&self, exchange: &Exchange) {
        let outcome = match &exchange.error {
            Some((kind, message)) => format!("{kind}: {}", escape(message.as_bytes())),
            None if exchange.parts.is_empty() => String::new(),
            None => format!(
                "{}, {} in {}",
                count(exchange.parts.len(), "part"),
                size(exchange.bytes),
                duration(exchange.time)
            ),
        };
        let line = format!(
            "{} {} {} {} {outcome}",
            exchange.peer,
            escape(exchange.method.as_bytes()),
            redact::url(&escape(exchange.target.as_bytes())),
            exchange.status,
        );
        say(&super::colored(
            self.has_color,
            exchange.status,
            line.trim_end(),
        ));
        if self.verbose {
            exchange
                .parts
                .iter()
                .flat_map(part)
                .for_each(|line| say(&line));
        }
    }
}

fn part(part: &ReceivedPart) -> Vec<String> {
    let shown = |text: &Option<String>| {
        text.as_ref()
            .map_or_else(|| String::from("-"), |text| escape(text.as_bytes()))
    };
    let mut line = format!(
        "  {}  {}  {}  {}",
        shown(&part.name),
        shown(&part.filename),
        shown(&part.content_type),
        size(part.size)
    );
    if let Some(path) = &part.saved_as {
        line = format!(
            "{line}  saved as {}",
            escape(path.as_os_str().as_encoded_bytes())
        );
    }
    let oddities = part
        .oddities
        .iter()
        .map(|oddity| format!("    {}", escape(oddity.to_string().as_bytes())));
    std::iter::once(line).chain(oddities).collect()
}
