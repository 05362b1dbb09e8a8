//! One message: the header, and what each type carries.

use crate::session::{self, Session};
use crate::{Diagnostic, Error, State};
use wire::field::{Field, put, u16_at, u32_at, u64_at};

pub const VERSION: u8 = 1;
pub const HEADER_LEN: usize = 8;
/// No message needs more; a longer one is no message.
pub const MAX_LEN: usize = 1024;

mod field {
    use super::Field;
    pub(super) const VERSION: usize = 0;
    pub(super) const TYPE: Field = 2..4;
    pub(super) const ID: Field = 4..6;
    pub(super) const LENGTH: Field = 6..8;
    // Of bodies.
    pub(super) const LID: Field = 0..4;
    pub(super) const DP_TIME: Field = 0..8;
    pub(super) const BFDD_TIME: Field = 8..16;
    pub(super) const RID: Field = 4..8;
    pub(super) const REMOTE_FLAGS: Field = 8..12;
    pub(super) const DESIRED_TX: Field = 12..16;
    pub(super) const REQUIRED_RX: Field = 16..20;
    pub(super) const REQUIRED_ECHO_RX: Field = 20..24;
    pub(super) const STATE: usize = 24;
    pub(super) const DIAGNOSTICS: usize = 25;
    pub(super) const DETECTION_MULTIPLIER: usize = 26;
    /// Four times bytes and packets; the compiler that laid the structure out aligned them to 8.
    pub(super) const COUNTERS: usize = 8;
}

/// Octets of the fields of a state change, of which bfdd's structure has one more.
const STATE_LEN: usize = 27;

const ECHO_REQUEST: u16 = 0;
const ECHO_REPLY: u16 = 1;
const ADD_SESSION: u16 = 2;
const DELETE_SESSION: u16 = 3;
const STATE_CHANGE: u16 = 4;
const REQUEST_COUNTERS: u16 = 5;
const SESSION_COUNTERS: u16 = 6;

/// A view of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<T: AsRef<[u8]>> {
    buffer: T,
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
    /// Those that [break a stream](Error::breaks_stream).
    pub fn check_len(&self) -> Result<(), Error> {
        let have = self.buffer.as_ref().len();
        if have < HEADER_LEN {
            return Err(Error::Truncated(have));
        }
        if self.version() != VERSION {
            return Err(Error::Version(self.version()));
        }
        let length = self.length();
        if !(HEADER_LEN..=MAX_LEN).contains(&usize::from(length)) {
            return Err(Error::Length(length));
        }
        if have < usize::from(length) {
            return Err(Error::Incomplete { length, have });
        }
        Ok(())
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    pub fn version(&self) -> u8 {
        self.buffer.as_ref()[field::VERSION]
    }

    pub fn kind(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::TYPE)
    }

    /// Pairs an answer with its question; 0 for what nobody asked.
    pub fn id(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::ID)
    }

    /// Octets of the message, header included.
    pub fn length(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::LENGTH)
    }

    /// What is behind the header, as the length has it.
    pub fn body(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..usize::from(self.length())]
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Packet<T> {
    /// Version 1, and zero in the reserved octet.
    pub fn set_header(&mut self, kind: u16, id: u16, length: u16) {
        let data = self.buffer.as_mut();
        data[..2].copy_from_slice(&[VERSION, 0]);
        put(data, field::TYPE, &kind.to_be_bytes());
        put(data, field::ID, &id.to_be_bytes());
        put(data, field::LENGTH, &length.to_be_bytes());
    }

    fn body_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: u16,
    pub body: Body,
}

/// What a message says, by type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    EchoRequest(Echo),
    EchoReply(Echo),
    /// bfdd: run this session, or with a known discriminator, run it like this from now on.
    AddSession(Session),
    /// bfdd: run it no longer.
    DeleteSession(Session),
    /// Data plane: this is its state.
    StateChange(StateChange),
    /// bfdd asks for the counters of the session with this discriminator of its own.
    RequestCounters(u32),
    SessionCounters(Counters),
}

/// Clocks of both sides, in units that the data plane chooses for its own and microseconds since 1970 for bfdd's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    pub dp_time: u64,
    pub bfdd_time: u64,
}

/// The state of a session and what its peer said. Intervals are in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateChange {
    pub lid: u32,
    /// The peer's discriminator, 0 while it is not heard.
    pub rid: u32,
    /// The peer's control plane may restart without its forwarding.
    pub control_plane_independent: bool,
    pub demand: bool,
    pub multipoint: bool,
    pub desired_tx: u32,
    pub required_rx: u32,
    pub required_echo_rx: u32,
    pub state: State,
    pub diagnostic: Diagnostic,
    pub detection_multiplier: u8,
}

const RBIT_CPI: u32 = 1;
const RBIT_DEMAND: u32 = 1 << 1;
const RBIT_MP: u32 = 1 << 2;

/// What was received and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    pub input_bytes: u64,
    pub input_packets: u64,
    pub output_bytes: u64,
    pub output_packets: u64,
}

/// The counters of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    pub lid: u32,
    pub control: Traffic,
    pub echo: Traffic,
}

impl Message {
    /// # Errors
    /// Those of [`Packet::check_len`]; an unknown type; a body that is too short for its type, or says what cannot be.
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Message, Error> {
        packet.check_len()?;
        let body = packet.body();
        let (kind, length) = (packet.kind(), packet.length());
        let need = HEADER_LEN + needed(kind).ok_or(Error::Type(kind))?;
        if usize::from(length) < need {
            return Err(Error::Short { kind, length, need });
        }
        let body = match kind {
            ECHO_REQUEST => Body::EchoRequest(Echo::parse(body)),
            ECHO_REPLY => Body::EchoReply(Echo::parse(body)),
            ADD_SESSION => Body::AddSession(Session::parse(body)?),
            DELETE_SESSION => Body::DeleteSession(Session::parse(body)?),
            STATE_CHANGE => Body::StateChange(StateChange::parse(body)?),
            REQUEST_COUNTERS => Body::RequestCounters(u32_at(body, field::LID)),
            _ => Body::SessionCounters(Counters::parse(body)),
        };
        Ok(Message { id: packet.id(), body })
    }

    /// Octets of the message.
    pub fn buffer_len(&self) -> usize {
        HEADER_LEN
            + match &self.body {
                Body::EchoRequest(_) | Body::EchoReply(_) => 16,
                Body::AddSession(_) | Body::DeleteSession(_) => session::LEN,
                Body::StateChange(_) => 28,
                Body::RequestCounters(_) => 4,
                Body::SessionCounters(_) => 72,
            }
    }

    /// Writes the message to the front of a buffer of [`Message::buffer_len`] octets.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>) {
        let kind = match &self.body {
            Body::EchoRequest(_) => ECHO_REQUEST,
            Body::EchoReply(_) => ECHO_REPLY,
            Body::AddSession(_) => ADD_SESSION,
            Body::DeleteSession(_) => DELETE_SESSION,
            Body::StateChange(_) => STATE_CHANGE,
            Body::RequestCounters(_) => REQUEST_COUNTERS,
            Body::SessionCounters(_) => SESSION_COUNTERS,
        };
        packet.set_header(kind, self.id, self.buffer_len() as u16);
        let data = packet.body_mut();
        match &self.body {
            Body::EchoRequest(echo) | Body::EchoReply(echo) => echo.emit(data),
            Body::AddSession(session) | Body::DeleteSession(session) => session.emit(data),
            Body::StateChange(change) => change.emit(data),
            Body::RequestCounters(lid) => put(data, field::LID, &lid.to_be_bytes()),
            Body::SessionCounters(counters) => counters.emit(data),
        }
    }

    /// The message as octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut packet = Packet::new_unchecked(vec![0; self.buffer_len()]);
        self.emit(&mut packet);
        packet.into_inner()
    }
}

/// The least octets of a body.
const fn needed(kind: u16) -> Option<usize> {
    Some(match kind {
        ECHO_REQUEST | ECHO_REPLY => 16,
        ADD_SESSION | DELETE_SESSION => session::LEN,
        STATE_CHANGE => STATE_LEN,
        REQUEST_COUNTERS => 4,
        SESSION_COUNTERS => 72,
        _ => return None,
    })
}

impl Echo {
    fn parse(body: &[u8]) -> Echo {
        Echo { dp_time: u64_at(body, field::DP_TIME), bfdd_time: u64_at(body, field::BFDD_TIME) }
    }

    fn emit(&self, body: &mut [u8]) {
        put(body, field::DP_TIME, &self.dp_time.to_be_bytes());
        put(body, field::BFDD_TIME, &self.bfdd_time.to_be_bytes());
    }
}

impl StateChange {
    fn parse(body: &[u8]) -> Result<StateChange, Error> {
        let flags = u32_at(body, field::REMOTE_FLAGS);
        let state = match body[field::STATE] {
            0 => State::AdminDown,
            1 => State::Down,
            2 => State::Init,
            3 => State::Up,
            other => return Err(Error::State(other)),
        };
        let diagnostic = match body[field::DIAGNOSTICS] {
            code @ 0..=31 => Diagnostic::from_code(code),
            other => return Err(Error::Diagnostic(other)),
        };
        Ok(StateChange {
            lid: u32_at(body, field::LID),
            rid: u32_at(body, field::RID),
            control_plane_independent: flags & RBIT_CPI != 0,
            demand: flags & RBIT_DEMAND != 0,
            multipoint: flags & RBIT_MP != 0,
            desired_tx: u32_at(body, field::DESIRED_TX),
            required_rx: u32_at(body, field::REQUIRED_RX),
            required_echo_rx: u32_at(body, field::REQUIRED_ECHO_RX),
            state,
            diagnostic,
            detection_multiplier: body[field::DETECTION_MULTIPLIER],
        })
    }

    fn emit(&self, body: &mut [u8]) {
        let flags = [
            (RBIT_CPI, self.control_plane_independent),
            (RBIT_DEMAND, self.demand),
            (RBIT_MP, self.multipoint),
        ];
        let flags = flags.iter().filter(|(_, set)| *set).fold(0, |all, (bit, _)| all | bit);
        for (at, number) in [
            (field::LID, self.lid),
            (field::RID, self.rid),
            (field::REMOTE_FLAGS, flags),
            (field::DESIRED_TX, self.desired_tx),
            (field::REQUIRED_RX, self.required_rx),
            (field::REQUIRED_ECHO_RX, self.required_echo_rx),
        ] {
            put(body, at, &number.to_be_bytes());
        }
        let last = [self.state as u8, self.diagnostic.code(), self.detection_multiplier, 0];
        put(body, field::STATE..field::STATE + 4, &last);
    }
}

impl Counters {
    fn parse(body: &[u8]) -> Counters {
        let number = |n: usize| {
            let at = field::COUNTERS + 8 * n;
            u64_at(body, at..at + 8)
        };
        let traffic = |first: usize| Traffic {
            input_bytes: number(first),
            input_packets: number(first + 1),
            output_bytes: number(first + 2),
            output_packets: number(first + 3),
        };
        Counters { lid: u32_at(body, field::LID), control: traffic(0), echo: traffic(4) }
    }

    fn emit(&self, body: &mut [u8]) {
        body[..field::COUNTERS].fill(0);
        put(body, field::LID, &self.lid.to_be_bytes());
        let (control, echo) = (&self.control, &self.echo);
        let numbers = [control, echo]
            .map(|t| [t.input_bytes, t.input_packets, t.output_bytes, t.output_packets])
            .concat();
        for (n, number) in numbers.iter().enumerate() {
            let at = field::COUNTERS + 8 * n;
            put(body, at..at + 8, &number.to_be_bytes());
        }
    }
}
