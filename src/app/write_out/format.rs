//! The language of `-w`: a text becomes a list of pieces. Pure.
//!
//! | written | means |
//! | --- | --- |
//! | `%{name}` | that variable |
//! | `%header{name}` | the answer's first field of that name |
//! | `%{stdout}`, `%{stderr}` | from here on it goes there |
//! | `%{onerror}` | from here on only if the exit code is not 0 |
//! | `%%` | a percent sign |
//! | `\n`, `\r`, `\t` | line feed, carriage return, tabulator |
//!
//! Everything else is text as it stands, as curl takes it: a brace that is never closed, `\\`, which is two characters, and
//! other characters after `%` or `\`. What curl only warns of is an error here: a variable that does not exist.

use thiserror::Error;

/// What is written for `-w`, in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Format(pub(super) Vec<Piece>);

/// A piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Vec<u8>),
    Variable(Variable),
    /// A field of the answer, by its name.
    Header(Vec<u8>),
    /// All fields of the answer.
    HeaderJson,
    /// All variables.
    Json,
    /// What follows goes there.
    To(Stream),
    /// What follows is for failures.
    OnError,
}

/// Where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// What is known of a transfer, by curl's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    ContentType,
    ErrorMessage,
    ExitCode,
    FilenameEffective,
    HttpCode,
    HttpVersion,
    LocalIp,
    LocalPort,
    Method,
    NumHeaders,
    NumRedirects,
    NumRetries,
    RedirectUrl,
    RemoteIp,
    RemotePort,
    Scheme,
    SizeDownload,
    SizeHeader,
    SizeRequest,
    SizeUpload,
    SpeedDownload,
    SpeedUpload,
    TimeAppConnect,
    TimeConnect,
    TimeNameLookup,
    TimePreTransfer,
    TimeRedirect,
    TimeStartTransfer,
    TimeTotal,
    Url,
    UrlEffective,
}

/// All of them, in the order of their names.
pub(super) const VARIABLES: [(&str, Variable); 32] = [
    ("content_type", Variable::ContentType),
    ("errormsg", Variable::ErrorMessage),
    ("exitcode", Variable::ExitCode),
    ("filename_effective", Variable::FilenameEffective),
    ("http_code", Variable::HttpCode),
    ("http_version", Variable::HttpVersion),
    ("local_ip", Variable::LocalIp),
    ("local_port", Variable::LocalPort),
    ("method", Variable::Method),
    ("num_headers", Variable::NumHeaders),
    ("num_redirects", Variable::NumRedirects),
    ("num_retries", Variable::NumRetries),
    ("redirect_url", Variable::RedirectUrl),
    ("remote_ip", Variable::RemoteIp),
    ("remote_port", Variable::RemotePort),
    ("response_code", Variable::HttpCode),
    ("scheme", Variable::Scheme),
    ("size_download", Variable::SizeDownload),
    ("size_header", Variable::SizeHeader),
    ("size_request", Variable::SizeRequest),
    ("size_upload", Variable::SizeUpload),
    ("speed_download", Variable::SpeedDownload),
    ("speed_upload", Variable::SpeedUpload),
    ("time_appconnect", Variable::TimeAppConnect),
    ("time_connect", Variable::TimeConnect),
    ("time_namelookup", Variable::TimeNameLookup),
    ("time_pretransfer", Variable::TimePreTransfer),
    ("time_redirect", Variable::TimeRedirect),
    ("time_starttransfer", Variable::TimeStartTransfer),
    ("time_total", Variable::TimeTotal),
    ("url", Variable::Url),
    ("url_effective", Variable::UrlEffective),
];

/// What stands in braces and is no variable.
const OTHERS: [(&str, Piece); 5] = [
    ("header_json", Piece::HeaderJson),
    ("json", Piece::Json),
    ("onerror", Piece::OnError),
    ("stderr", Piece::To(Stream::Stderr)),
    ("stdout", Piece::To(Stream::Stdout)),
];

/// What a format asks for and cannot have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("expected a variable, found {found}")]
pub(crate) struct Unknown {
    found: String,
    nearest: Option<&'static str>,
}

impl Unknown {
    /// What to write instead.
    pub(crate) fn hint(&self) -> String {
        match self.nearest {
            Some(nearest) => format!("is it %{{{nearest}}}?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        }
    }
}

impl Format {
    /// Takes a format apart.
    ///
    /// # Errors
    /// If it asks for what does not exist.
    pub(crate) fn parse(mut rest: &[u8]) -> Result<Self, Unknown> {
        let mut format = Self::default();
        while let [first, after @ ..] = rest {
            rest = after;
            match (first, after) {
                (b'%', [b'%', ..]) => {
                    format.text(b"%");
                    rest = &after[1..];
                }
                (b'%', _) => match braced(after) {
                    Some((kind, name, behind)) => {
                        format.0.push(piece(kind, name)?);
                        rest = behind;
                    }
                    None => format.text(b"%"),
                },
                (b'\\', [escaped, behind @ ..]) => {
                    match escaped {
                        b'n' => format.text(b"\n"),
                        b'r' => format.text(b"\r"),
                        b't' => format.text(b"\t"),
                        other => format.text(&[b'\\', *other]),
                    }
                    rest = behind;
                }
                (other, _) => format.text(&[*other]),
            }
        }
        Ok(format)
    }

    /// Takes one apart that stands in a file: its line ends are none of it, as with curl.
    ///
    /// # Errors
    /// If it asks for what does not exist.
    pub(crate) fn parse_file(text: &[u8]) -> Result<Self, Unknown> {
        let is_of_line = |octet: &u8| !matches!(octet, b'\r' | b'\n');
        let line: Vec<u8> = text.iter().copied().filter(is_of_line).collect();
        Self::parse(&line)
    }

    fn text(&mut self, octets: &[u8]) {
        if let Some(Piece::Text(text)) = self.0.last_mut() {
            text.extend_from_slice(octets);
        } else {
            self.0.push(Piece::Text(octets.to_vec()));
        }
    }
}

/// What can stand between a percent sign and a brace. The last two are curl's, and not here.
const KINDS: [&[u8]; 4] = [b"", b"header", b"output", b"time"];

/// The word in front of a brace, what the brace holds, and what follows it.
fn braced(text: &[u8]) -> Option<(&'static [u8], &[u8], &[u8])> {
    KINDS.into_iter().find_map(|kind| {
        let inner = text.strip_prefix(kind)?.strip_prefix(b"{")?;
        let end = inner.iter().position(|octet| *octet == b'}')?;
        Some((kind, &inner[..end], &inner[end + 1..]))
    })
}

fn piece(kind: &[u8], name: &[u8]) -> Result<Piece, Unknown> {
    let shown = String::from_utf8_lossy(name);
    match kind {
        b"header" => Ok(Piece::Header(name.to_vec())),
        b"" => {
            let variable = VARIABLES.iter().find(|(known, _)| *known == shown);
            let other = OTHERS.iter().find(|(known, _)| *known == shown);
            let piece = variable.map(|(_, variable)| Piece::Variable(*variable));
            piece
                .or_else(|| other.map(|(_, piece)| piece.clone()))
                .ok_or_else(|| Unknown {
                    nearest: nearest(&shown),
                    found: format!("%{{{shown}}}"),
                })
        }
        kind => Err(Unknown {
            found: format!("%{}{{{shown}}}", String::from_utf8_lossy(kind)),
            nearest: None,
        }),
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    let variables = VARIABLES.iter().map(|(name, _)| *name);
    variables.chain(OTHERS.iter().map(|(name, _)| *name))
}

/// The known name that takes the fewest changes, unless half of it would have to be another.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.trim().to_ascii_lowercase();
    let (changes, nearest) = names()
        .map(|known| (changes(name.as_bytes(), known.as_bytes()), known))
        .min()?;
    (changes * 2 <= nearest.len()).then_some(nearest)
}

/// How many octets have to be put in, taken out or exchanged to make one text of the other (Levenshtein).
fn changes(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, octet) in one.iter().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, theirs) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(octet != theirs);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<Piece> {
        Format::parse(text.as_bytes()).unwrap().0
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn a_format_is_texts_and_variables() {
        assert_eq!(
            pieces("a%{http_code}\\n%header{X-A}%%%{stderr}b%{onerror}%{json}%{header_json}"),
            [
                text("a"),
                Piece::Variable(Variable::HttpCode),
                text("\n"),
                Piece::Header(b"X-A".to_vec()),
                text("%"),
                Piece::To(Stream::Stderr),
                text("b"),
                Piece::OnError,
                Piece::Json,
                Piece::HeaderJson,
            ]
        );
        assert_eq!(pieces(""), []);
        assert_eq!(Format::parse(b"\xff").unwrap().0, [Piece::Text(vec![0xff])]);
    }

    #[test]
    fn what_means_nothing_stays_as_it_is() {
        for (format, expected) in [
            (r"\r\n\t", "\r\n\t"),
            (r"\\n", r"\\n"),
            (r"a\qb\", r"a\qb\"),
            ("100% %d %", "100% %d %"),
            ("%{http_code", "%{http_code"),
            ("%header{x", "%header{x"),
            ("%headers{x}", "%headers{x}"),
            ("%%{url}", "%{url}"),
        ] {
            assert_eq!(pieces(format), [text(expected)], "{format}");
        }
    }

    #[test]
    fn an_unknown_variable_is_told_with_its_neighbour() {
        for (format, found, nearest) in [
            ("%{http_cod}", "%{http_cod}", Some("http_code")),
            ("%{ Time_Total }", "%{ Time_Total }", Some("time_total")),
            ("%{size_uploaded}", "%{size_uploaded}", Some("size_upload")),
            ("%{xyz}", "%{xyz}", None),
            ("%{}", "%{}", None),
            ("%output{a}", "%output{a}", None),
        ] {
            let found = found.to_owned();
            let error = Unknown { found, nearest };
            assert_eq!(Format::parse(format.as_bytes()), Err(error), "{format}");
        }
    }

    #[test]
    fn a_file_has_no_line_ends() {
        assert_eq!(
            Format::parse_file(b"a\r\nb\\n\n").unwrap().0,
            [text("ab\n")]
        );
    }

    #[test]
    fn the_names_are_in_order() {
        assert!(VARIABLES.is_sorted_by_key(|(name, _)| *name));
    }
}
