//! Which start of the system this is.

/// The system's own name for the time since it was started, if it has one and tells: Linux does.
pub(super) fn current() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id = id.trim();
    (!id.is_empty()).then(|| id.to_owned())
}
