//! curl, whose words this program takes over: where it is there, it is asked what they mean.

use crate::tools;

/// Whether there is one. If not, that is said, and is a failure with `CI` set.
pub(crate) fn is_there() -> bool {
    tools::is_there("curl")
}
