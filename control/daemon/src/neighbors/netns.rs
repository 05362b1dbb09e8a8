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
    let shut = |error: io::Error| io::Error::new(error.kind(), refusal(name, &error));
    let namespace = File::open(path(name)).map_err(shut)?;
    // A thread of its own: this one never leaves its namespace, whatever fails.
    let enter = move || {
        setns(namespace, CloneFlags::CLONE_NEWNET).map_err(|error| shut(error.into()))?;
        open()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("netns".to_owned()).spawn_scoped(scope, enter)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn refusal(name: &str, error: &io::Error) -> String {
    let right = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; only root can: without, start swerve-control in that namespace (NetworkNamespacePath= of its unit) and leave \
             `netns` out"
        }
        _ => "",
    };
    format!("the network namespace {name} cannot be entered: {error}{right}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_enter_is_told_how_to_go_without() {
        let text = refusal("routers", &nix::errno::Errno::EPERM.into());
        assert!(text.contains("not permitted") && text.contains("NetworkNamespacePath="), "{text}");
    }

    #[test]
    fn a_namespace_that_is_not_there_is_named() {
        let error = within(Some("no-such-namespace"), || Ok(())).unwrap_err().to_string();
        assert!(
            error.starts_with("the network namespace no-such-namespace cannot be entered: No such"),
            "{error}"
        );
    }
}
