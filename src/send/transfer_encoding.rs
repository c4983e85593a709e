//! Content transfer encodings (RFC 2045 section 6): how the octets of one part are written so that they pass
//! where only some octets may.
//!
//! Which part is encoded is decided elsewhere; this file names the encodings, says how long a content becomes, and
//! reads a content through one of them, in memory that does not grow with it. Octet for octet the output is what curl
//! sends for its `encoder=`:
//!
//! ```text
//! base64            := line *( CRLF line )        57 octets to a line of 76; no CRLF after the last
//! quoted-printable  := *( literal / "=" 2HEX / soft-break / CRLF )
//! literal           := %x21-3C / %x3E-7E          printable ASCII but "="
//!                    / SP / HTAB                  unless a CRLF or the end comes next
//! soft-break        := "=" CRLF                   before what would not fit
//! ```
//!
//! A CRLF of the content ends an encoded line; a lone CR or LF is no line end and becomes `=0D` or `=0A`. An encoded
//! line holds at most 76 characters, and its last column only what a CRLF or the end follows, for else a soft break's
//! `=` needs it.

use std::io::{self, ErrorKind, Read};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest encoded line, without its CRLF (RFC 2045 sections 6.7 and 6.8).
const LINE: usize = 76;

/// How many octets fill a line of base64.
const BASE64_LINE: usize = LINE / 4 * 3;

/// How many octets are asked of a content at once: enough that a system call for each costs nothing.
const BLOCK: usize = 8 * 1024;

const CRLF: &str = "\r\n";

/// A value of the Content-Transfer-Encoding header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferEncoding {
    /// Any octets, unchanged.
    Binary,
    /// Any octets, unchanged; says that the lines are short.
    EightBit,
    /// Octets below 0x80, unchanged; others are an error.
    SevenBit,
    /// Four characters for three octets, in lines of 76.
    Base64,
    /// Text that stays readable: `=XX` for what is not printable ASCII, lines of at most 76.
    QuotedPrintable,
}

/// A name that is none of the five encodings'.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected binary, 8bit, 7bit, base64 or quoted-printable, found {0:?}")]
pub struct UnknownEncoding(String);

/// An octet that 7bit cannot carry: what [`TransferEncoding::SevenBit`]'s reader fails with, inside an [`io::Error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "octet {octet:#04x} at offset {offset} is not 7bit; base64 and quoted-printable can carry it"
)]
pub struct NotSevenBit {
    /// Where it stands in the content.
    pub offset: u64,
    /// What stands there.
    pub octet: u8,
}

impl TransferEncoding {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Binary,
        Self::EightBit,
        Self::SevenBit,
        Self::Base64,
        Self::QuotedPrintable,
    ];

    /// Reads an encoding's name; upper and lower case are one.
    ///
    /// # Errors
    ///
    /// [`UnknownEncoding`] if `name` is none of the five.
    pub fn parse(name: &str) -> Result<Self, UnknownEncoding> {
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownEncoding(name.to_owned()))
    }

    /// The header's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::EightBit => "8bit",
            Self::SevenBit => "7bit",
            Self::Base64 => "base64",
            Self::QuotedPrintable => "quoted-printable",
        }
    }

    /// How long a content of `length` octets is once encoded: `None` if only encoding it can tell, or if no `u64` can.
    #[must_use]
    pub fn encoded_length(self, length: u64) -> Option<u64> {
        match self {
            Self::Binary | Self::EightBit | Self::SevenBit => Some(length),
            Self::Base64 => base64_length(length),
            Self::QuotedPrintable => (length == 0).then_some(0),
        }
    }

    /// Reads `content` encoded.
    ///
    /// The reader fails as `content` does, except that it asks again after [`ErrorKind::Interrupted`] where it encodes.
    /// For [`SevenBit`](Self::SevenBit) it also fails with [`ErrorKind::InvalidData`] around a [`NotSevenBit`].
    ///
    /// ```
    /// use formpost::send::transfer_encoding::TransferEncoding;
    ///
    /// let mut reader = TransferEncoding::QuotedPrintable.reader(Box::new(&b"1 + 1 = 2 "[..]));
    /// assert_eq!(std::io::read_to_string(&mut reader)?, "1 + 1 =3D 2=20");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn reader(self, content: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self {
            Self::Binary | Self::EightBit => content,
            Self::SevenBit => Box::new(SevenBitReader { content, offset: 0 }),
            Self::Base64 => Box::new(EncodedReader::new(
                content,
                Encoder::Base64 { begun: false },
            )),
            Self::QuotedPrintable => Box::new(EncodedReader::new(
                content,
                Encoder::QuotedPrintable { column: 0 },
            )),
        }
    }
}

impl FromStr for TransferEncoding {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, UnknownEncoding> {
        Self::parse(name)
    }
}

/// Four characters for each three octets begun, and a CRLF between the lines but not after the last.
fn base64_length(length: u64) -> Option<u64> {
    let characters = length.div_ceil(3).checked_mul(4)?;
    let line_ends = length.saturating_sub(1) / BASE64_LINE as u64;
    characters.checked_add(line_ends * CRLF.len() as u64)
}

/// A content that may only hold octets below 0x80.
struct SevenBitReader {
    content: Box<dyn Read + Send>,
    /// How much was read before.
    offset: u64,
}

impl Read for SevenBitReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        if let Some(index) = buffer[..count].iter().position(|octet| !octet.is_ascii()) {
            let offset = self.offset + index as u64;
            let octet = buffer[index];
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                NotSevenBit { offset, octet },
            ));
        }
        self.offset += count as u64;
        Ok(count)
    }
}

/// A content on its way through an [`Encoder`].
struct EncodedReader {
    content: Box<dyn Read + Send>,
    /// The content has said that nothing follows.
    ended: bool,
    /// Read from the content and not yet encoded: the first `filled` octets.
    ///
    /// An encoder leaves less than a line of base64 here, so that there is always room for more.
    input: Box<[u8; BLOCK]>,
    filled: usize,
    encoder: Encoder,
    /// Encoded, and handed on up to `served`. At most three characters, or one line end, for each octet of `input`.
    output: String,
    served: usize,
}

impl EncodedReader {
    fn new(content: Box<dyn Read + Send>, encoder: Encoder) -> Self {
        Self {
            content,
            ended: false,
            input: Box::new([0; BLOCK]),
            filled: 0,
            encoder,
            output: String::new(),
            served: 0,
        }
    }

    /// Reads some more of the content, or its end, and encodes what can be encoded by now.
    fn refill(&mut self) -> io::Result<()> {
        self.pull()?;
        self.output.clear();
        self.served = 0;
        let input = &self.input[..self.filled];
        let taken = self.encoder.encode(input, self.ended, &mut self.output);
        self.input.copy_within(taken..self.filled, 0);
        self.filled -= taken;
        Ok(())
    }

    fn pull(&mut self) -> io::Result<()> {
        let count = loop {
            match self.content.read(&mut self.input[self.filled..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        self.filled += count;
        self.ended = count == 0;
        Ok(())
    }
}

impl Read for EncodedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.served == self.output.len() && !self.ended {
            self.refill()?;
        }
        let count = (&self.output.as_bytes()[self.served..]).read(buffer)?;
        self.served += count;
        Ok(count)
    }
}

/// The two encodings that change what they carry, and what each remembers from one block to the next.
enum Encoder {
    Base64 {
        /// A line was written, so a CRLF comes before the next.
        begun: bool,
    },
    QuotedPrintable {
        /// How many characters the current line has.
        column: usize,
    },
}

impl Encoder {
    /// Writes as much of `input` as what follows it cannot change, all of it if it `ended`; says how much that was.
    fn encode(&mut self, input: &[u8], ended: bool, output: &mut String) -> usize {
        match self {
            Self::Base64 { begun } => encode_base64(begun, input, ended, output),
            Self::QuotedPrintable { column } => {
                encode_quoted_printable(column, input, ended, output)
            }
        }
    }
}

fn encode_base64(begun: &mut bool, input: &[u8], ended: bool, output: &mut String) -> usize {
    let whole_lines = input.len() - input.len() % BASE64_LINE;
    let taken = if ended { input.len() } else { whole_lines };
    for line in input[..taken].chunks(BASE64_LINE) {
        if *begun {
            output.push_str(CRLF);
        }
        STANDARD.encode_string(line, output);
        *begun = true;
    }
    taken
}

fn encode_quoted_printable(
    column: &mut usize,
    input: &[u8],
    ended: bool,
    output: &mut String,
) -> usize {
    let mut rest = input;
    while let Some(taken) = quote_next(column, rest, ended, output) {
        rest = &rest[taken..];
    }
    input.len() - rest.len()
}

/// Writes the first octet of `rest`, or its first CRLF; says how much that was.
///
/// `None` if nothing is left, or too little to decide.
fn quote_next(column: &mut usize, rest: &[u8], ended: bool, output: &mut String) -> Option<usize> {
    if rest.starts_with(CRLF.as_bytes()) {
        output.push_str(CRLF);
        *column = 0;
        return Some(CRLF.len());
    }
    let (&octet, after) = rest.split_first()?;
    let is_literal = match octet {
        b' ' | b'\t' => !line_ends(after, ended)?,
        b'\r' => line_ends(rest, ended)?,
        octet => octet.is_ascii_graphic() && octet != b'=',
    };
    let width = if is_literal { 1 } else { 3 };
    let fits = match *column + width {
        LINE => line_ends(after, ended)?,
        end => end < LINE,
    };
    if !fits {
        output.push_str("=\r\n");
        *column = 0;
    }
    push_quoted(octet, is_literal, output);
    *column += width;
    Some(1)
}

/// Whether a CRLF or the end comes next; `None` while that cannot be told.
fn line_ends(rest: &[u8], ended: bool) -> Option<bool> {
    match rest {
        [] => ended.then_some(true),
        [b'\r'] => ended.then_some(false),
        [b'\r', b'\n', ..] => Some(true),
        [..] => Some(false),
    }
}

fn push_quoted(octet: u8, is_literal: bool, output: &mut String) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    if is_literal {
        output.push(char::from(octet));
    } else {
        let [high, low] = [octet >> 4, octet & 0xF].map(|digit| HEX[usize::from(digit)]);
        output.extend(['=', high, low]);
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, ErrorKind, NotSevenBit, Read, TransferEncoding, io};
    use TransferEncoding::{Base64, Binary, EightBit, QuotedPrintable, SevenBit};

    /// Hands out `content` in pieces of `step`, and before each piece an `Interrupted`.
    struct Reluctant {
        content: io::Cursor<Vec<u8>>,
        step: usize,
        interrupts: bool,
    }

    impl Read for Reluctant {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupts = !self.interrupts;
            if self.interrupts {
                return Err(ErrorKind::Interrupted.into());
            }
            let length = buffer.len().min(self.step);
            self.content.read(&mut buffer[..length])
        }
    }

    fn reluctant(content: &[u8], step: usize) -> Box<dyn Read + Send> {
        let content = io::Cursor::new(content.to_vec());
        Box::new(Reluctant {
            content,
            step,
            interrupts: false,
        })
    }

    fn whole(encoding: TransferEncoding, content: &[u8]) -> String {
        let mut encoded = String::new();
        let content = io::Cursor::new(content.to_vec());
        encoding
            .reader(Box::new(content))
            .read_to_string(&mut encoded)
            .unwrap();
        encoded
    }

    /// Reads to the end with buffers of `size`, where every read before the end must bring something.
    fn in_buffers_of(size: usize, mut reader: Box<dyn Read + Send>) -> String {
        let mut encoded = Vec::new();
        let mut buffer = vec![0; size];
        loop {
            let count = reader.read(&mut buffer).unwrap();
            if count == 0 {
                assert_eq!(
                    reader.read(&mut buffer).unwrap(),
                    0,
                    "the end stays the end"
                );
                return String::from_utf8(encoded).unwrap();
            }
            encoded.extend_from_slice(&buffer[..count]);
        }
    }

    /// Octets without a pattern, and with line ends, blanks and letters more often than chance has them.
    fn mixed(length: usize) -> Vec<u8> {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        let pick = |[octet, choice, ..]: [u8; 8]| match choice % 8 {
            0 => b' ',
            1 => b'\r',
            2 => b'\n',
            3 | 4 => b'a' + octet % 26,
            _ => octet,
        };
        (0..length).map(|_| pick(next())).collect()
    }

    #[test]
    fn names_are_read_in_either_case_and_written_as_the_standard_has_them() {
        for (name, encoding) in [
            ("binary", Binary),
            ("8bit", EightBit),
            ("7BIT", SevenBit),
            ("Base64", Base64),
            ("Quoted-Printable", QuotedPrintable),
        ] {
            assert_eq!(name.parse(), Ok(encoding));
            assert_eq!(encoding.as_str(), name.to_ascii_lowercase());
        }
    }

    #[test]
    fn an_unknown_name_is_told_what_was_expected() {
        let error = TransferEncoding::parse("zip").unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected binary, 8bit, 7bit, base64 or quoted-printable, found \"zip\""
        );
        assert!(TransferEncoding::parse("").is_err());
        assert!(TransferEncoding::parse("base64 ").is_err());
    }

    #[test]
    fn base64_vectors() {
        let line = "QUFB".repeat(19);
        for (content, encoded) in [
            (&b""[..], String::new()),
            (b"f", "Zg==".to_owned()),
            (b"fo", "Zm8=".to_owned()),
            (b"foo", "Zm9v".to_owned()),
            (b"hello", "aGVsbG8=".to_owned()),
            (b"\xff\xfe\xfd", "//79".to_owned()),
            (&[b'A'; 57], line.clone()),
            (&[b'A'; 58], format!("{line}\r\nQQ==")),
            (&[b'A'; 114], format!("{line}\r\n{line}")),
            (&[b'A'; 115], format!("{line}\r\n{line}\r\nQQ==")),
        ] {
            assert_eq!(whole(Base64, content), encoded, "{content:?}");
        }
    }

    #[test]
    fn quoted_printable_vectors() {
        let a = |count| "a".repeat(count);
        for (content, encoded) in [
            (String::new(), String::new()),
            ("plain ~!<>".to_owned(), "plain ~!<>".to_owned()),
            ("1=2".to_owned(), "1=3D2".to_owned()),
            ("caf\u{e9}".to_owned(), "caf=C3=A9".to_owned()),
            ("\0\x1f\x7f".to_owned(), "=00=1F=7F".to_owned()),
            // Blanks: literal inside a line, quoted at its end.
            ("a b\tc".to_owned(), "a b\tc".to_owned()),
            (
                "a \r\nb\t\r\nc ".to_owned(),
                "a=20\r\nb=09\r\nc=20".to_owned(),
            ),
            ("a  ".to_owned(), "a =20".to_owned()),
            ("a \n".to_owned(), "a =0A".to_owned()),
            ("a \rb".to_owned(), "a =0Db".to_owned()),
            // Line ends: a pair is one, its halves alone are not.
            ("a\r\nb\r\n".to_owned(), "a\r\nb\r\n".to_owned()),
            ("a\nb\rc".to_owned(), "a=0Ab=0Dc".to_owned()),
            ("\r\r\n\n\r".to_owned(), "=0D\r\n=0A=0D".to_owned()),
            // Column 76: for a character only if the line ends after it.
            (a(76), a(76)),
            (a(77), format!("{}=\r\naa", a(75))),
            (a(76) + "\r\nb", a(76) + "\r\nb"),
            (a(76) + "\n", format!("{}=\r\na=0A", a(75))),
            (a(76) + "\r", format!("{}=\r\na=0D", a(75))),
            (a(73) + "=", a(73) + "=3D"),
            (a(73) + "=\r\n", a(73) + "=3D\r\n"),
            (a(73) + "=b", format!("{}=\r\n=3Db", a(73))),
            (a(74) + "=", format!("{}=\r\n=3D", a(74))),
            (a(72) + "=b", a(72) + "=3Db"),
            (a(72) + "=bc", format!("{}=3D=\r\nbc", a(72))),
            (a(75) + " b", format!("{}=\r\n b", a(75))),
            (a(75) + " ", format!("{}=\r\n=20", a(75))),
            (a(73) + " \r\n", a(73) + "=20\r\n"),
            (a(151), format!("{}=\r\n{}", a(75), a(76))),
        ] {
            assert_eq!(
                whole(QuotedPrintable, content.as_bytes()),
                encoded,
                "{content:?}"
            );
        }
    }

    #[test]
    fn no_line_is_longer_than_76_and_none_ends_in_a_blank() {
        let encoded = whole(QuotedPrintable, &mixed(50_000));
        for line in encoded.split("\r\n") {
            assert!(line.len() <= 76, "{line:?}");
            assert!(!line.ends_with([' ', '\t']), "{line:?}");
        }
    }

    #[test]
    fn neither_the_buffers_nor_the_contents_pieces_change_what_is_written() {
        for content in [mixed(700), mixed(BLOCK + 1)] {
            for encoding in [Base64, QuotedPrintable] {
                let expected = whole(encoding, &content);
                for size in 1..=80 {
                    for step in [1, 58, usize::MAX] {
                        let reader = encoding.reader(reluctant(&content, step));
                        assert!(
                            in_buffers_of(size, reader) == expected,
                            "{encoding:?}, {} octets by {step} into {size}",
                            content.len()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_length_told_is_the_length_written() {
        for length in (0..=400).chain(BLOCK - 60..=BLOCK + 60) {
            let written = whole(Base64, &mixed(length)).len() as u64;
            assert_eq!(
                Base64.encoded_length(length as u64),
                Some(written),
                "{length}"
            );
        }
        for encoding in [Binary, EightBit, SevenBit] {
            assert_eq!(encoding.encoded_length(u64::MAX), Some(u64::MAX));
        }
    }

    #[test]
    fn a_length_that_cannot_be_told_is_not() {
        assert_eq!(QuotedPrintable.encoded_length(0), Some(0));
        assert_eq!(QuotedPrintable.encoded_length(1), None);
        assert_eq!(Base64.encoded_length(u64::MAX), None);
        assert_eq!(Base64.encoded_length(u64::MAX / 4 * 3), None);
    }

    #[test]
    fn seven_bit_passes_ascii_and_names_what_it_cannot() {
        assert_eq!(whole(SevenBit, b"\0plain\x7f\r\n"), "\0plain\x7f\r\n");

        let mut reader = SevenBit.reader(Box::new(&b"0123456789\xe9"[..]));
        let mut buffer = [0; 4];
        reader.read_exact(&mut buffer).unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let inner = error.get_ref().unwrap().downcast_ref();
        assert_eq!(
            inner,
            Some(&NotSevenBit {
                offset: 10,
                octet: 0xe9
            })
        );
        assert_eq!(
            error.to_string(),
            "octet 0xe9 at offset 10 is not 7bit; base64 and quoted-printable can carry it"
        );
    }

    #[test]
    fn binary_and_8bit_change_nothing() {
        for encoding in [Binary, EightBit] {
            let mut read = Vec::new();
            encoding
                .reader(Box::new(&b"\0\xff\r"[..]))
                .read_to_end(&mut read)
                .unwrap();
            assert_eq!(read, b"\0\xff\r");
        }
    }

    #[test]
    fn the_contents_own_failure_comes_through_and_nothing_is_lost_by_it() {
        struct FailsOnce(bool);
        impl Read for FailsOnce {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                self.0 = !self.0;
                if self.0 {
                    Err(ErrorKind::TimedOut.into())
                } else {
                    Ok(0)
                }
            }
        }
        let content = (&b"foo"[..]).chain(FailsOnce(false));
        let mut reader = Base64.reader(Box::new(content));
        let error = reader.read(&mut [0; 80]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(in_buffers_of(80, reader), "Zm9v");
    }
}
