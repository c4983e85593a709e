//! `--spool`: a source of unknown length is read to its end into a temporary file without a name, which nobody else can
//! open and which is gone however the program ends.

use std::fs::File;
#[cfg(unix)]
use std::fs::Permissions;
use std::io::{self, Read, Seek, Write};

use formpost::send::Content;

use super::error::PlanError;

/// All of `source`, as a content that has a length and can be read again.
///
/// # Errors
/// If the source cannot be read, or the file not be written.
pub(super) fn spool(name: &str, source: impl Read) -> Result<Content, PlanError> {
    let unwritable = |error| unwritable(name, error);
    let mut file = tempfile::tempfile().map_err(unwritable)?;
    // Where it never had a name it has the permissions of any new file, and stands under /proc. A file system that has no
    // permissions does without.
    #[cfg(unix)]
    let _ =
        file.set_permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600));
    fill(name, &mut file, source)?;
    file.rewind().map_err(unwritable)?;
    Content::opened(name, file).map_err(unwritable)
}

fn fill(name: &str, file: &mut File, mut source: impl Read) -> Result<(), PlanError> {
    let mut block = vec![0; 64 * 1024];
    let mut length = 0_u64;
    loop {
        match source.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                let written = file.write_all(&block[..count]);
                written.map_err(|error| unwritable(name, error))?;
                length += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let problem =
                    format!("{name}: cannot be read while spooling, after {length} bytes: {error}");
                return Err(PlanError::Sources(vec![problem]));
            }
        }
    }
}

fn unwritable(name: &str, error: io::Error) -> PlanError {
    PlanError::Spool {
        name: name.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three octets, an interruption, and an error.
    struct Failing(u8);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => (&b"abc"[..]).read(buffer),
                2 => Err(io::ErrorKind::Interrupted.into()),
                _ => Err(io::Error::other("worn out")),
            }
        }
    }

    #[test]
    fn what_was_spooled_has_a_length_and_is_never_spent() {
        let content = spool("the pipe", &b"content"[..]).unwrap();
        assert_eq!(content.length(), Some(7));
        assert_eq!(content.spent(), None);
    }

    #[test]
    fn a_source_that_fails_is_named() {
        let error = spool("the pipe", Failing(0)).unwrap_err();
        assert!(matches!(error, PlanError::Sources(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "the pipe: cannot be read while spooling, after 3 bytes: worn out"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_not_the_sources_fault() {
        let mut full = File::options().write(true).open("/dev/full").unwrap();
        let error = fill("the pipe", &mut full, &b"content"[..]).unwrap_err();
        assert!(matches!(error, PlanError::Spool { .. }), "{error:?}");
        assert!(error.to_string().starts_with("the pipe: "), "{error}");
    }
}
