use wire::bfd::Error;

/// Why a packet was not for a session: the checks of RFC 5881 5 and RFC 5880 6.8.6, each by itself.
///
/// None of them changes the state of a session. The discriminant is the index into [`crate::Engine::discards`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Discard {
    /// TTL or hop limit is not 255 (RFC 5881 5), or less than a session over several hops allows (RFC 5883 5).
    WrongTtl,
    Truncated,
    WrongVersion,
    /// The length field is below 24, or 26 with authentication.
    LengthShort,
    /// The length field is beyond the datagram.
    LengthLong,
    /// The authentication section does not fit.
    AuthenticationLength,
    ZeroMultiplier,
    Multipoint,
    ZeroMyDiscriminator,
    /// Your discriminator is zero in a state other than Down and AdminDown.
    ZeroYourDiscriminator,
    /// Your discriminator is not one of this engine's. Another worker may know it.
    UnknownDiscriminator,
    /// Your discriminator is zero and there is no session for interface and address. Another worker may have it.
    NoSession,
    /// The session is on another interface.
    WrongInterface,
    /// The source is not the session's peer.
    WrongPeer,
    /// The destination is not the session's local address.
    WrongLocal,
    /// An authentication section, and no session of ours uses any.
    UnexpectedAuthentication,
    /// The session is administratively down (RFC 5880 6.8.6).
    AdminDown,
}

impl Discard {
    pub const ALL: [Discard; 17] = [
        Discard::WrongTtl,
        Discard::Truncated,
        Discard::WrongVersion,
        Discard::LengthShort,
        Discard::LengthLong,
        Discard::AuthenticationLength,
        Discard::ZeroMultiplier,
        Discard::Multipoint,
        Discard::ZeroMyDiscriminator,
        Discard::ZeroYourDiscriminator,
        Discard::UnknownDiscriminator,
        Discard::NoSession,
        Discard::WrongInterface,
        Discard::WrongPeer,
        Discard::WrongLocal,
        Discard::UnexpectedAuthentication,
        Discard::AdminDown,
    ];

    /// The word in the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Discard::WrongTtl => "wrong-ttl",
            Discard::Truncated => "truncated",
            Discard::WrongVersion => "wrong-version",
            Discard::LengthShort => "length-short",
            Discard::LengthLong => "length-long",
            Discard::AuthenticationLength => "authentication-length",
            Discard::ZeroMultiplier => "zero-multiplier",
            Discard::Multipoint => "multipoint",
            Discard::ZeroMyDiscriminator => "zero-my-discriminator",
            Discard::ZeroYourDiscriminator => "zero-your-discriminator",
            Discard::UnknownDiscriminator => "unknown-discriminator",
            Discard::NoSession => "no-session",
            Discard::WrongInterface => "wrong-interface",
            Discard::WrongPeer => "wrong-peer",
            Discard::WrongLocal => "wrong-local",
            Discard::UnexpectedAuthentication => "unexpected-authentication",
            Discard::AdminDown => "admin-down",
        }
    }
}

impl From<Error> for Discard {
    fn from(error: Error) -> Self {
        match error {
            Error::Truncated(_) => Discard::Truncated,
            Error::Version(_) => Discard::WrongVersion,
            Error::LengthShort(_) => Discard::LengthShort,
            Error::LengthLong { .. } => Discard::LengthLong,
            Error::AuthLength(_) => Discard::AuthenticationLength,
            Error::ZeroMultiplier => Discard::ZeroMultiplier,
            Error::Multipoint => Discard::Multipoint,
            Error::ZeroMyDiscriminator => Discard::ZeroMyDiscriminator,
            Error::ZeroYourDiscriminator(_) => Discard::ZeroYourDiscriminator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_stands_at_its_own_index_with_a_name_of_its_own() {
        let names: std::collections::HashSet<_> = Discard::ALL.iter().map(|d| d.name()).collect();
        assert_eq!(names.len(), Discard::ALL.len());
        for (index, discard) in Discard::ALL.into_iter().enumerate() {
            assert_eq!(discard as usize, index);
        }
    }
}
