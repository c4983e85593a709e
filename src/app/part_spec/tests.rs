//! The language in tables, as its options read it: an argument, and what comes of it.

use std::ffi::OsStr;

use formpost::send::transfer_encoding::TransferEncoding;

use super::{
    Attributes, ContentSpec, FileSpec, FormItem, GroupSpec, HeaderSpec, PartSpec, SourceSpec,
    SpecError, SpecWarning, WarningKind,
};

/// Reads one argument as the options do.
type Reader = fn(&OsStr) -> Result<FormItem, SpecError>;

impl Attributes {
    fn typed(self, content_type: &str) -> Self {
        Self {
            content_type: Some(content_type.into()),
            ..self
        }
    }

    fn named(self, filename: &str) -> Self {
        Self {
            filename: Some(filename.into()),
            ..self
        }
    }

    fn header(mut self, line: &str) -> Self {
        self.headers.push(HeaderSpec::Line(line.into()));
        self
    }

    fn header_file(mut self, path: &str) -> Self {
        self.headers.push(HeaderSpec::File(path.into()));
        self
    }

    fn encoded(self, encoding: TransferEncoding) -> Self {
        Self {
            encoding: Some(encoding),
            ..self
        }
    }
}

impl FormItem {
    fn warned(mut self, kinds: impl IntoIterator<Item = WarningKind>) -> Self {
        let (Self::Part(PartSpec { name, warnings, .. })
        | Self::Open(GroupSpec { name, warnings, .. })) = &mut self
        else {
            panic!("nothing to warn about");
        };
        let about = |kind| SpecWarning {
            name: name.clone(),
            kind,
        };
        warnings.extend(kinds.into_iter().map(about));
        self
    }
}

fn none() -> Attributes {
    Attributes::default()
}

fn name(name: &str) -> Option<Vec<u8>> {
    (!name.is_empty()).then(|| name.into())
}

fn part(part: &str, content: ContentSpec) -> FormItem {
    FormItem::Part(PartSpec {
        name: name(part),
        content,
        is_template: false,
        warnings: Vec::new(),
    })
}

fn source(word: &str) -> SourceSpec {
    if word == "-" {
        SourceSpec::Stdin
    } else {
        SourceSpec::Path(word.into())
    }
}

fn files<const N: usize>(part_name: &str, files: [(&str, Attributes); N]) -> FormItem {
    let file = |(word, attributes)| FileSpec {
        source: source(word),
        attributes,
    };
    part(part_name, ContentSpec::Files(files.map(file).into()))
}

/// A list of two or more, with the warning that each such list gets.
fn nested<const N: usize>(part_name: &str, list: [(&str, Attributes); N]) -> FormItem {
    files(part_name, list).warned(nests(N))
}

fn file(part: &str, word: &str, attributes: Attributes) -> FormItem {
    files(part, [(word, attributes)])
}

fn text_from(part_name: &str, word: &str, attributes: Attributes) -> FormItem {
    part(
        part_name,
        ContentSpec::TextFrom {
            source: source(word),
            attributes,
        },
    )
}

fn text(part_name: &str, value: &str, attributes: Attributes) -> FormItem {
    part(
        part_name,
        ContentSpec::Text {
            value: value.into(),
            attributes,
        },
    )
}

fn open(
    group: &str,
    Attributes {
        content_type,
        headers,
        ..
    }: Attributes,
) -> FormItem {
    FormItem::Open(GroupSpec {
        name: name(group),
        content_type,
        headers,
        warnings: Vec::new(),
    })
}

fn unknown(text: &str) -> [WarningKind; 1] {
    [WarningKind::UnknownParameter { text: text.into() }]
}

fn cut(dropped: &str) -> [WarningKind; 1] {
    [WarningKind::ValueCut {
        dropped: dropped.into(),
    }]
}

fn after_quote(dropped: &str) -> [WarningKind; 1] {
    [WarningKind::TextAfterQuote {
        dropped: dropped.into(),
    }]
}

fn type_cut(sent: &str, dropped: &str) -> [WarningKind; 1] {
    [WarningKind::TypeCut {
        sent: sent.into(),
        dropped: dropped.into(),
    }]
}

fn blank_after_type(followed_by: &str) -> [WarningKind; 1] {
    [WarningKind::BlankAfterType {
        followed_by: followed_by.into(),
    }]
}

fn nests(count: usize) -> [WarningKind; 1] {
    [WarningKind::NestedFiles { count }]
}

fn idle(keyword: &'static str, content: &'static str) -> WarningKind {
    WarningKind::IdleParameter { keyword, content }
}

fn parse(argument: &str) -> Result<FormItem, SpecError> {
    FormItem::parse(OsStr::new(argument))
}

#[track_caller]
fn assert_parses(table: &[(&str, FormItem)]) {
    assert_reads(FormItem::parse, table);
}

#[track_caller]
fn assert_reads(reader: Reader, table: &[(&str, FormItem)]) {
    for (argument, expected) in table {
        let item = reader(OsStr::new(argument));
        assert_eq!(item.as_ref(), Ok(expected), "{argument}");
    }
}

/// What the manual promises, argument by argument.
#[test]
#[expect(clippy::too_many_lines, reason = "one table, as the manual has it")]
fn an_argument_is_read_as_the_manual_has_it() {
    let quoted_printable = TransferEncoding::QuotedPrintable;
    assert_parses(&[
        ("a=@a.txt", file("a", "a.txt", none())),
        ("j=@d.json", file("j", "d.json", none())),
        (
            "a=@p.PNG;filename=foo",
            file("a", "p.PNG", none().named("foo")),
        ),
        (
            "a=@noext;filename=q.JPEG",
            file("a", "noext", none().named("q.JPEG")),
        ),
        (
            "a=@a.txt;TYPE=x/y;FileName=Z",
            file("a", "a.txt", none().typed("x/y").named("Z")),
        ),
        (
            "a=@a.txt;type=text/x-foo; charset=utf-8;filename=zz",
            file(
                "a",
                "a.txt",
                none().typed("text/x-foo; charset=utf-8").named("zz"),
            ),
        ),
        (
            "a=@a.txt;type=a/b;type=c/d",
            file("a", "a.txt", none().typed("a/b;type=c/d")),
        ),
        (
            "a=@a.txt;type=a/b;filename=n;type=c/d",
            file("a", "a.txt", none().typed("c/d").named("n")),
        ),
        (
            "a=@a.txt;type=a/b ;filename=z",
            file("a", "a.txt", none().typed("a/b").named("z"))
                .warned(blank_after_type(";filename=z")),
        ),
        ("a=@a.txt;type=", file("a", "a.txt", none().typed(""))),
        ("a=@a.txt;filename=", file("a", "a.txt", none().named(""))),
        (
            "a=@a.txt;filename=two words ;type=x/y",
            file("a", "a.txt", none().named("two words").typed("x/y")),
        ),
        (
            "a=@a.txt; filename = s",
            file("a", "a.txt", none()).warned(unknown("filename = s")),
        ),
        ("a=@ a.txt ", file("a", "a.txt", none())),
        (
            r#"a=@"q\"uo;te,n.txt""#,
            file("a", "q\"uo;te,n.txt", none()),
        ),
        (r"a=@back\slash.txt", file("a", r"back\slash.txt", none())),
        (
            "a=@a.txt,d.json;type=application/x,noext",
            nested(
                "a",
                [
                    ("a.txt", none()),
                    ("d.json", none().typed("application/x")),
                    ("noext", none()),
                ],
            ),
        ),
        ("a=@-", file("a", "-", none())),
        ("a=@-;filename=x.png", file("a", "-", none().named("x.png"))),
        ("a=<-", text_from("a", "-", none())),
        ("b=<x.html", text_from("b", "x.html", none())),
        ("b=<a.txt", text_from("b", "a.txt", none())),
        ("b=<d.json", text_from("b", "d.json", none())),
        (
            "b=<d.json;filename=zz",
            text_from("b", "d.json", none()).warned([idle("filename=", "'<'")]),
        ),
        (
            "b=text;filename=zz.png",
            text("b", "text", none().named("zz.png")),
        ),
        ("b= lead trail  ", text("b", "lead trail", none())),
        (
            r#"b="  quoted; text "; type=text/foo"#,
            text("b", "  quoted; text ", none().typed("text/foo")),
        ),
        (
            r#"b="q"trail"#,
            text("b", "q", none()).warned(after_quote("trail")),
        ),
        (r#"b="unterminated"#, text("b", r#""unterminated"#, none())),
        (r#"b=a"quo"te"#, text("b", r#"a"quo"te"#, none())),
        (r#"b="a\\b\"c\n""#, text("b", r#"a\b"c\n"#, none())),
        (r"b=a\\b", text("b", r"a\\b", none())),
        (
            "b=val;foo=bar",
            text("b", "val", none()).warned(cut(";foo=bar")),
        ),
        ("a=b=c,d", text("a", "b=c,d", none())),
        ("=x", text("", "x", none())),
        ("a=", text("a", "", none())),
        ("na\"me=v", text("na\"me", "v", none())),
        ("a\nb=v", text("a\nb", "v", none())),
        (
            r#"a=x;headers=X-H: 1;headers="X-G: a;b""#,
            text("a", "x", none().header("X-H: 1").header("X-G: a;b")),
        ),
        (
            r#"a=@a.txt;headers="Content-Type: text/zz""#,
            file("a", "a.txt", none().header("Content-Type: text/zz")),
        ),
        (
            r#"a=@a.txt;headers="Content-Disposition: attachment; name=q""#,
            file(
                "a",
                "a.txt",
                none().header("Content-Disposition: attachment; name=q"),
            ),
        ),
        (
            "a=@a.txt;encoder=quoted-printable",
            file("a", "a.txt", none().encoded(quoted_printable)),
        ),
        ("a=@missing", file("a", "missing", none())),
        ("a=@", file("a", "", none())),
        ("a=@dir", file("a", "dir", none())),
    ]);

    assert_eq!(
        parse("a=(text"),
        Err(SpecError::TextInGroup {
            found: "(text".into()
        })
    );
    assert_eq!(
        parse("noequals"),
        Err(SpecError::NoEquals {
            found: String::from("noequals")
        })
    );
    assert_eq!(parse("a=@a.txt;encoder=zip"), Err(unknown_encoder("zip")));
}

fn unknown_encoder(name: &str) -> SpecError {
    SpecError::UnknownEncoder(TransferEncoding::parse(name).unwrap_err())
}

#[test]
fn a_group_is_opened_and_closed() {
    assert_parses(&[
        ("a=(", open("a", none())),
        ("=(", open("", none())),
        ("a=( ", open("a", none())),
        (
            "a=(;type=multipart/alternative;headers=X: 1",
            open("a", none().typed("multipart/alternative").header("X: 1")),
        ),
        (
            "a=(;filename=f;encoder=7bit;foo",
            open("a", none()).warned(
                unknown("foo")
                    .into_iter()
                    .chain([idle("filename=", "'('"), idle("encoder=", "'('")]),
            ),
        ),
        ("=)", FormItem::Close),
        // Not the whole content, a name before it, or not the first character: text.
        ("=) ", text("", ")", none())),
        ("=)x", text("", ")x", none())),
        ("a=)", text("a", ")", none())),
        ("a= (", text("a", "(", none())),
        (r#"a="(""#, text("a", "(", none())),
    ]);
}

#[test]
fn only_the_first_character_makes_a_file_of_a_content() {
    assert_parses(&[
        ("a= @x", text("a", "@x", none())),
        (r#"a="@x""#, text("a", "@x", none())),
        (r#"a="<x""#, text("a", "<x", none())),
        ("a=@<x", file("a", "<x", none())),
        ("a=<@x", text_from("a", "@x", none())),
        ("a=@./-", file("a", "./-", none())),
        (r#"a=@"-""#, file("a", "-", none())),
    ]);
}

#[test]
fn a_word_is_trimmed_unless_it_is_quoted() {
    assert_parses(&[
        ("a=\t x\t", text("a", "x", none())),
        (r#"a=  "x " "#, text("a", "x ", none())),
        (r#"a="x"  ;type=t/u"#, text("a", "x", none().typed("t/u"))),
        (r#"a="""#, text("a", "", none())),
        (r#"a=""#, text("a", "\"", none())),
        (r#"a="x\"#, text("a", r#""x\"#, none())),
        (r#"a="x\""#, text("a", r#""x\""#, none())),
        (r#"a="x\\""#, text("a", r"x\", none())),
        (r#"a="x;y"#, text("a", "\"x", none()).warned(cut(";y"))),
        ("a=@x y.txt", file("a", "x y.txt", none())),
        ("a=<x,y", text_from("a", "x,y", none())),
        (r#"a=<"x;y""#, text_from("a", "x;y", none())),
        ("a=x;filename=f,g", text("a", "x", none().named("f,g"))),
    ]);
}

#[test]
fn files_in_a_list_have_parameters_of_their_own() {
    assert_parses(&[
        ("a=@x , y", nested("a", [("x", none()), ("y", none())])),
        (
            r#"a=@"x,y",z"#,
            nested("a", [("x,y", none()), ("z", none())]),
        ),
        ("a=@x,", nested("a", [("x", none()), ("", none())])),
        ("a=@x,-", nested("a", [("x", none()), ("-", none())])),
        (
            "a=@x;filename=f,y;headers=A: 1,z;encoder=base64",
            nested(
                "a",
                [
                    ("x", none().named("f")),
                    ("y", none().header("A: 1")),
                    ("z", none().encoded(TransferEncoding::Base64)),
                ],
            ),
        ),
        (
            "a=@x;type=t/u; v=w,y",
            nested("a", [("x", none().typed("t/u; v=w")), ("y", none())]),
        ),
    ]);
}

#[test]
fn a_type_takes_in_what_follows_it() {
    assert_parses(&[
        ("a=x;type=foo", text("a", "x", none().typed("foo"))),
        ("a=x;type= t/u", text("a", "x", none().typed("t/u"))),
        ("a=x;type=t/u ", text("a", "x", none().typed("t/u"))),
        (
            "a=x;type=t/u;;  v=\"w;x\" ",
            text("a", "x", none().typed("t/u;;  v=\"w;x\"")),
        ),
        (
            "a=x;type=t/u; HEADERS=A: 1",
            text("a", "x", none().typed("t/u").header("A: 1")),
        ),
        (
            "a=x;filename=f;type=t/u;v=w;encoder=8bit",
            text(
                "a",
                "x",
                none()
                    .named("f")
                    .typed("t/u;v=w")
                    .encoded(TransferEncoding::EightBit),
            ),
        ),
    ]);
}

#[test]
fn what_a_blank_sets_apart_from_a_type_is_kept_with_a_warning() {
    assert_parses(&[
        (
            "a=x;type=t/u ; v=w",
            text("a", "x", none().typed("t/u; v=w")).warned(blank_after_type("; v=w")),
        ),
        (
            "a=x;type=t/u v=w",
            text("a", "x", none().typed("t/u v=w")).warned(blank_after_type("v=w")),
        ),
        (
            "a=@x;type=t/u , y",
            files("a", [("x", none().typed("t/u")), ("y", none())])
                .warned(blank_after_type(", y").into_iter().chain(nests(2))),
        ),
    ]);
}

fn as_part(item: FormItem) -> PartSpec {
    let FormItem::Part(part) = item else {
        panic!("not a part: {item:?}");
    };
    part
}

#[test]
fn a_type_is_cut_where_curl_cuts_it_and_the_rest_is_still_read() {
    assert_parses(&[
        (
            r#"a=x;type="text/q";filename=f"#,
            text("a", "x", none().typed("").named("f")).warned(type_cut("", "\"text/q\"")),
        ),
        (
            "a=x;type=t/u:v",
            text("a", "x", none().typed("t/u")).warned(type_cut("t/u", ":v")),
        ),
        (
            "a=x;type=t/u,v",
            text("a", "x", none().typed("t/u")).warned(type_cut("t/u", ",v")),
        ),
    ]);
}

#[test]
fn the_last_parameter_of_a_kind_counts_but_headers_add_up() {
    assert_parses(&[
        (
            "a=x;filename=f;filename=g",
            text("a", "x", none().named("g")),
        ),
        (
            "a=x;encoder=7bit;encoder=BINARY",
            text("a", "x", none().encoded(TransferEncoding::Binary)),
        ),
        (
            r#"a=x;headers=@h.txt;headers=< "h;2" ;headers= X: @no file"#,
            text(
                "a",
                "x",
                none()
                    .header_file("h.txt")
                    .header_file("h;2")
                    .header("X: @no file"),
            ),
        ),
    ]);
}

#[test]
fn unknown_parameters_are_skipped() {
    assert_parses(&[
        ("a=@x;", file("a", "x", none())),
        (
            "a=@x;foo;filename=f",
            file("a", "x", none().named("f")).warned(unknown("foo")),
        ),
        // Only a quote at the beginning protects what it encloses.
        (
            r#"a=@x;foo="b;c""#,
            file("a", "x", none()).warned([unknown("foo=\"b"), unknown("c\"")].concat()),
        ),
        (
            r#"a=@x;"b;c,d"e"#,
            file("a", "x", none()).warned(unknown(r#""b;c,d"e"#)),
        ),
        (
            r#"a="x";foo"#,
            text("a", "x", none()).warned(unknown("foo")),
        ),
        (
            "a=<x;foo",
            text_from("a", "x", none()).warned(unknown("foo")),
        ),
        // After a raw text they are a part of it that was meant to be sent.
        ("a=x;", text("a", "x", none()).warned(cut(";"))),
        ("a=x; y;z", text("a", "x", none()).warned(cut(";y;z"))),
        (
            "a=x;filename=f;y",
            text("a", "x", none().named("f")).warned(cut(";y")),
        ),
    ]);
}

#[test]
fn refusals_say_what_was_expected_and_what_was_found() {
    for (argument, message) in [
        ("x", "expected NAME=CONTENT, found no '=' in 'x'"),
        (
            "a\tb=x",
            "expected a name without control characters, found 0x09, which servers read differently; take it out",
        ),
        (
            "a\0b=x",
            "expected a name without control characters, found 0x00, which servers read differently; take it out",
        ),
        (
            "a=@x;filename=\x1b",
            "expected a filename without control characters, found 0x1b, which servers read differently; \
             give another after filename=",
        ),
        (
            "a=@x\0",
            "expected a path, found 0x00, which no path can hold",
        ),
        (
            "a=x;headers=A: 1\r\nB: 2",
            r"expected one header line, found 0x0d in 'A: 1\r\nB: 2'; give each header a headers= of its own",
        ),
        (
            "a=x;headers=",
            "after headers=: expected a header line, Name: value, found ''",
        ),
        (
            "a=x;type=t/u\n",
            r"expected one line after type=, found 0x0a in 't/u\n'; take it out",
        ),
        (
            "a=x;type=t/u;v=\0",
            r"expected one line after type=, found 0x00 in 't/u;v=\u{0}'; take it out",
        ),
        (
            "a=x;encoder=",
            "after encoder=: expected binary, 8bit, 7bit, base64 or quoted-printable, found \"\"",
        ),
        (
            "a=(b;type=t/u",
            "expected '(' alone, which opens a group, found '(b'; \
             to send that text use --text, which takes a value as it stands",
        ),
        (
            "a=x;headers=@-",
            "expected a file of headers, found '-'; headers are not read from standard input",
        ),
    ] {
        let error = parse(argument).expect_err(argument);
        assert_eq!(error.to_string(), message, "{argument:?}");
    }
}

#[test]
fn warnings_name_the_part_and_the_way_out() {
    for (argument, message) in [
        (
            "b=val;foo=bar",
            "part 'b': the value was cut at ';': ';foo=bar' is not sent; \
             put the value in double quotes, or use --text, which takes it as it stands",
        ),
        (
            "=@x;foo",
            "part without a name: skipped 'foo', which is none of type=, filename=, headers=, encoder=; \
             put a text that holds ';' in double quotes",
        ),
        (
            "a=x;type=\"t/u\"",
            "part 'a': the type was cut: '' is sent, '\"t/u\"' is not; write type= without quotes, as in \
             type=text/plain;charset=utf-8",
        ),
        (
            "a=x;type=t/u ;filename=f",
            "part 'a': kept ';filename=f', which a blank sets apart from type=; curl loses it, \
             so take the blank out",
        ),
        (
            "a=@x,y",
            "part 'a': its 2 files go nested in one multipart/mixed part, which hardly any server unpacks; \
             repeat -F or --file for each",
        ),
        (
            "b=<x;filename=f",
            "part 'b': skipped filename=, which means nothing after '<'; take it out",
        ),
        (
            "a\nb=\"x\"\x1b[2J",
            r#"part 'a\nb': dropped '\u{1b}[2J' after a closing quote; write a quote inside quotes as \""#,
        ),
    ] {
        let warnings = as_part(parse(argument).unwrap()).warnings;
        assert_eq!(warnings[0].to_string(), message, "{argument:?}");
    }
}

#[test]
fn a_message_shows_the_beginning_of_a_long_text() {
    let long = format!("b=x;{}", "y".repeat(1_000_000));
    let warnings = as_part(parse(&long).unwrap()).warnings;
    assert!(
        warnings[0]
            .to_string()
            .contains(&format!("';{}…'", "y".repeat(59)))
    );
}

#[test]
fn the_plain_options_have_nothing_to_escape() {
    assert_reads(
        FormItem::string,
        &[
            ("a=@x;type=t/u", text("a", "@x;type=t/u", none())),
            ("a= \"b\"=c ", text("a", " \"b\"=c ", none())),
            ("a=(", text("a", "(", none())),
            ("=)", text("", ")", none())),
            ("a=", text("a", "", none())),
        ],
    );
    assert_reads(
        FormItem::file,
        &[
            ("a=x,y;type=t/u", file("a", "x,y;type=t/u", none())),
            ("a= \"x\" ", file("a", " \"x\" ", none())),
            ("a=@x", file("a", "@x", none())),
            ("a=-", file("a", "-", none())),
        ],
    );
    for reader in [
        FormItem::string as Reader,
        FormItem::file,
        FormItem::json_part,
    ] {
        assert_eq!(
            reader(OsStr::new("a")),
            Err(SpecError::NoEquals {
                found: String::from("a")
            })
        );
        let error = SpecError::ControlInName { octet: 0x7f };
        assert_eq!(reader(OsStr::new("\x7f=1")), Err(error));
    }
}

#[test]
fn a_json_part_is_json_or_names_a_file() {
    let json = || none().typed("application/json");
    let from = |word| {
        part(
            "a",
            ContentSpec::JsonFrom {
                source: source(word),
            },
        )
    };
    assert_reads(
        FormItem::json_part,
        &[
            (
                r#"a={"b": [1, "@;"]}"#,
                text("a", r#"{"b": [1, "@;"]}"#, json()),
            ),
            ("a= null", text("a", " null", json())),
            ("a=@x;y.json", from("x;y.json")),
            ("a=@-", from("-")),
        ],
    );
    for refused in ["a=", "a={", "a=1 2", "a=b", "a={'b':1}"] {
        let error = FormItem::json_part(OsStr::new(refused)).expect_err(refused);
        assert!(
            matches!(error, SpecError::NotJson { .. }),
            "{refused}: {error}"
        );
    }
}

#[test]
#[cfg(unix)]
fn octets_that_are_not_utf_8_stay_as_they_are() {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    let name = Some(b"n\xff".to_vec());
    let warnings = Vec::new;
    let path = OsString::from_vec(b"p\xfe.txt".to_vec());
    let source = SourceSpec::Path(path.into());
    let content = ContentSpec::Files(vec![FileSpec {
        source,
        attributes: none(),
    }]);
    let expected = FormItem::Part(PartSpec {
        name,
        content,
        is_template: false,
        warnings: warnings(),
    });
    assert_eq!(
        FormItem::parse(OsStr::from_bytes(b"n\xff=@p\xfe.txt")),
        Ok(expected)
    );

    let json = OsStr::from_bytes(b"a=\"\xff\"");
    assert!(matches!(
        FormItem::json_part(json),
        Err(SpecError::NotJson { .. })
    ));
}

/// All arguments of up to four of the characters that mean something, in every content that can begin with them.
#[test]
fn every_short_argument_is_read_or_refused() {
    const MEANINGFUL: &[u8] = b"@<(\";,= \\-a\n";
    let mut arguments = vec![String::new()];
    for length in 0..4 {
        let longer: Vec<_> = arguments
            .iter()
            .filter(|shorter| shorter.len() == length)
            .flat_map(|shorter| {
                MEANINGFUL
                    .iter()
                    .map(move |&c| format!("{shorter}{}", char::from(c)))
            })
            .collect();
        arguments.extend(longer);
    }
    for argument in arguments {
        for before in ["=", "n=x;type=", "n=@x;filename=", "n=<x;headers="] {
            let argument = format!("{before}{argument}");
            let refused = parse(&argument).is_err();
            assert!(
                !refused || argument.contains(['(', '\n', '@', '<']),
                "{argument:?}"
            );
        }
    }
}
