//! The scanner: an argument's content, word by word and parameter by parameter.
//!
//! It knows what ends a word and a type, and collects warnings as it goes; which words a content is made of is for its
//! caller to know. The grammar stands in `mod.rs`.

use formpost::send::transfer_encoding::TransferEncoding;

use super::attributes::{Attributes, Keyword};
use super::characters::{
    control_in_name, is_blank, line_break, trim_blanks, trim_blanks_end, trim_blanks_start,
};
use super::complaints::{SpecError, SpecWarning, WarningKind, shown};
use super::headers::{HeaderSpec, check_header};
use super::source::SourceSpec;

/// What ends the first token of a type, besides blanks.
const TYPE_STOPS: &[u8] = b"()<>@,;:\\\"[]?=\r\n";

/// A word, and how it was written.
pub(super) struct Word<'a> {
    pub(super) text: Vec<u8>,
    pub(super) is_quoted: bool,
    /// Between the closing quote and the next delimiter.
    trailing: &'a [u8],
}

/// What the parameters after a word say.
#[derive(Default)]
pub(super) struct Parameters<'a> {
    pub(super) attributes: Attributes,
    /// Those that are none of the four, as written; empty ones too.
    pub(super) unknown: Vec<&'a [u8]>,
}

/// An argument's content, as far as it is not read yet.
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
    /// In a list of files a `,` is a delimiter.
    in_list: bool,
    warnings: Vec<WarningKind>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            in_list: false,
            warnings: Vec::new(),
        }
    }

    pub(super) fn of_list(rest: &'a [u8]) -> Self {
        Self {
            in_list: true,
            ..Self::new(rest)
        }
    }

    pub(super) fn warn(&mut self, kind: WarningKind) {
        self.warnings.push(kind);
    }

    pub(super) fn warnings_about(self, name: Option<&Vec<u8>>) -> Vec<SpecWarning> {
        let about = |kind| SpecWarning {
            name: name.cloned(),
            kind,
        };
        self.warnings.into_iter().map(about).collect()
    }

    fn is_delimiter(&self, octet: u8) -> bool {
        octet == b';' || (octet == b',' && self.in_list)
    }

    /// Skips `octet` if it comes next; says whether it did.
    pub(super) fn skip(&mut self, octet: u8) -> bool {
        let after = self.rest.strip_prefix(&[octet]);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = trim_blanks_start(self.rest);
    }

    /// Takes what comes before the first octet that `ends` it.
    fn take_until(&mut self, ends: impl Fn(&Self, u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|&octet| ends(self, octet));
        let (taken, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Takes what comes before the next delimiter, whatever it is.
    fn segment(&mut self) -> &'a [u8] {
        self.take_until(Self::is_delimiter)
    }

    fn word(&mut self) -> Word<'a> {
        self.skip_blanks();
        if let Some((text, after)) = unquote(self.rest) {
            self.rest = after;
            return Word {
                text,
                is_quoted: true,
                trailing: trim_blanks(self.segment()),
            };
        }
        let text = trim_blanks(self.segment()).to_vec();
        Word {
            text,
            is_quoted: false,
            trailing: b"",
        }
    }

    /// A word whose text counts, so that losing some of it is worth a warning.
    pub(super) fn value(&mut self) -> Word<'a> {
        let word = self.word();
        if !word.trailing.is_empty() {
            self.warn(WarningKind::TextAfterQuote {
                dropped: shown(word.trailing),
            });
        }
        word
    }

    pub(super) fn parameters(&mut self) -> Result<Parameters<'a>, SpecError> {
        let mut parameters = Parameters::default();
        while self.skip(b';') {
            self.skip_blanks();
            match Keyword::split_from(self.rest) {
                Some((keyword, after)) => {
                    self.rest = after;
                    self.parameter(keyword, &mut parameters.attributes)?;
                }
                None => parameters.unknown.push(self.unknown()),
            }
        }
        Ok(parameters)
    }

    /// The parameters, where unknown ones are no sign of anything else.
    pub(super) fn attributes(&mut self) -> Result<Attributes, SpecError> {
        let Parameters {
            attributes,
            unknown,
        } = self.parameters()?;
        for text in unknown.into_iter().filter(|text| !text.is_empty()) {
            self.warn(WarningKind::UnknownParameter { text: shown(text) });
        }
        Ok(attributes)
    }

    fn parameter(&mut self, keyword: Keyword, found: &mut Attributes) -> Result<(), SpecError> {
        match keyword {
            Keyword::Type => found.content_type = Some(self.content_type()?),
            Keyword::Filename => found.filename = Some(self.filename()?),
            Keyword::Headers => found.headers.push(self.header()?),
            Keyword::Encoder => found.encoding = Some(self.encoding()?),
        }
        Ok(())
    }

    /// Passes over a parameter that is none of the four, as over a word.
    fn unknown(&mut self) -> &'a [u8] {
        let before = self.rest;
        self.word();
        trim_blanks(self.taken_since(before))
    }

    /// What was read since `before` was the rest.
    fn taken_since(&self, before: &'a [u8]) -> &'a [u8] {
        &before[..before.len() - self.rest.len()]
    }

    fn encoding(&mut self) -> Result<TransferEncoding, SpecError> {
        let name = self.value().text;
        let name = String::from_utf8_lossy(&name);
        TransferEncoding::parse(&name).map_err(SpecError::UnknownEncoder)
    }

    fn filename(&mut self) -> Result<Vec<u8>, SpecError> {
        let filename = self.value().text;
        match control_in_name(&filename) {
            Some(octet) => Err(SpecError::ControlInFilename { octet }),
            None => Ok(filename),
        }
    }

    fn header(&mut self) -> Result<HeaderSpec, SpecError> {
        if self.skip(b'@') || self.skip(b'<') {
            return match SourceSpec::new(self.value().text)? {
                SourceSpec::Stdin => Err(SpecError::HeadersFromStdin),
                SourceSpec::Path(path) => Ok(HeaderSpec::File(path)),
            };
        }
        let line = self.value().text;
        check_header(&line)?;
        Ok(HeaderSpec::Line(line))
    }

    fn content_type(&mut self) -> Result<Vec<u8>, SpecError> {
        self.skip_blanks();
        let before = self.rest;
        let found = self.type_token();
        check_type(self.taken_since(before))?;
        Ok(found)
    }

    /// A type's first token, and then as much as belongs to it.
    fn type_token(&mut self) -> Vec<u8> {
        let is_stop = |octet| is_blank(octet) || TYPE_STOPS.contains(&octet);
        let token = self.take_until(|_, octet| is_stop(octet));
        let stop = self.rest.first().copied();
        if stop.is_some_and(|octet| !is_blank(octet) && !self.is_delimiter(octet)) {
            let dropped = shown(trim_blanks(self.segment()));
            self.warn(WarningKind::TypeCut {
                sent: shown(token),
                dropped,
            });
            return token.to_vec();
        }
        let mut found = token.to_vec();
        found.extend_from_slice(self.after_type_token());
        while self.rest.first() == Some(&b';') && !self.names_a_parameter() {
            self.skip(b';');
            found.push(b';');
            found.extend_from_slice(self.segment());
        }
        trim_blanks(&found).to_vec()
    }

    /// What a blank sets apart from a type's first token; nothing if a delimiter follows the blank.
    fn after_type_token(&mut self) -> &'a [u8] {
        let lost_by_curl = trim_blanks(self.rest);
        if self.rest.first().copied().is_some_and(is_blank) && !lost_by_curl.is_empty() {
            self.warn(WarningKind::BlankAfterType {
                followed_by: shown(lost_by_curl),
            });
        }
        trim_blanks_end(self.segment())
    }

    /// Whether the parameter that begins here, with its `;`, ends a type. Another `type=` does not.
    fn names_a_parameter(&self) -> bool {
        let after = self.rest.strip_prefix(b";").unwrap_or(self.rest);
        let keyword = Keyword::split_from(trim_blanks_start(after));
        keyword.is_some_and(|(keyword, _)| keyword != Keyword::Type)
    }
}

/// The content between the quotes that `text` begins with, and what follows them; `None` if it is not quoted.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut unquoted = Vec::new();
    loop {
        rest = match rest {
            [b'"', after @ ..] => return Some((unquoted, after)),
            [b'\\', octet @ (b'"' | b'\\'), after @ ..] | [octet, after @ ..] => {
                unquoted.push(*octet);
                after
            }
            [] => return None,
        };
    }
}

fn check_type(found: &[u8]) -> Result<(), SpecError> {
    match line_break(found) {
        Some(octet) => Err(SpecError::BreakInType {
            octet,
            found: shown(found),
        }),
        None => Ok(()),
    }
}
