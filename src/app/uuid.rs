//! UUIDs (RFC 9562), made of octets that are somebody else's. Pure.

/// These octets as a UUID of this version; six of their bits make room for what it says of itself.
pub(crate) fn of(octets: [u8; 16], version: u8) -> String {
    let number = u128::from_be_bytes(octets);
    let number = number & !(0xf << 76) | u128::from(version) << 76;
    let number = number & !(0x3 << 62) | 0x2 << 62;
    let digits = format!("{number:032x}");
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| &digits[group]);
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        for (octet, version, uuid) in [
            (0x00, 4, "00000000-0000-4000-8000-000000000000"),
            (0xff, 4, "ffffffff-ffff-4fff-bfff-ffffffffffff"),
            (0x5a, 8, "5a5a5a5a-5a5a-8a5a-9a5a-5a5a5a5a5a5a"),
        ] {
            assert_eq!(of([octet; 16], version), uuid);
        }
    }
}
