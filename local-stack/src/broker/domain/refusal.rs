//! Why the broker refuses a request, in the protocol's own classes.

/// A refusal: its variant is the status code on the wire, its text what the caller reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0}")]
    InvalidArgument(String),
    #[error("Resource not found (resource={0}).")]
    NotFound(String),
    #[error("Resource already exists in the project (resource={0}).")]
    AlreadyExists(String),
    #[error("{0}")]
    FailedPrecondition(String),
    #[error("{0}")]
    ResourceExhausted(String),
    #[error("{0}")]
    Unimplemented(String),
    /// The broker is stopping or its disk failed: try again later.
    #[error("{0}")]
    Unavailable(String),
    /// Some acknowledgement ids of an exactly-once subscription are not valid any more; the others were applied.
    #[error(
        "Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed."
    )]
    InvalidAckIds(Vec<String>),
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidArgument(message.into())
    }
}
