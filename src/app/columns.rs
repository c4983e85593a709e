//! How many columns a text takes on a terminal, and what is left of one that takes too many. Pure.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub(crate) fn columns_of(text: &str) -> usize {
    text.width()
}

/// At most `width` columns of `text`, an ellipsis where it was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut columns = 0;
    let kept = text.chars().take_while(|character| {
        columns += character.width().unwrap_or(0);
        columns < width
    });
    let mut shown: String = kept.collect();
    if width > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_by_columns_and_shows() {
        for (text, width, shown) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("a", 0, ""),
        ] {
            assert_eq!(cut(text, width), shown);
            assert!(columns_of(shown) <= width);
        }
    }
}
