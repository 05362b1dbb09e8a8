//! A socket file and who may connect to it.

use mio::net::{UnixListener, UnixStream};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::{Gid, Group, Uid, User, chown, geteuid, getgrouplist};
use std::ffi::CString;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Read and write for owner and group, nothing for others.
const MODE: u32 = 0o660;

/// A listening socket; its file is removed on drop.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    group: Option<Gid>,
}

/// Who connected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    pub pid: i32,
    pub uid: u32,
    /// Root, our own user, or a member of the socket's group.
    pub allowed: bool,
}

/// The socket cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("another process already answers on {path}; stop it, or choose another socket path")]
    InUse { path: PathBuf },
    #[error("{path} exists and is not a socket; remove it, or choose another socket path")]
    NotASocket { path: PathBuf },
    #[error("cannot {step} {path}: {error}")]
    Io { step: &'static str, path: PathBuf, error: io::Error },
}

impl Listener {
    /// Listens on `path`. A file left by a dead process is replaced, a live one is refused. The group may connect as
    /// well if it exists on this machine.
    pub fn bind(path: &Path, group: &str) -> Result<Listener, BindError> {
        let failed = |step| move |error| BindError::Io { step, path: path.to_owned(), error };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed("create the directory of"))?;
        }
        remove_stale(path)?;
        let socket = UnixListener::bind(path).map_err(failed("listen on"))?;
        let group = Group::from_name(group).ok().flatten().map(|g| g.gid);
        if let Some(gid) = group {
            // Only root and the group's own members may give it away; who may not has a socket of its own user.
            let _ = chown(path, None, Some(gid));
        }
        let mode = std::fs::Permissions::from_mode(MODE);
        std::fs::set_permissions(path, mode).map_err(failed("set the mode of"))?;
        Ok(Listener { socket, path: path.to_owned(), group })
    }

    /// The next connection and its owner, or `None` until there is one.
    pub fn accept(&self) -> io::Result<Option<(UnixStream, Peer)>> {
        match self.socket.accept() {
            Ok((stream, _)) => {
                let credentials = getsockopt(&stream, PeerCredentials)?;
                let uid = Uid::from_raw(credentials.uid());
                let gid = Gid::from_raw(credentials.gid());
                let allowed =
                    uid.is_root() || uid == geteuid() || self.group.is_some_and(|g| member(uid, gid, g));
                Ok(Some((stream, Peer { pid: credentials.pid(), uid: uid.as_raw(), allowed })))
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// For registering with the event loop.
    pub fn source(&mut self) -> &mut UnixListener {
        &mut self.socket
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Somebody may have removed it already; a file that stays is recognised as stale by the next `bind`.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn remove_stale(path: &Path) -> Result<(), BindError> {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(BindError::NotASocket { path: path.to_owned() });
    }
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(BindError::InUse { path: path.to_owned() });
    }
    std::fs::remove_file(path).map_err(|error| BindError::Io {
        step: "remove the stale file",
        path: path.to_owned(),
        error,
    })
}

fn member(uid: Uid, gid: Gid, group: Gid) -> bool {
    if gid == group {
        return true;
    }
    let Ok(Some(user)) = User::from_uid(uid) else { return false };
    let Ok(name) = CString::new(user.name) else { return false };
    getgrouplist(&name, user.gid).is_ok_and(|groups| groups.contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_socket_is_replaced_and_a_live_one_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/s.sock");
        let first = Listener::bind(&path, "no-such-group-here").unwrap();
        assert!(matches!(Listener::bind(&path, ""), Err(BindError::InUse { .. })));
        drop(first);
        assert!(!path.exists());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "the standard library leaves the file behind");
        Listener::bind(&path, "").unwrap();
    }

    #[test]
    fn a_file_that_is_no_socket_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notes.txt");
        std::fs::write(&path, "keep me").unwrap();
        assert!(matches!(Listener::bind(&path, ""), Err(BindError::NotASocket { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "keep me");
    }

    #[test]
    fn the_socket_is_closed_to_others_and_our_own_user_may_connect() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.sock");
        let listener = Listener::bind(&path, "").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        let _client = std::os::unix::net::UnixStream::connect(&path).unwrap();
        let (_, peer) = listener.accept().unwrap().unwrap();
        assert!(peer.allowed);
        assert_eq!(peer.pid, std::process::id() as i32);
    }
}
