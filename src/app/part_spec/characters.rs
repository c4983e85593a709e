//! What single octets mean to the language, wherever they stand.

/// A blank: space or tab.
pub(super) fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

pub(super) fn trim_blanks_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|&&octet| is_blank(octet)).count();
    &text[blanks..]
}

pub(super) fn trim_blanks_end(text: &[u8]) -> &[u8] {
    let blanks = text
        .iter()
        .rev()
        .take_while(|&&octet| is_blank(octet))
        .count();
    &text[..text.len() - blanks]
}

pub(super) fn trim_blanks(text: &[u8]) -> &[u8] {
    trim_blanks_end(trim_blanks_start(text))
}

/// A control character that a name may not hold. CR and LF it may: they are escaped when it is sent.
pub(crate) fn control_in_name(name: &[u8]) -> Option<u8> {
    let is_refused = |octet: &u8| octet.is_ascii_control() && !matches!(octet, b'\r' | b'\n');
    name.iter().copied().find(is_refused)
}

/// An octet that would end a line, or that some reader takes for the end of a text.
pub(crate) fn line_break(line: &[u8]) -> Option<u8> {
    line.iter()
        .copied()
        .find(|octet| matches!(octet, b'\r' | b'\n' | 0))
}
