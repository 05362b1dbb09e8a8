/// Why octets are not a message that we understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    #[error("{0} octets cannot hold a message's header")]
    Truncated(usize),
    #[error("version {0} of the protocol; version 1 is known")]
    Version(u8),
    /// Below the header, or beyond what any message needs.
    #[error("a message of {0} octets")]
    Length(u16),
    #[error("{have} octets of a message of {length}")]
    Incomplete { length: u16, have: usize },
    #[error("message type {0} is unknown")]
    Type(u16),
    /// Longer is no error: a later bfdd may append fields.
    #[error("a message of type {kind} has {length} octets and needs {need}")]
    Short { kind: u16, length: u16, need: usize },
    #[error("an interface's name that does not end, or is no text")]
    InterfaceName,
    #[error("state {0}")]
    State(u8),
    #[error("diagnostic {0}")]
    Diagnostic(u8),
}

impl Error {
    /// The stream cannot be followed any further: where the next message begins is unknown.
    pub const fn breaks_stream(self) -> bool {
        match self {
            Error::Truncated(_) | Error::Version(_) | Error::Length(_) | Error::Incomplete { .. } => true,
            Error::Type(_)
            | Error::Short { .. }
            | Error::InterfaceName
            | Error::State(_)
            | Error::Diagnostic(_) => false,
        }
    }
}
