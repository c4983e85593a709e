//! The media type that a file's extension stands for.

use std::path::Path;

/// The ten extensions that curl knows; where one of them decides, it decides the same here.
const CURLS: [(&str, &str); 10] = [
    (".gif", "image/gif"),
    (".jpg", "image/jpeg"),
    (".jpeg", "image/jpeg"),
    (".png", "image/png"),
    (".svg", "image/svg+xml"),
    (".txt", "text/plain"),
    (".htm", "text/html"),
    (".html", "text/html"),
    (".pdf", "application/pdf"),
    (".xml", "application/xml"),
];

/// What curl takes a name for, by its end.
pub(super) fn by_curl(name: &[u8]) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    CURLS
        .into_iter()
        .find(|(extension, _)| name.ends_with(extension.as_bytes()))
        .map(|(_, media_type)| media_type)
}

/// What a name's extension stands for, if anybody knows.
pub(super) fn by_name(name: &[u8]) -> Option<&'static str> {
    by_curl(name)
        .or_else(|| mime_guess::from_path(Path::new(&*String::from_utf8_lossy(name))).first_raw())
}

#[cfg(test)]
mod tests {
    use super::by_name;

    #[test]
    fn curls_ten_decide_first() {
        for (name, media_type) in [
            ("a.XML", Some("application/xml")),
            ("p.PNG", Some("image/png")),
            ("q.JPEG", Some("image/jpeg")),
            ("d.json", Some("application/json")),
            ("noext", None),
            ("", None),
            (".txt", Some("text/plain")),
        ] {
            assert_eq!(by_name(name.as_bytes()), media_type, "{name}");
        }
    }
}
