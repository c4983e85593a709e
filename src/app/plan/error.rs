//! Why an upload cannot begin.

use thiserror::Error;

/// Why an upload cannot begin.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    /// The command line contradicts itself, or asks for what cannot be.
    #[error("{message}")]
    Usage {
        message: String,
        hint: Option<String>,
    },
    /// Sources that cannot be sent, a line for each.
    #[error("{}", .0.join("\n"))]
    Sources(Vec<String>),
}

impl PlanError {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: &str) -> Self {
        match self {
            Self::Usage { message, .. } => Self::Usage {
                message,
                hint: Some(hint.to_owned()),
            },
            sources @ Self::Sources(_) => sources,
        }
    }
}
