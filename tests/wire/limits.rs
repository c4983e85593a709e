//! The limits of a parser, as the `.expect` files of the corpus name them.

use formpost::multipart::Limits;

/// Sets a limit, if there is such a field and it can have that number.
pub(crate) fn set_limit(limits: &mut Limits, field: &str, number: &str) -> Option<()> {
    let number: u32 = number.parse().ok()?;
    let count = usize::try_from(number).ok()?;
    let bytes = u64::from(number);
    match field {
        "parts" => limits.parts = count,
        "headers" => limits.headers = count,
        "header_bytes" => limits.header_bytes = count,
        "preamble" => limits.preamble = bytes,
        "field_bytes" => limits.field_bytes = bytes,
        "fields_bytes" => limits.fields_bytes = bytes,
        "file_bytes" => limits.file_bytes = Some(bytes),
        "body" => limits.body = Some(bytes),
        _ => return None,
    }
    Some(())
}
