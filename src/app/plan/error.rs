//! Why an upload cannot begin.

use std::io;

use thiserror::Error;

use crate::app::random::RandomError;

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
    /// What was read ahead of time cannot be kept.
    #[error("{name}: cannot be spooled to a temporary file: {error}")]
    Spool { name: String, error: io::Error },
    /// The system has no random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl PlanError {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(self, hint: &str) -> Self {
        match self {
            Self::Usage { message, .. } => Self::Usage {
                message,
                hint: Some(hint.to_owned()),
            },
            other @ (Self::Sources(_) | Self::Spool { .. } | Self::Random(_)) => other,
        }
    }
}
