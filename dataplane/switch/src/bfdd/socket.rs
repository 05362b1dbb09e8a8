//! The sockets by which bfdd is met: of two families, and opened by either side.

use config::BfddPlace;
use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use std::io::{self, Read, Write};
use std::net::IpAddr;

/// Who may connect to our own socket beside root and our own user: what FRR's daemons run as.
const GROUP: &str = "frr";

/// A stream that never blocks.
pub(super) enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Socket {
    /// Begins to connect.
    pub(super) fn connect(place: &BfddPlace) -> io::Result<Socket> {
        match place {
            BfddPlace::Unix(path) => UnixStream::connect(path).map(Socket::Unix),
            BfddPlace::Tcp(address) => TcpStream::connect(*address).map(Socket::Tcp),
        }
    }

    /// Whether the connection is there; an error when it will never be.
    pub(super) fn connected(&self) -> io::Result<bool> {
        let (error, peer) = match self {
            Socket::Unix(stream) => (stream.take_error()?, stream.peer_addr().map(drop)),
            Socket::Tcp(stream) => (stream.take_error()?, stream.peer_addr().map(drop)),
        };
        match (error, peer) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(true),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            (None, Err(error)) => Err(error),
        }
    }

    /// A change of state is one small message that must not wait for the next.
    pub(super) fn hurry(&self) -> io::Result<()> {
        match self {
            Socket::Unix(_) => Ok(()),
            Socket::Tcp(stream) => stream.set_nodelay(true),
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Socket::Unix(stream) => stream,
            Socket::Tcp(stream) => stream,
        }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.source().register(registry, token, Interest::READABLE | Interest::WRITABLE)
    }

    pub(super) fn deregister(&mut self, registry: &Registry) {
        // The descriptor is closed right after; a failure here changes nothing.
        let _ = self.source().deregister(registry);
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Unix(stream) => stream.read(buffer),
            Socket::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Unix(stream) => stream.write(buffer),
            Socket::Tcp(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a bfdd may connect to us.
pub(super) enum Door {
    Unix(process::Listener),
    Tcp(TcpListener),
}

/// Somebody came.
pub(super) enum Guest {
    Welcome(Socket),
    /// Who it is, and may not be.
    Refused(String),
}

impl Door {
    pub(super) fn open(place: &BfddPlace, registry: &Registry, token: Token) -> Result<Door, String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        match place {
            BfddPlace::Unix(path) => {
                let mut listener = process::Listener::bind(path, GROUP).map_err(|e| text(&e))?;
                registry.register(listener.source(), token, Interest::READABLE).map_err(|e| text(&e))?;
                Ok(Door::Unix(listener))
            }
            BfddPlace::Tcp(address) => {
                let mut listener =
                    TcpListener::bind(*address).map_err(|e| format!("cannot listen on {address}: {e}"))?;
                registry.register(&mut listener, token, Interest::READABLE).map_err(|e| text(&e))?;
                Ok(Door::Tcp(listener))
            }
        }
    }

    /// The next one who came, if somebody did.
    pub(super) fn accept(&self) -> io::Result<Option<Guest>> {
        match self {
            Door::Unix(listener) => Ok(listener.accept()?.map(|(stream, peer)| {
                if peer.allowed {
                    Guest::Welcome(Socket::Unix(stream))
                } else {
                    Guest::Refused(format!("process {} of user {}", peer.pid, peer.uid))
                }
            })),
            Door::Tcp(listener) => match listener.accept() {
                Ok((stream, from)) => {
                    let ours = stream.local_addr()?.ip();
                    Ok(Some(if of_this_host(from.ip(), ours) {
                        Guest::Welcome(Socket::Tcp(stream))
                    } else {
                        Guest::Refused(from.to_string())
                    }))
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
                Err(e) => Err(e),
            },
        }
    }
}

/// bfdd names interfaces of this host: one of another host would name the wrong ones.
fn of_this_host(from: IpAddr, ours: IpAddr) -> bool {
    from == ours || from.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_connects_from_this_host_is_let_in_and_nobody_else() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        for (from, ours, welcome) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.9", "127.0.0.1", true),
            ("::1", "::1", true),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1", true),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.2", "192.0.2.1", false),
            ("2001:db8::2", "2001:db8::1", false),
        ] {
            assert_eq!(of_this_host(ip(from), ip(ours)), welcome, "{from} to {ours}");
        }
    }
}
