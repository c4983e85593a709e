//! What the help says beside the options.

use clap::builder::styling::{AnsiColor, Styles};

pub(super) const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

pub(super) const EXAMPLES: &str = "\
Examples:
  formpost https://example.com/upload photo.jpg
  formpost https://example.com/upload -F title='A tree' -F 'photo=@tree.jpg;type=image/jpeg'
  tar c notes | formpost https://example.com/upload -F 'archive=@-;filename=notes.tar'
  formpost --dry-run https://example.com/upload photo.jpg

Exit codes:
  0  done: the whole body was sent, and a whole 2xx response received
  1  anything else, such as an output that cannot be written
  2  usage
  3  4  5  answered 3xx, 4xx, 5xx
  6  a source could not be read, or changed while it was sent
  7  never sent: no such host, no connection, no TLS
  8  lost or timed out after sending began: it is not known whether the server kept it
  9  the answer was not HTTP, or was cut";

pub(super) const DIFFERENCES: &str = "\
What -F does differently from curl:
  * name=@- streams a pipe in constant memory: with a length if it ends within 1 MiB, chunked
    otherwise. curl reads all of it first.
  * A file part always has a Content-Type, guessed from the whole list of known extensions.
  * Refused before connecting, each by name: a path that is missing, unreadable or a directory,
    a second -, an unreadable headers=@file, a line break or NUL in a header or a type, an unknown
    encoder=, name=(text. curl sends an empty part for a directory.
  * Warned about: an unknown parameter, a value cut at a semicolon, text after a closing quote,
    a comma list (it goes nested, which hardly any server unpacks).
  * A blank after type=... is trimmed and what follows it is kept; curl loses it.
  * A process substitution is named fifo, not after its descriptor's number.
  * -H 'Content-Type: multipart/...; boundary=X' makes X the boundary; curl sends two.
  * Values are sent byte for byte, as curl does: line ends are not changed as browsers change them.
  * A file name that is not UTF-8 is sent as it is, with a warning; one with a control character
    other than a line break is refused, filename= sends another.
  * A FIFO whose writer dies ends like one that is finished: nobody can tell the two apart.

What else is different from curl:
  * Expect: 100-continue is sent with --expect100-timeout; curl sends it by itself.
  * -T - sends a pipe that ends within 1 MiB with a length, not chunked, and a redirected file, too.
  * -H 'Content-Type: ...' of another kind than multipart is refused beside a form: curl puts it in
    front of a multipart, which no server reads then.
  * URLs are written as browsers write them: what is not ASCII, a quote in the query and braces in
    the path are percent-encoded, and a path is resolved in which /%2e%2e/ stands for /../.
  * It is HTTP/1.1 that is spoken, also with --http2 and --http3.
  * --compressed asks for an answer that is not compressed: no Accept-Encoding is sent.
  * URLs and file names have no globs, as with --globoff: {a,b} and [1-9] stand for themselves.
  * Header fields about the body's framing are held to what it is: -H 'Transfer-Encoding: chunked'
    is --chunked, and -H 'Content-Length: N' is refused unless it is true.
  * -L does not follow a 301 or 302: curl would turn the upload into a GET.";
