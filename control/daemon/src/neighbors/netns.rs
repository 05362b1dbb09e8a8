//! Named network namespaces (ip-netns(8)).

use nix::sched::{CloneFlags, setns};
use std::fs::{self, File};
use std::io;
use std::os::linux::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Which namespace it is that has a name now.
pub(crate) type Identity = (u64, u64);

fn path(name: &str) -> PathBuf {
    Path::new("/run/netns").join(name)
}

/// Distinguishes a namespace from one that had its name before.
pub(crate) fn identity(name: &str) -> io::Result<Identity> {
    let metadata = fs::metadata(path(name))?;
    Ok((metadata.st_dev(), metadata.st_ino()))
}

/// Runs `open` in that namespace; sockets stay in the one they were opened in. Entering needs CAP_SYS_ADMIN.
pub(crate) fn within<T: Send>(
    name: Option<&str>,
    open: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    let Some(name) = name else { return open() };
    let namespace = File::open(path(name))?;
    // A thread of its own: this one never leaves its namespace, whatever fails.
    let enter = move || {
        setns(namespace, CloneFlags::CLONE_NEWNET)?;
        open()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("netns".to_owned()).spawn_scoped(scope, enter)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
