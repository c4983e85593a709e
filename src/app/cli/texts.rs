//! What `--help` says of each command after its options, and the man pages with it. Sections have a heading in the first
//! column; the lines stand as they are broken here, since clap knows no hanging indentation.

/// Of the program itself.
pub(super) const UPLOAD: &str = "\
Examples:
  A file, as a part named \"file\":
      formpost https://example.com/upload photo.jpg
  Fields and files, as with curl:
      formpost https://example.com/up -F title='A tree' -F photo=@a.jpg
      formpost https://example.com/upload -F 'photo=@a.jpg;type=image/jpeg'
  What a program writes:
      tar c notes | formpost https://example.com/up --filename notes.tar -
  A file that is the whole body, as presigned URLs and stores want it:
      formpost -T app.zip https://example.com/files/
  Every file of a directory, four at a time, and on from there if broken off:
      formpost --each -r --journal a.journal https://example.com/up photos
  With a token that no other user sees, and again if it did not arrive:
      formpost -K token.config --retry 3 https://example.com/up photo.jpg
  Nothing is sent, but everything shown:
      formpost --dry-run https://example.com/upload photo.jpg

Exit codes:
  0  done: the whole body was sent, and a whole 2xx response received
  1  anything else, such as an output that cannot be written
  2  usage
  3  answered 3xx
  4  answered 4xx
  5  answered 5xx
  6  a source could not be read, or changed while it was sent
  7  never sent: no such host, no connection, no TLS
  8  lost or timed out after sending began: it is not known whether the
     server kept it
  9  the answer was not HTTP, or was cut
  130, 143, 129  ended by SIGINT, SIGTERM, SIGHUP

What -F does differently from curl:
  * name=@- streams a pipe in constant memory: with a length if it ends
    within 1 MiB, chunked otherwise. curl reads all of it first.
  * A file part always has a Content-Type, guessed from the whole list of
    known extensions.
  * Refused before connecting, each by name: a path that is missing,
    unreadable or a directory, a second -, an unreadable headers=@file, a line
    break or NUL in a header or a type, an unknown encoder=, name=(text. curl
    sends an empty part for a directory.
  * Warned about: an unknown parameter, a value cut at a semicolon, text after
    a closing quote, a comma list (it goes nested, which hardly any server
    unpacks).
  * A blank after type=... is trimmed and what follows it is kept; curl loses
    it.
  * A process substitution is named fifo, not after its descriptor's number.
  * `-H 'Content-Type: multipart/...; boundary=X'` makes X the boundary; curl
    sends two.
  * Values are sent byte for byte, as curl does: line ends are not changed as
    browsers change them.
  * A file name that is not UTF-8 is sent as it is, with a warning; one with a
    control character other than a line break is refused, filename= sends
    another.
  * A FIFO whose writer dies ends like one that is finished: nobody can tell
    the two apart.

What else is different from curl:
  * HTTP_PROXY in capitals is asked for the proxy, too, unless a web server
    runs formpost.
  * Expect: 100-continue is sent with --expect100-timeout; curl sends it by
    itself.
  * -T - sends a pipe that ends within 1 MiB with a length, not chunked, and a
    redirected file, too.
  * `-H 'Content-Type: ...'` of another kind than multipart is refused beside
    a form: curl puts it in front of a multipart, which no server reads then.
  * URLs are written as browsers write them: what is not ASCII, a quote in the
    query and braces in the path are percent-encoded, and a path is resolved
    in which /%2e%2e/ stands for /../.
  * It is HTTP/1.1 that is spoken, also with --http2 and --http3.
  * --compressed asks for an answer that is not compressed: no Accept-Encoding
    is sent.
  * URLs and file names have no globs, as with --globoff: {a,b} and [1-9]
    stand for themselves.
  * Header fields about the body's framing are held to what it is:
    `-H 'Transfer-Encoding: chunked'` is --chunked, and
    `-H 'Content-Length: N'` is refused unless it is true.
  * -L does not follow a 301 or 302: curl would turn the upload into a GET.
  * -r, -j and -0 are --recursive, --jobs and --null here, --include takes a
    GLOB, and --json is about what is printed.";

/// Of `try`.
pub(super) const TRY: &str = "\
Examples:
  A form that is made up:
      formpost try
  What a server would see of this one:
      formpost try photo.jpg -F title='A tree'
  For other programs:
      formpost try --json -F 'photo=@a.jpg;type=image/jpeg'

Exit codes:
  0  what the server saw is what was read
  1  it is not, or it cannot be shown
  2  usage
  4  refused by the receiver
  6  a file could not be read, or changed while it was sent";

/// Of `receive`.
pub(super) const RECEIVE: &str = "\
Examples:
  From this machine, into a directory:
      formpost receive --dir inbox
  From others, who know the token:
      formpost receive --listen 0.0.0.0:8080 --token \"$TOKEN\" --dir inbox
  Over HTTPS:
      formpost receive --listen 0.0.0.0:8443 --cert a.pem --key a.key
  One upload of 100 MB at the most:
      formpost receive --once --max-body-size 100M --dir inbox
  To see what a script does when its uploads fail, twice:
      formpost receive --discard --fail 503x2

Exit codes:
  0  ended by --once, --count, or a signal: uploads that had begun were taken
  1  anything else, such as an address that is taken
  2  usage
  130, 143, 129  ended by a second signal: SIGINT, SIGTERM, SIGHUP";

/// Of `inspect`.
pub(super) const INSPECT: &str = "\
Examples:
  A body that was recorded:
      formpost inspect body.bin
  The body of a request that is not sent:
      formpost --dump-body - example.com a.jpg | formpost inspect
  Its files, into a directory:
      formpost inspect --extract parts body.bin

Exit codes:
  0  the body is whole
  1  anything else, such as an output that cannot be written
  2  usage
  6  the body could not be read
  9  it is no multipart, or is cut";

/// Of `journal` and what there is of it.
pub(super) const JOURNAL: &str = "\
Examples:
  What became of the files:
      formpost journal show run.journal
  Send again what failed:
      formpost journal show --failed run.journal >failed
      formpost --each --files-from failed https://example.com/up
  Bring together what several machines did:
      formpost journal merge all.journal shard-1.journal shard-2.journal

Exit codes:
  0  done
  1  anything else, such as a file that is no journal, or one that is in use
  2  usage
  6  a journal could not be read";

/// Of `completions`.
pub(super) const COMPLETIONS: &str = "\
Examples:
  formpost completions bash >/etc/bash_completion.d/formpost
  formpost completions zsh >~/.zfunc/_formpost
  formpost completions fish >~/.config/fish/completions/formpost.fish
  formpost completions man >/usr/local/share/man/man1/formpost.1
  formpost completions man-try | man -l -";
