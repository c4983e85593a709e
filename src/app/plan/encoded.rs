//! Forms that are no multipart, as browsers encode them (HTML, "Selecting a form submission encoding"): names and values
//! in one text, which is made before it is sent. Line ends become CR LF, and of a file there is only its name.

use std::io::Read;
use std::sync::Arc;

use form_urlencoded::byte_serialize;
use formpost::send::{Body, Meter};

use super::error::PlanError;
use super::form::Ingredients;
use super::outputs::Outputs;
use super::sources::{Opened, Opening, Source, look_for_json};
use crate::app::part_spec::{Attributes, ContentSpec, FileSpec, FormItem, PartSpec};
use crate::app::report::Report;

/// Octets of all values together: such a form holds what people type.
const LIMIT: u64 = 64 * 1024 * 1024;

/// How names and values become one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `a=b+c&d=%C3%A4` (URL Standard, section 5.2).
    Urlencoded,
    /// `a=b c`, a line each, nothing escaped.
    Text,
}

impl Encoding {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Urlencoded => "application/x-www-form-urlencoded",
            Self::Text => "text/plain",
        }
    }

    pub(super) fn encode(self, fields: &[Field]) -> Vec<u8> {
        match self {
            Self::Urlencoded => {
                let pairs = fields.iter().map(Field::urlencoded);
                pairs.collect::<Vec<_>>().join("&").into_bytes()
            }
            Self::Text => {
                let lines = fields.iter();
                let lines =
                    lines.map(|field| [&field.name[..], b"=", &field.value, b"\r\n"].concat());
                lines.collect::<Vec<_>>().concat()
            }
        }
    }
}

/// A name and a value, line ends settled.
pub(super) struct Field {
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Field {
    fn new(name: &[u8], value: &[u8]) -> Self {
        Self {
            name: with_crlf(name),
            value: with_crlf(value),
        }
    }

    fn urlencoded(&self) -> String {
        let encoded = |octets| byte_serialize(octets).collect::<String>();
        format!("{}={}", encoded(&self.name), encoded(&self.value))
    }
}

/// Every line end as CR LF.
fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut settled = Vec::with_capacity(text.len());
    let mut octets = text.iter().peekable();
    while let Some(octet) = octets.next() {
        match octet {
            b'\r' => {
                octets.next_if(|next| **next == b'\n');
                settled.extend(b"\r\n");
            }
            b'\n' => settled.extend(b"\r\n"),
            other => settled.push(*other),
        }
    }
    settled
}

/// Reads the fields of a form.
///
/// # Errors
/// Every source that cannot be read, or what such a form cannot have.
pub(super) fn fields(
    ingredients: Ingredients,
    outputs: &Outputs,
    opening: &mut Opening<'_>,
) -> Result<Vec<Field>, PlanError> {
    let mut reading = Reading {
        outputs,
        opening,
        fields: Vec::new(),
        problems: ingredients.problems,
        left: LIMIT,
    };
    for item in ingredients.items {
        match item {
            FormItem::Part(part) => reading.part(part)?,
            FormItem::Open(_) | FormItem::Close => {
                let error = PlanError::usage("-F 'name=(': only a multipart can have one inside");
                return Err(error.hint("leave out --enctype and -G"));
            }
        }
    }
    if reading.problems.is_empty() {
        Ok(reading.fields)
    } else {
        Err(PlanError::Sources(reading.problems))
    }
}

struct Reading<'a, 'b> {
    outputs: &'a Outputs,
    opening: &'a mut Opening<'b>,
    fields: Vec<Field>,
    problems: Vec<String>,
    /// Octets that may still come.
    left: u64,
}

impl Reading<'_, '_> {
    fn part(&mut self, part: PartSpec) -> Result<(), PlanError> {
        for warning in &part.warnings {
            self.report().warning(&warning.to_string());
        }
        let name = part.name.unwrap_or_default();
        match part.content {
            ContentSpec::Text { value, attributes } => {
                self.check_attributes(&name, &attributes);
                self.field(&name, Ok(Source::Bytes(value)))
            }
            ContentSpec::TextFrom { source, attributes } => {
                self.check_attributes(&name, &attributes);
                self.field(&name, Source::look(&source))
            }
            ContentSpec::JsonFrom { source } => self.field(&name, look_for_json(&source)),
            ContentSpec::Files(files) => {
                for file in files {
                    self.file(&name, file);
                }
                Ok(())
            }
        }
    }

    fn report(&mut self) -> &mut Report {
        self.opening.report()
    }

    /// Only a multipart says more of a part than its name.
    fn check_attributes(&mut self, name: &[u8], attributes: &Attributes) {
        if *attributes != Attributes::default() {
            let name = String::from_utf8_lossy(name).into_owned();
            self.report().warning(&format!(
                "{name}: type=, filename=, headers= and encoder= mean nothing in a form that is no multipart"
            ));
        }
    }

    fn file(&mut self, name: &[u8], file: FileSpec) {
        let given = file.attributes.filename;
        let filename = given.unwrap_or_else(|| super::draft::filename(file.source.as_path()));
        let shown = String::from_utf8_lossy(&filename).into_owned();
        self.report().warning(&format!(
            "{shown}: only its name is sent, as browsers do it; the file goes in a multipart"
        ));
        self.fields.push(Field::new(name, &filename));
    }

    fn field(&mut self, name: &[u8], looked: Result<Source, String>) -> Result<(), PlanError> {
        let source = match looked {
            Ok(source) => source,
            Err(problem) => {
                self.problems.push(problem);
                return Ok(());
            }
        };
        if let Some(identity) = source.identity() {
            self.outputs.check_source(&identity)?;
        }
        let mut value = Vec::new();
        match self.opening.open(source)? {
            Opened::InMemory(octets) => value = octets,
            Opened::Content(content) => {
                let mut body = Body::whole(content, Arc::new(Meter::new()));
                let read = body.by_ref().take(self.left + 1).read_to_end(&mut value);
                if let Err(error) = read {
                    self.problems.push(error.to_string());
                    return Ok(());
                }
            }
        }
        self.left = self.left.checked_sub(value.len() as u64).ok_or_else(|| {
            let name = String::from_utf8_lossy(name);
            let error = PlanError::usage(format!(
                "{name}: expected at most 64 MiB in a form that is no multipart"
            ));
            error.hint("leave out --enctype and -G")
        })?;
        self.fields.push(Field::new(name, &value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(encoding: Encoding, fields: &[(&str, &str)]) -> String {
        let fields: Vec<Field> = fields
            .iter()
            .map(|(name, value)| Field::new(name.as_bytes(), value.as_bytes()))
            .collect();
        String::from_utf8(encoding.encode(&fields)).unwrap()
    }

    #[test]
    fn a_form_is_encoded_as_browsers_encode_it() {
        for (name, value, urlencoded, text) in [
            ("a", "b c", "a=b+c", "a=b c\r\n"),
            ("a&=", "*-._~", "a%26%3D=*-._%7E", "a&==*-._~\r\n"),
            ("ä", "€", "%C3%A4=%E2%82%AC", "ä=€\r\n"),
            (
                "a\nb",
                "c\rd\r\ne",
                "a%0D%0Ab=c%0D%0Ad%0D%0Ae",
                "a\r\nb=c\r\nd\r\ne\r\n",
            ),
            ("", "", "=", "=\r\n"),
        ] {
            let fields = [(name, value)];
            assert_eq!(encoded(Encoding::Urlencoded, &fields), urlencoded);
            assert_eq!(encoded(Encoding::Text, &fields), text);
        }
        let several = [("a", "1"), ("a", "2")];
        assert_eq!(encoded(Encoding::Urlencoded, &several), "a=1&a=2");
        assert_eq!(encoded(Encoding::Text, &several), "a=1\r\na=2\r\n");
        assert_eq!(encoded(Encoding::Urlencoded, &[]), "");
    }
}
