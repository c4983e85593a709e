//! What reads the bodies: each takes one in slices and says how many octets of content were in it,
//! if it knows.

use std::convert::Infallible;
use std::hint::black_box;

use formpost::multipart::{Boundary, Event, Limits, Parser};
use futures_util::stream;
use memchr::memmem::Finder;
use multer::Multipart;
use multer::bytes::Bytes;

use crate::Failure;
use crate::bodies::BOUNDARY;

/// Takes a body and the length of a slice.
pub(crate) type Reader = fn(&Bytes, usize) -> Result<Option<usize>, Failure>;

/// All readers, by name.
pub(crate) const READERS: [(&str, Reader); 3] = [
    ("formpost", formpost),
    ("memmem", memmem),
    ("multer-rs", multer_rs),
];

/// Our own.
fn formpost(body: &Bytes, slice: usize) -> Result<Option<usize>, Failure> {
    let mut parser = Parser::new(&Boundary::new(BOUNDARY)?, Limits::looking());
    let mut content = 0;
    for bytes in body.chunks(slice) {
        parser.feed(bytes);
        loop {
            match parser.next_event() {
                Ok(Event::Content(bytes)) => content += bytes.len(),
                Ok(Event::NeedMore | Event::End) => break,
                Ok(Event::Part(_) | Event::PartEnd) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    parser.finish();
    if parser.next_event()? == Event::End {
        Ok(Some(content))
    } else {
        Err("the end is missing".into())
    }
}

/// No parser: the search for delimiters alone, in each slice for itself.
#[expect(clippy::unnecessary_wraps, reason = "it is one reader of several")]
fn memmem(body: &Bytes, slice: usize) -> Result<Option<usize>, Failure> {
    let delimiter = format!("\r\n--{BOUNDARY}");
    let finder = Finder::new(&delimiter);
    for bytes in body.chunks(slice) {
        black_box(finder.find_iter(bytes).count());
    }
    Ok(None)
}

/// multer-rs, whose slices are not copied on their way in.
fn multer_rs(body: &Bytes, slice: usize) -> Result<Option<usize>, Failure> {
    let starts = (0..body.len()).step_by(slice);
    let slices = starts.map(|start| body.slice(start..body.len().min(start + slice)));
    let mut form = Multipart::new(stream::iter(slices.map(Ok::<_, Infallible>)), BOUNDARY);
    pollster::block_on(async {
        let mut content = 0;
        while let Some(mut field) = form.next_field().await? {
            while let Some(bytes) = field.chunk().await? {
                content += bytes.len();
            }
        }
        Ok(Some(content))
    })
}
