//! A request that uploads a file as the one part of a form.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use formpost::multipart::{Boundary, Escape, PartHead};
use formpost::send::{Body, Content, Form, Framing, Head, Header, Identity, Meter, Part};

const BOUNDARY: &str = "------------------------benchbenchbenchbenchbench";

pub(crate) fn request(url: &str, path: &Path) -> Result<(Head, Framing, Body), Box<dyn Error>> {
    let content = Content::file(
        path.to_owned(),
        Identity::of(&File::open(path)?.metadata()?),
    );
    let head = PartHead {
        name: Some(b"file".to_vec()),
        filename: Some(b"upload.bin".to_vec()),
        ..PartHead::default()
    };
    let form = Form {
        boundary: Boundary::new(BOUNDARY)?,
        parts: vec![Part { head, content }],
    };
    let body = Body::new(form, Escape::Percent, Arc::new(Meter::new()))?;
    let framing = Framing::Length(body.length().ok_or("a length")?);
    let value = format!("multipart/form-data; boundary={BOUNDARY}");
    let head = Head::new(
        "POST",
        url.parse()?,
        vec![Header::new("Content-Type", value)?],
    )?;
    Ok((head, framing, body))
}
