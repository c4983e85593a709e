//! Numbers as people read them. Everything is a pure function of its argument.

use std::time::Duration;

/// Octets: `0 B`, `1023 B`, `1.0 KiB`, `120.4 MiB`.
pub(crate) fn size(octets: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut value = to_float(octets);
    let mut unit = 0;
    // 1023.95 would be rounded up to "1024.0".
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{octets} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Octets a second, `None` while too little time has passed to tell.
pub(crate) fn rate(octets: u64, time: Duration) -> Option<u64> {
    let seconds = time.as_secs_f64();
    (seconds > 0.0).then(|| to_octets(to_float(octets) / seconds))
}

/// How long it took: `0.04 s`, `9.8 s`, `2 min 05 s`, `3 h 12 min`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.995 {
        format!("{seconds:.2} s")
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        clock(time)
    }
}

/// How long it has taken or will take, without fractions: `7 s`, `2 min 05 s`, `3 h 12 min`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `1 part`, `3 parts`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(crate) fn to_float(octets: u64) -> f64 {
    octets as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, and no rate is negative"
)]
fn to_octets(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (octets, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (126_248_550, "120.4 MiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(size(octets), shown);
        }
    }

    #[test]
    fn times_are_read_by_people() {
        for (milliseconds, shown) in [
            (0, "0.00 s"),
            (42, "0.04 s"),
            (994, "0.99 s"),
            (996, "1.0 s"),
            (9_800, "9.8 s"),
            (99_940, "99.9 s"),
            (99_960, "1 min 39 s"),
            (125_000, "2 min 05 s"),
            (11_520_000, "3 h 12 min"),
        ] {
            assert_eq!(
                duration(Duration::from_millis(milliseconds)),
                shown,
                "{milliseconds}"
            );
        }
    }

    #[test]
    fn no_time_has_no_rate() {
        assert_eq!(rate(5, Duration::ZERO), None);
        assert_eq!(rate(10, Duration::from_secs(2)), Some(5));
    }
}
