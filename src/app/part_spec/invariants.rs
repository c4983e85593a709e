//! What holds for any argument of `-F`.

use std::ffi::OsStr;
use std::fmt::Display;
use std::os::unix::ffi::OsStrExt;

use super::{
    Attributes, ContentSpec, FileSpec, FormItem, GroupSpec, HeaderSpec, PartSpec, SourceSpec,
    WarningKind,
};

/// An argument, octet for octet: what is refused is refused with a message that is fit to be shown, and what is taken has
/// its text as it was typed. Written anew, every word in quotes, it means the same.
pub(crate) fn form_language(argument: &[u8]) {
    as_it_stands(argument);
    let item = match FormItem::parse(OsStr::from_bytes(argument)) {
        Ok(item) => item,
        Err(error) => return is_fit_to_be_shown(&error),
    };
    for warning in warnings(&item) {
        is_fit_to_be_shown(warning);
    }
    if let FormItem::Part(PartSpec {
        content: ContentSpec::Text { value, .. },
        ..
    }) = &item
    {
        let is_in =
            |text: &[u8]| value.is_empty() || text.windows(value.len()).any(|found| found == value);
        assert!(
            is_in(argument) || is_in(&unescaped(argument)),
            "{value:?} was not typed"
        );
    }
    means_the_same(&item);
}

/// The options without a language take a value as it stands.
fn as_it_stands(argument: &[u8]) {
    let text = OsStr::from_bytes(argument);
    let end = argument.iter().position(|octet| *octet == b'=');
    let typed = end.map(|end| &argument[end + 1..]);
    if let Ok(item) = FormItem::string(text) {
        assert_eq!(literal_of(&item), typed);
    }
    match FormItem::json_part(text) {
        Ok(item) if typed.is_some_and(|typed| !typed.starts_with(b"@")) => {
            assert_eq!(literal_of(&item), typed);
        }
        Ok(_) => {}
        Err(error) => is_fit_to_be_shown(&error),
    }
    if let Ok(FormItem::Part(part)) = FormItem::file(text) {
        let ContentSpec::Files(files) = part.content else {
            panic!("{:?} is no file", part.content);
        };
        assert_eq!(Some(path_of(&files[0].source)), typed);
    }
}

fn literal_of(item: &FormItem) -> Option<&[u8]> {
    match item {
        FormItem::Part(PartSpec {
            content: ContentSpec::Text { value, .. },
            ..
        }) => Some(value),
        FormItem::Part(_) | FormItem::Open(_) | FormItem::Close => None,
    }
}

fn path_of(source: &SourceSpec) -> &[u8] {
    source.as_path().as_os_str().as_bytes()
}

/// Control characters would reach the terminal.
fn is_fit_to_be_shown(message: &dyn Display) {
    let message = message.to_string();
    assert!(!message.contains(char::is_control), "{message:?}");
}

/// A text with `\"` and `\\` undone wherever they stand.
fn unescaped(mut text: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    while let [b'\\', octet @ (b'"' | b'\\'), behind @ ..] | [octet, behind @ ..] = text {
        found.push(*octet);
        text = behind;
    }
    found
}

fn warnings(item: &FormItem) -> &[super::SpecWarning] {
    match item {
        FormItem::Part(PartSpec { warnings, .. }) | FormItem::Open(GroupSpec { warnings, .. }) => {
            warnings
        }
        FormItem::Close => &[],
    }
}

fn without_warnings(mut item: FormItem) -> FormItem {
    if let FormItem::Part(PartSpec { warnings, .. }) | FormItem::Open(GroupSpec { warnings, .. }) =
        &mut item
    {
        warnings.clear();
    }
    item
}

fn means_the_same(item: &FormItem) {
    let written = written(item);
    let again = FormItem::parse(OsStr::from_bytes(&written));
    let again = again.unwrap_or_else(|error| panic!("{}: {error}", written.escape_ascii()));
    for warning in warnings(&again) {
        // The two that no spelling avoids.
        let is_true_of_it = matches!(
            warning.kind,
            WarningKind::NestedFiles { .. } | WarningKind::BlankAfterType { .. }
        );
        assert!(is_true_of_it, "{}: {warning}", written.escape_ascii());
    }
    assert_eq!(
        without_warnings(again),
        without_warnings(item.clone()),
        "{}",
        written.escape_ascii()
    );
}

/// An argument that says this, every word of it in quotes.
fn written(item: &FormItem) -> Vec<u8> {
    match item {
        FormItem::Close => b"=)".to_vec(),
        FormItem::Open(GroupSpec {
            name,
            content_type,
            headers,
            ..
        }) => {
            let attributes = Attributes {
                content_type: content_type.clone(),
                headers: headers.clone(),
                ..Attributes::default()
            };
            let name = name.as_deref().unwrap_or_default();
            [name, b"=(", &parameters(&attributes)].concat()
        }
        FormItem::Part(PartSpec { name, content, .. }) => {
            let name = name.as_deref().unwrap_or_default();
            [name, b"=", &written_content(content)].concat()
        }
    }
}

fn written_content(content: &ContentSpec) -> Vec<u8> {
    match content {
        ContentSpec::Text { value, attributes } => [quoted(value), parameters(attributes)].concat(),
        ContentSpec::TextFrom { source, attributes } => [
            b"<".to_vec(),
            quoted(path_of(source)),
            parameters(attributes),
        ]
        .concat(),
        ContentSpec::Files(files) => {
            let file = |file: &FileSpec| {
                [quoted(path_of(&file.source)), parameters(&file.attributes)].concat()
            };
            let files: Vec<_> = files.iter().map(file).collect();
            [b"@".to_vec(), files.join(&b',')].concat()
        }
        ContentSpec::JsonFrom { .. } => panic!("-F does not say {content:?}"),
    }
}

fn parameters(attributes: &Attributes) -> Vec<u8> {
    let mut written = Vec::new();
    if let Some(content_type) = &attributes.content_type {
        written.extend([b";type=", content_type.as_slice()].concat());
    }
    if let Some(filename) = &attributes.filename {
        written.extend([b";filename=".to_vec(), quoted(filename)].concat());
    }
    for header in &attributes.headers {
        written.extend(match header {
            HeaderSpec::Line(line) => [b";headers=".to_vec(), quoted(line)].concat(),
            HeaderSpec::File(path) => {
                [b";headers=@".to_vec(), quoted(path.as_os_str().as_bytes())].concat()
            }
        });
    }
    if let Some(encoding) = &attributes.encoding {
        written.extend([b";encoder=", encoding.as_str().as_bytes()].concat());
    }
    written
}

fn quoted(word: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for octet in word {
        if matches!(octet, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*octet);
    }
    quoted.push(b'"');
    quoted
}

#[cfg(test)]
mod tests {
    use formpost::send::transfer_encoding::TransferEncoding;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
    use proptest::sample::select;

    use super::*;

    /// Octets of which words are made, those that mean something among them.
    const LETTERS: &[u8] = b"aZ0 \t\"\\;,=@<()-:/?[]#'%{}\r\n\x7f\x01\xc3\xa4\xff";

    fn word(refused: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
        let letters: Vec<u8> = LETTERS
            .iter()
            .copied()
            .filter(|octet| !refused.contains(octet))
            .collect();
        vec(select(letters), 0..10)
    }

    /// A name, as far as one may hold it.
    fn name() -> impl Strategy<Value = Option<Vec<u8>>> {
        word(b"=\t\x7f\x01").prop_map(|name| (!name.is_empty()).then_some(name))
    }

    fn source() -> impl Strategy<Value = SourceSpec> {
        word(b"").prop_map(|word| SourceSpec::new(word).unwrap())
    }

    fn content_type() -> impl Strategy<Value = Vec<u8>> {
        let segment = select(&["charset=utf-8", " a=\"b\"", "type=c/d", "", "filenames=x"][..]);
        let token = select(&["", "text/plain", "x", "a/b+\u{e4}"][..]);
        (token, vec(segment, 0..3)).prop_map(|(token, segments)| {
            let pieces: Vec<_> = [token].into_iter().chain(segments).collect();
            pieces.join(";").into_bytes()
        })
    }

    fn header() -> impl Strategy<Value = HeaderSpec> {
        let path = word(b"").prop_filter("it is standard input", |word| word != b"-");
        prop_oneof![
            word(b"\r\n").prop_map(|value| HeaderSpec::Line([b"X-Y: ", value.as_slice()].concat())),
            path.prop_map(|path| HeaderSpec::File(OsStr::from_bytes(&path).into())),
        ]
    }

    fn attributes() -> impl Strategy<Value = Attributes> {
        let encoding = select(&[TransferEncoding::Base64, TransferEncoding::QuotedPrintable][..]);
        (
            option::of(content_type()),
            option::of(word(b"\t\x7f\x01")),
            vec(header(), 0..3),
            option::of(encoding),
        )
            .prop_map(|(content_type, filename, headers, encoding)| Attributes {
                content_type,
                filename,
                headers,
                encoding,
            })
    }

    fn content() -> impl Strategy<Value = ContentSpec> {
        let file = (source(), attributes())
            .prop_map(|(source, attributes)| FileSpec { source, attributes });
        prop_oneof![
            (word(b""), attributes())
                .prop_map(|(value, attributes)| ContentSpec::Text { value, attributes }),
            (source(), attributes()).prop_map(|(source, mut attributes)| {
                attributes.filename = None;
                ContentSpec::TextFrom { source, attributes }
            }),
            vec(file, 1..4).prop_map(ContentSpec::Files),
        ]
    }

    fn item() -> impl Strategy<Value = FormItem> {
        let part = (name(), content()).prop_map(|(name, content)| {
            FormItem::Part(PartSpec {
                name,
                content,
                is_template: false,
                warnings: Vec::new(),
            })
        });
        let open = (name(), attributes()).prop_map(|(name, attributes)| {
            FormItem::Open(GroupSpec {
                name,
                content_type: attributes.content_type,
                headers: attributes.headers,
                warnings: Vec::new(),
            })
        });
        prop_oneof![8 => part, 2 => open, 1 => Just(FormItem::Close)]
    }

    proptest! {
        #[test]
        fn whatever_is_meant_can_be_written(item in item()) {
            means_the_same(&item);
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(
            start in select(&["", "a=", "a=@", "a=<", "=(", "a=\"", "a=@b;type=", "a=b;headers="][..]),
            rest in word(b""),
            end in select(&["", "\"", "\";type=x"][..]),
        ) {
            form_language(&[start.as_bytes(), &rest, end.as_bytes()].concat());
        }
    }
}
