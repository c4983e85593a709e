//! The numbers that a bench was given.

/// As many as there are of the usual ones, in their order, with the usual ones in place of those that are missing.
pub(crate) fn numbers<const N: usize>(usual: [usize; N]) -> [usize; N] {
    // `cargo bench` says so itself, in an argument of its own, which is no number.
    let given = std::env::args().skip(1);
    let mut given = given.filter_map(|argument| argument.parse().ok());
    usual.map(|usual| given.next().unwrap_or(usual))
}
