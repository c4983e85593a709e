//! What becomes of a body before it is sent: it is coded, spooled, weighed.

use std::io;
use std::sync::Arc;

use formpost::send::{Algorithm, Body, Checksum, Coding, Hasher, Meter, SourceError, Tally};

use super::error::PlanError;
use super::given::GivenFraming;
use super::head::HeadDraft;
use super::payload::Payload;
use super::spool::spool;
use crate::app::cli::{BodyArgs, ChecksumAlgorithm, Compression, DigestAlgorithm, FormArgs};

/// What errors call the body.
const BODY: &str = "the body";

/// What is done to each body.
#[derive(Debug, Clone)]
pub(super) struct Treatment {
    /// What was asked for of its framing.
    pub(super) framing: GivenFraming,
    pub(super) coding: Option<Coding>,
    /// A coded body is put into a file first, and has a length then.
    spooled: bool,
    /// What its head says of it.
    digest: Option<Algorithm>,
    /// What is told of it once it is sent.
    checksum: Option<Algorithm>,
}

/// A body that can be sent.
pub(super) struct Treated {
    pub(super) body: Body,
    pub(super) digest: Option<Checksum>,
    pub(super) tally: Option<Tally>,
}

/// That coding, if this was built with it.
fn coding(compression: Compression) -> Result<Coding, PlanError> {
    let name = match compression {
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    Coding::named(name).ok_or_else(|| {
        PlanError::usage(format!(
            "--compress {name}: this formpost was built without it (the cargo feature \"{name}\")"
        ))
    })
}

impl Treatment {
    /// # Errors
    /// If this was built without what is asked for.
    pub(super) fn of(
        body: &BodyArgs,
        form: &FormArgs,
        framing: GivenFraming,
        checksum: Option<ChecksumAlgorithm>,
    ) -> Result<Self, PlanError> {
        Ok(Self {
            framing,
            coding: body.compress.map(coding).transpose()?,
            spooled: form.spool,
            digest: body.content_digest.map(|algorithm| match algorithm {
                DigestAlgorithm::Sha256 => Algorithm::Sha256,
                DigestAlgorithm::Sha512 => Algorithm::Sha512,
            }),
            checksum: checksum.map(|algorithm| match algorithm {
                ChecksumAlgorithm::Sha256 => Algorithm::Sha256,
                ChecksumAlgorithm::Sha512 => Algorithm::Sha512,
                ChecksumAlgorithm::Md5 => Algorithm::Md5,
            }),
        })
    }

    /// That it can be done to what the payload makes, under that head.
    ///
    /// # Errors
    /// If it cannot.
    pub(super) fn check(&self, head: &HeadDraft, payload: &Payload) -> Result<(), PlanError> {
        let fields = [
            ("--compress", "Content-Encoding", self.coding.is_some()),
            ("--content-digest", "Content-Digest", self.digest.is_some()),
        ];
        for (option, field, _) in fields.into_iter().filter(|(_, _, is_asked)| *is_asked) {
            if payload.is_nothing() {
                return Err(PlanError::usage(format!(
                    "{option} and -G: there is no body"
                )));
            }
            if head.has(field) {
                return Err(PlanError::usage(format!(
                    "{option} and -H {field}: expected one of them"
                )));
            }
        }
        match payload.fleeting() {
            Some(name) if self.digest.is_some() && !self.is_spooled() => {
                let message = format!("--content-digest: {name} cannot be read twice");
                Err(PlanError::usage(message).hint("--spool keeps what it gives"))
            }
            _ => Ok(()),
        }
    }

    fn is_spooled(&self) -> bool {
        self.spooled && self.coding.is_some()
    }

    /// Treats what `make` makes, which is asked for more than one if that has to be read ahead of time.
    ///
    /// # Errors
    /// If a source cannot be read ahead of time, or the file not be written.
    pub(super) fn treat(
        &self,
        make: impl Fn() -> Result<Body, PlanError>,
    ) -> Result<Treated, PlanError> {
        let mut body = self.coded(make()?)?;
        let contents = body.contents();
        if !self.is_spooled() {
            let digest = self.digest(|| self.coded(make()?))?;
            let tally = self.checksum;
            let tally = tally.map(|algorithm| Tally::of(&mut body, algorithm, contents));
            return Ok(Treated {
                body,
                digest,
                tally,
            });
        }
        let tally = self.checksum;
        let mut tally = tally.map(|algorithm| Tally::of_contents(&mut body, algorithm, contents));
        let content = spool(BODY, body)?;
        let whole = || Body::whole(content.clone(), Arc::new(Meter::new()));
        let digest = self.digest(|| Ok(whole()))?;
        let mut body = whole();
        if let Some(tally) = &mut tally {
            tally.send(&mut body);
        }
        Ok(Treated {
            body,
            digest,
            tally,
        })
    }

    fn coded(&self, body: Body) -> Result<Body, PlanError> {
        let Some(coding) = self.coding else {
            return Ok(body);
        };
        body.coded(coding).map_err(|error| PlanError::Spool {
            name: BODY.to_owned(),
            error,
        })
    }

    /// What the head says of a body, if it is to say that: it is read to its end for it.
    fn digest(
        &self,
        make: impl FnOnce() -> Result<Body, PlanError>,
    ) -> Result<Option<Checksum>, PlanError> {
        let Some(algorithm) = self.digest else {
            return Ok(None);
        };
        let mut hasher = Hasher::new(algorithm);
        io::copy(&mut make()?, &mut hasher).map_err(|error| {
            let reason = match error.downcast::<SourceError>() {
                Ok(error) => error.to_string(),
                Err(error) => format!("{BODY}: {error}"),
            };
            PlanError::Sources(vec![reason])
        })?;
        Ok(Some(hasher.finish()))
    }
}
