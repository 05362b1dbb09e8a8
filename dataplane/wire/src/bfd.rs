//! The BFD control packet (RFC 5880 4.1).

use crate::field::{Field, put, u32_at};

/// Octets of the mandatory section: all there is without authentication.
pub const PACKET_LEN: usize = 24;
/// UDP destination port of single-hop control packets (RFC 5881 4).
pub const PORT: u16 = 3784;
/// UDP destination port of control packets that cross routers (RFC 5883 5).
pub const MULTIHOP_PORT: u16 = 4784;
/// UDP source ports that a sender of control packets chooses from (RFC 5881 4).
pub const SOURCE_PORTS: core::ops::RangeInclusive<u16> = 49152..=65535;

/// Where frames without tags, options and extension headers have the destination port of UDP, by ether type: octets from their
/// beginning.
pub const PORT_PLACES: [(u16, usize); 2] = [(0x0800, 14 + 20 + 2), (0x86dd, 14 + 40 + 2)];
/// Bits in which both ports are alike.
pub const PORT_BITS: u16 = !(PORT ^ MULTIHOP_PORT);

/// Whether a frame has to be looked at closely: it is short, has a tag or another ether type, or one of the ports where that of UDP
/// would be.
pub fn may_be_control(frame: &[u8]) -> bool {
    let number = |at: usize| Some(u16::from_be_bytes(*frame.get(at..)?.first_chunk()?));
    let ether_type = number(12);
    let place = PORT_PLACES.iter().find(|(known, _)| ether_type == Some(*known));
    let port = place.and_then(|(_, at)| number(*at));
    port.is_none_or(|port| port == PORT || port == MULTIHOP_PORT)
}

mod field {
    use super::Field;
    pub(super) const VERSION_DIAG: usize = 0;
    pub(super) const STATE_FLAGS: usize = 1;
    pub(super) const DETECT_MULT: usize = 2;
    pub(super) const LENGTH: usize = 3;
    pub(super) const MY_DISCRIMINATOR: Field = 4..8;
    pub(super) const YOUR_DISCRIMINATOR: Field = 8..12;
    pub(super) const DESIRED_MIN_TX: Field = 12..16;
    pub(super) const REQUIRED_MIN_RX: Field = 16..20;
    pub(super) const REQUIRED_MIN_ECHO_RX: Field = 20..24;
    pub(super) const AUTH_TYPE: usize = 24;
    pub(super) const AUTH_LEN: usize = 25;
}

const POLL: u8 = 0x20;
const FINAL: u8 = 0x10;
const CONTROL_PLANE_INDEPENDENT: u8 = 0x08;
const AUTHENTICATION: u8 = 0x04;
const DEMAND: u8 = 0x02;
const MULTIPOINT: u8 = 0x01;

/// Why octets are not a control packet: the checks of RFC 5880 6.8.6 that need no session, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    #[error("BFD: {0} octets cannot hold a control packet")]
    Truncated(usize),
    #[error("BFD: version {0}")]
    Version(u8),
    /// The length field is below 24, or 26 with authentication.
    #[error("BFD: length field {0} is too small")]
    LengthShort(u8),
    /// The length field is beyond the payload of the encapsulating protocol.
    #[error("BFD: length field {length} in a payload of {have} octets")]
    LengthLong { length: u8, have: usize },
    #[error("BFD: detection multiplier is zero")]
    ZeroMultiplier,
    #[error("BFD: multipoint bit is set")]
    Multipoint,
    #[error("BFD: my discriminator is zero")]
    ZeroMyDiscriminator,
    #[error("BFD: your discriminator is zero in state {0:?}")]
    ZeroYourDiscriminator(State),
    /// The authentication section does not fit into the length field.
    #[error("BFD: authentication section of {0} octets")]
    AuthLength(u8),
}

/// The state of a session (RFC 5880 4.1, Sta).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    AdminDown = 0,
    Down = 1,
    Init = 2,
    Up = 3,
}

impl State {
    const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => State::AdminDown,
            1 => State::Down,
            2 => State::Init,
            _ => State::Up,
        }
    }
}

/// Why a session last left Up (RFC 5880 4.1, Diag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Diagnostic {
    None,
    ControlDetectionTimeExpired,
    EchoFailed,
    NeighborSignaledDown,
    ForwardingPlaneReset,
    PathDown,
    ConcatenatedPathDown,
    AdministrativelyDown,
    ReverseConcatenatedPathDown,
    /// 9 to 31.
    Reserved(u8),
}

impl Diagnostic {
    /// From the lower five bits.
    pub const fn from_code(code: u8) -> Self {
        match code & 0x1f {
            0 => Diagnostic::None,
            1 => Diagnostic::ControlDetectionTimeExpired,
            2 => Diagnostic::EchoFailed,
            3 => Diagnostic::NeighborSignaledDown,
            4 => Diagnostic::ForwardingPlaneReset,
            5 => Diagnostic::PathDown,
            6 => Diagnostic::ConcatenatedPathDown,
            7 => Diagnostic::AdministrativelyDown,
            8 => Diagnostic::ReverseConcatenatedPathDown,
            code => Diagnostic::Reserved(code),
        }
    }

    pub const fn code(self) -> u8 {
        match self {
            Diagnostic::None => 0,
            Diagnostic::ControlDetectionTimeExpired => 1,
            Diagnostic::EchoFailed => 2,
            Diagnostic::NeighborSignaledDown => 3,
            Diagnostic::ForwardingPlaneReset => 4,
            Diagnostic::PathDown => 5,
            Diagnostic::ConcatenatedPathDown => 6,
            Diagnostic::AdministrativelyDown => 7,
            Diagnostic::ReverseConcatenatedPathDown => 8,
            Diagnostic::Reserved(code) => code & 0x1f,
        }
    }
}

/// A view of a control packet; octets behind its length field are not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<T: AsRef<[u8]>> {
    buffer: T,
}

/// The authentication section (RFC 5880 4.1), recognised and not interpreted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth<'a> {
    pub kind: u8,
    pub data: &'a [u8],
}

impl<T: AsRef<[u8]>> Packet<T> {
    pub const fn new_unchecked(buffer: T) -> Self {
        Self { buffer }
    }

    pub fn new_checked(buffer: T) -> Result<Self, Error> {
        let packet = Self::new_unchecked(buffer);
        packet.check_len()?;
        Ok(packet)
    }

    /// # Errors
    /// `Truncated`, `LengthShort`, `LengthLong`, `AuthLength`.
    pub fn check_len(&self) -> Result<(), Error> {
        let have = self.buffer.as_ref().len();
        if have < PACKET_LEN {
            return Err(Error::Truncated(have));
        }
        let length = self.length();
        let least = if self.has_auth() { PACKET_LEN + 2 } else { PACKET_LEN };
        if usize::from(length) < least {
            return Err(Error::LengthShort(length));
        }
        if usize::from(length) > have {
            return Err(Error::LengthLong { length, have });
        }
        if self.has_auth() {
            let auth = self.buffer.as_ref()[field::AUTH_LEN];
            if auth < 2 || PACKET_LEN + usize::from(auth) > usize::from(length) {
                return Err(Error::AuthLength(auth));
            }
        }
        Ok(())
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    pub fn version(&self) -> u8 {
        self.buffer.as_ref()[field::VERSION_DIAG] >> 5
    }

    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::from_code(self.buffer.as_ref()[field::VERSION_DIAG])
    }

    pub fn state(&self) -> State {
        State::from_bits(self.buffer.as_ref()[field::STATE_FLAGS] >> 6)
    }

    fn flag(&self, bit: u8) -> bool {
        self.buffer.as_ref()[field::STATE_FLAGS] & bit != 0
    }

    pub fn poll(&self) -> bool {
        self.flag(POLL)
    }

    pub fn final_(&self) -> bool {
        self.flag(FINAL)
    }

    pub fn control_plane_independent(&self) -> bool {
        self.flag(CONTROL_PLANE_INDEPENDENT)
    }

    pub fn has_auth(&self) -> bool {
        self.flag(AUTHENTICATION)
    }

    pub fn demand(&self) -> bool {
        self.flag(DEMAND)
    }

    pub fn multipoint(&self) -> bool {
        self.flag(MULTIPOINT)
    }

    pub fn detect_mult(&self) -> u8 {
        self.buffer.as_ref()[field::DETECT_MULT]
    }

    /// Octets of the control packet, authentication included.
    pub fn length(&self) -> u8 {
        self.buffer.as_ref()[field::LENGTH]
    }

    pub fn my_discriminator(&self) -> u32 {
        u32_at(self.buffer.as_ref(), field::MY_DISCRIMINATOR)
    }

    pub fn your_discriminator(&self) -> u32 {
        u32_at(self.buffer.as_ref(), field::YOUR_DISCRIMINATOR)
    }

    pub fn desired_min_tx_us(&self) -> u32 {
        u32_at(self.buffer.as_ref(), field::DESIRED_MIN_TX)
    }

    pub fn required_min_rx_us(&self) -> u32 {
        u32_at(self.buffer.as_ref(), field::REQUIRED_MIN_RX)
    }

    pub fn required_min_echo_rx_us(&self) -> u32 {
        u32_at(self.buffer.as_ref(), field::REQUIRED_MIN_ECHO_RX)
    }

    pub fn auth(&self) -> Option<Auth<'_>> {
        let data = self.buffer.as_ref();
        self.has_auth().then(|| Auth {
            kind: data[field::AUTH_TYPE],
            data: &data[PACKET_LEN + 2..PACKET_LEN + usize::from(data[field::AUTH_LEN])],
        })
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Packet<T> {
    /// Version 1 and the diagnostic.
    pub fn set_version_and_diagnostic(&mut self, value: Diagnostic) {
        self.buffer.as_mut()[field::VERSION_DIAG] = 1 << 5 | value.code();
    }

    /// The state, with all flags cleared.
    pub fn set_state(&mut self, value: State) {
        self.buffer.as_mut()[field::STATE_FLAGS] = (value as u8) << 6;
    }

    fn set_flag(&mut self, bit: u8, value: bool) {
        let flags = &mut self.buffer.as_mut()[field::STATE_FLAGS];
        *flags = if value { *flags | bit } else { *flags & !bit };
    }

    pub fn set_poll(&mut self, value: bool) {
        self.set_flag(POLL, value);
    }

    pub fn set_final(&mut self, value: bool) {
        self.set_flag(FINAL, value);
    }

    pub fn set_control_plane_independent(&mut self, value: bool) {
        self.set_flag(CONTROL_PLANE_INDEPENDENT, value);
    }

    pub fn set_demand(&mut self, value: bool) {
        self.set_flag(DEMAND, value);
    }

    pub fn set_detect_mult(&mut self, value: u8) {
        self.buffer.as_mut()[field::DETECT_MULT] = value;
    }

    pub fn set_length(&mut self, value: u8) {
        self.buffer.as_mut()[field::LENGTH] = value;
    }

    pub fn set_my_discriminator(&mut self, value: u32) {
        put(self.buffer.as_mut(), field::MY_DISCRIMINATOR, &value.to_be_bytes());
    }

    pub fn set_your_discriminator(&mut self, value: u32) {
        put(self.buffer.as_mut(), field::YOUR_DISCRIMINATOR, &value.to_be_bytes());
    }

    pub fn set_desired_min_tx_us(&mut self, value: u32) {
        put(self.buffer.as_mut(), field::DESIRED_MIN_TX, &value.to_be_bytes());
    }

    pub fn set_required_min_rx_us(&mut self, value: u32) {
        put(self.buffer.as_mut(), field::REQUIRED_MIN_RX, &value.to_be_bytes());
    }

    pub fn set_required_min_echo_rx_us(&mut self, value: u32) {
        put(self.buffer.as_mut(), field::REQUIRED_MIN_ECHO_RX, &value.to_be_bytes());
    }
}

/// A control packet of version 1 that passed the checks of RFC 5880 6.8.6 which need no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    pub diagnostic: Diagnostic,
    pub state: State,
    pub poll: bool,
    pub final_: bool,
    pub control_plane_independent: bool,
    pub demand: bool,
    /// Never 0.
    pub detect_mult: u8,
    /// Never 0.
    pub my_discriminator: u32,
    /// 0 in states Down and AdminDown only.
    pub your_discriminator: u32,
    pub desired_min_tx_us: u32,
    /// 0: the sender wants no periodic packets.
    pub required_min_rx_us: u32,
    pub required_min_echo_rx_us: u32,
}

impl Repr {
    /// An authentication section is accepted here and not part of the result: whether one may, must or must not
    /// be there depends on the session ([`Packet::has_auth`]).
    ///
    /// # Errors
    /// The first check of RFC 5880 6.8.6 that fails.
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self, Error> {
        let have = packet.buffer.as_ref().len();
        if have < PACKET_LEN {
            return Err(Error::Truncated(have));
        }
        if packet.version() != 1 {
            return Err(Error::Version(packet.version()));
        }
        packet.check_len()?;
        if packet.detect_mult() == 0 {
            return Err(Error::ZeroMultiplier);
        }
        if packet.multipoint() {
            return Err(Error::Multipoint);
        }
        if packet.my_discriminator() == 0 {
            return Err(Error::ZeroMyDiscriminator);
        }
        let state = packet.state();
        if packet.your_discriminator() == 0 && matches!(state, State::Init | State::Up) {
            return Err(Error::ZeroYourDiscriminator(state));
        }
        Ok(Self {
            diagnostic: packet.diagnostic(),
            state,
            poll: packet.poll(),
            final_: packet.final_(),
            control_plane_independent: packet.control_plane_independent(),
            demand: packet.demand(),
            detect_mult: packet.detect_mult(),
            my_discriminator: packet.my_discriminator(),
            your_discriminator: packet.your_discriminator(),
            desired_min_tx_us: packet.desired_min_tx_us(),
            required_min_rx_us: packet.required_min_rx_us(),
            required_min_echo_rx_us: packet.required_min_echo_rx_us(),
        })
    }

    pub const fn buffer_len(&self) -> usize {
        PACKET_LEN
    }

    /// Writes the packet without authentication.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>) {
        packet.set_version_and_diagnostic(self.diagnostic);
        packet.set_state(self.state);
        packet.set_poll(self.poll);
        packet.set_final(self.final_);
        packet.set_control_plane_independent(self.control_plane_independent);
        packet.set_demand(self.demand);
        packet.set_detect_mult(self.detect_mult);
        packet.set_length(PACKET_LEN as u8);
        packet.set_my_discriminator(self.my_discriminator);
        packet.set_your_discriminator(self.your_discriminator);
        packet.set_desired_min_tx_us(self.desired_min_tx_us);
        packet.set_required_min_rx_us(self.required_min_rx_us);
        packet.set_required_min_echo_rx_us(self.required_min_echo_rx_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Up, Poll, C; multiplier 3; 10 ms both ways; no echo.
    const GOLDEN: [u8; 24] = [
        0x21, 0xe8, 3, 24, 0, 0, 0, 7, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10, 0, 0, 0, 0,
    ];

    const REPR: Repr = Repr {
        diagnostic: Diagnostic::ControlDetectionTimeExpired,
        state: State::Up,
        poll: true,
        final_: false,
        control_plane_independent: true,
        demand: false,
        detect_mult: 3,
        my_discriminator: 7,
        your_discriminator: 0xdead_beef,
        desired_min_tx_us: 10_000,
        required_min_rx_us: 10_000,
        required_min_echo_rx_us: 0,
    };

    fn parse(data: &[u8]) -> Result<Repr, Error> {
        Repr::parse(&Packet::new_unchecked(data))
    }

    #[test]
    fn the_golden_packet_parses_and_emits() {
        assert_eq!(parse(&GOLDEN), Ok(REPR));
        let mut packet = Packet::new_unchecked([0xff; 24]);
        REPR.emit(&mut packet);
        assert_eq!(packet.into_inner(), GOLDEN);
    }

    #[test]
    fn each_reception_check_has_its_name() {
        let with = |at: usize, value: u8| {
            let mut data = GOLDEN;
            data[at] = value;
            parse(&data)
        };
        assert_eq!(parse(&GOLDEN[..23]), Err(Error::Truncated(23)));
        assert_eq!(with(0, 0x01), Err(Error::Version(0)));
        assert_eq!(with(0, 0x41), Err(Error::Version(2)));
        assert_eq!(with(3, 23), Err(Error::LengthShort(23)));
        assert_eq!(with(3, 25), Err(Error::LengthLong { length: 25, have: 24 }));
        assert_eq!(with(2, 0), Err(Error::ZeroMultiplier));
        assert_eq!(with(1, 0xc1), Err(Error::Multipoint));
        assert_eq!(with(7, 0), Err(Error::ZeroMyDiscriminator));
        assert_eq!(with(1, 0xc4), Err(Error::LengthShort(24)));
        let mut data = GOLDEN;
        data[8..12].fill(0);
        assert_eq!(parse(&data), Err(Error::ZeroYourDiscriminator(State::Up)));
        data[1] = 0x80;
        assert_eq!(parse(&data), Err(Error::ZeroYourDiscriminator(State::Init)));
        data[1] = 0x40;
        assert!(parse(&data).is_ok());
        data[1] = 0x00;
        assert!(parse(&data).is_ok());
    }

    #[test]
    fn an_authentication_section_is_recognised_and_held_to_its_length() {
        let mut data = [0; 40];
        data[..24].copy_from_slice(&GOLDEN);
        data[1] = 0xc4;
        data[3] = 31;
        data[24..31].copy_from_slice(&[1, 7, 9, b'p', b'a', b's', b's']);
        let packet = Packet::new_checked(&data).unwrap();
        assert_eq!(packet.auth(), Some(Auth { kind: 1, data: &[9, b'p', b'a', b's', b's'] }));
        data[25] = 8;
        assert_eq!(parse(&data), Err(Error::AuthLength(8)));
        data[25] = 1;
        assert_eq!(parse(&data), Err(Error::AuthLength(1)));
    }

    #[test]
    fn octets_behind_the_length_are_ignored() {
        assert_eq!(parse(&[&GOLDEN[..], &[0xff; 9]].concat()), Ok(REPR));
    }

    fn repr() -> impl Strategy<Value = Repr> {
        (0u8..32, 0u8..4, any::<[bool; 4]>(), 1u8.., 1u32.., 1u32.., any::<[u32; 3]>()).prop_map(
            |(diag, state, flags, detect_mult, my_discriminator, your_discriminator, us)| Repr {
                diagnostic: Diagnostic::from_code(diag),
                state: State::from_bits(state),
                poll: flags[0],
                final_: flags[1],
                control_plane_independent: flags[2],
                demand: flags[3],
                detect_mult,
                my_discriminator,
                your_discriminator,
                desired_min_tx_us: us[0],
                required_min_rx_us: us[1],
                required_min_echo_rx_us: us[2],
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back(repr in repr()) {
            let mut packet = Packet::new_unchecked([0xff; PACKET_LEN]);
            repr.emit(&mut packet);
            prop_assert_eq!(Repr::parse(&packet), Ok(repr));
        }

        #[test]
        fn arbitrary_octets_never_panic(mut data in proptest::collection::vec(any::<u8>(), 0..60), fix: bool) {
            if let (true, 24..) = (fix, data.len()) {
                data[0] = 0x20;
                data[3] %= 60;
            }
            let _ = parse(&data);
            if let Ok(packet) = Packet::new_checked(&data) {
                let _ = packet.auth();
            }
        }
    }
}
