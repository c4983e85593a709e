//! Where form readers differ, as they document it or as they are: what the cases expect of each, and what the page says.

/// What a reader does differently from others.
pub(super) struct Manners {
    pub(super) files: Names,
    pub(super) fields: Names,
    pub(super) order: Order,
    pub(super) lists: Lists,
    /// Spaces and dots in the name of a field become underscores.
    pub(super) mangles_field_names: bool,
    /// It says of a file's type `text/plain; charset=…` all, and not `text/plain` only.
    pub(super) tells_parameters: bool,
    pub(super) typed_texts: TypedTexts,
    /// Of more files in one form it drops the rest, without an error.
    pub(super) files_at_most: Option<usize>,
    pub(super) chunked: Chunked,
}

/// The most common ones.
pub(super) const PLAIN: Manners = Manners {
    files: COMMON,
    fields: COMMON,
    order: Order::AsSent,
    lists: Lists::OfOneName,
    mangles_field_names: false,
    tells_parameters: true,
    typed_texts: TypedTexts::Untold,
    files_at_most: None,
    chunked: Chunked::Taken,
};

/// The order in which parts are handed over.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Order {
    AsSent,
    /// Texts and files apart, each in its order.
    TextsFirst,
    /// Texts and files apart, and each by name: only parts of one name are in an order.
    ByName,
}

/// What becomes of several parts under one name.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Lists {
    /// All are handed over.
    OfOneName,
    /// The last is handed over, unless the name ends in `[]`; then all, without the `[]`.
    InBrackets,
}

/// What becomes of a text that has a type.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum TypedTexts {
    Told,
    /// It is a text like others.
    Untold,
    /// It is a file without a name.
    Files,
}

/// What becomes of a form whose length is not known before.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Chunked {
    Taken,
    /// All of it is read, and the form is empty, without an error.
    Emptied,
    /// Nothing of it is read, and the form is empty, without an error. The connection is lost then.
    Unread,
}

/// What a reader makes of what stands between the quotes of `name="…"` or `filename="…"`.
pub(super) struct Names {
    /// Of `q%22uo`: a quote, as browsers escape it.
    pub(super) quote: &'static str,
    /// Of `c%0Dr` and `l%0Af`: line breaks, as browsers escape them.
    pub(super) carriage_return: &'static str,
    pub(super) line_feed: &'static str,
    /// Of `per%41cent`, in which nothing is escaped.
    pub(super) percent: &'static str,
    /// Of `back\slash`, in which nothing is escaped either.
    pub(super) backslash: &'static str,
    /// Of `q\"uo`: a quote, as `--form-escape` escapes it. Nothing if the form is refused.
    pub(super) escaped_quote: Option<&'static str>,
    /// Of `back\\slash`: a backslash, as `--form-escape` escapes it.
    pub(super) escaped_backslash: &'static str,
}

/// No escapes are undone but those of a quoted string (RFC 9110 section 5.6.4), and of those only the two that are needed.
pub(super) const COMMON: Names = Names {
    quote: "q%22uo",
    carriage_return: "c%0Dr",
    line_feed: "l%0Af",
    percent: "per%41cent",
    backslash: r"back\slash",
    escaped_quote: Some("q\"uo"),
    escaped_backslash: r"back\slash",
};

/// Whatever stands after a backslash is taken as it is, as in any quoted string; and a browser's backslash is lost.
pub(super) const QUOTED_STRING: Names = Names {
    backslash: "backslash",
    ..COMMON
};

/// Backslashes mean nothing.
pub(super) const BACKSLASHES_KEPT: Names = Names {
    escaped_quote: Some(r#"q\"uo"#),
    escaped_backslash: r"back\\slash",
    ..COMMON
};

/// Only what stands after the last backslash counts, as if the rest were the path on some client's disk.
pub(super) const LAST_SEGMENT: Names = Names {
    backslash: "slash",
    escaped_backslash: "slash",
    ..COMMON
};
