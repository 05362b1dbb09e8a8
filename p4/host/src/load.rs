//! Source files: from the disk, and the built-in headers.

use front::{LoadError, Loader};
use path_clean::clean;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes of one file.
pub const MOST_BYTES: u64 = 16 << 20;

/// Of a file's mode.
const EVERYONE_READS: u32 = 0o004;
/// Of a directory's.
const EVERYONE_ENTERS: u32 = 0o001;

/// In front of the names of built-in files, which are in no directory.
const BUILT_IN: &str = "<built in>/";

/// The built-in headers: name and text.
pub const HEADERS: [(&str, &str); 3] = [
    ("core.p4", include_str!("../../include/core.p4")),
    ("v1model.p4", include_str!("../../include/v1model.p4")),
    ("swerve.p4", include_str!("../../include/swerve.p4")),
];

/// The name of the router that a switch runs unless it is told otherwise.
pub const ROUTER: &str = "<built in>/router.p4";
/// The router with what a configuration asks for beyond that: routes by VRF, reverse path checks.
pub fn router(vrfs: bool, checks: bool) -> &'static str {
    match (vrfs, checks) {
        (false, false) => ROUTER,
        (false, true) => "<built in>/router_urpf.p4",
        (true, false) => "<built in>/router_vrf.p4",
        (true, true) => "<built in>/router_vrf_urpf.p4",
    }
}

/// The router, and what it includes: found from the router only.
const PROGRAMS: [(&str, &str); 5] = [
    ("router.p4", include_str!("../../programs/router.p4")),
    ("router_urpf.p4", include_str!("../../programs/router_urpf.p4")),
    ("router_vrf.p4", include_str!("../../programs/router_vrf.p4")),
    ("router_vrf_urpf.p4", include_str!("../../programs/router_vrf_urpf.p4")),
    ("headers.p4", include_str!("../../programs/headers.p4")),
];

/// The text of a built-in program.
pub fn built_in_program(file: &str) -> Option<&'static str> {
    let name = file.strip_prefix(BUILT_IN)?;
    PROGRAMS.iter().find(|(of, _)| *of == name).map(|(_, text)| *text)
}

/// Whether a file of that name is one that the compiler brings along.
pub(crate) fn is_built_in(name: &str) -> bool {
    name.starts_with(BUILT_IN)
}

/// Finds what is included: `"x"` beside the file that says so, in the given directories, then built in; `<x>` in the given
/// directories, built in, and then beside the file.
#[derive(Debug, Default)]
pub struct Files {
    directories: Vec<PathBuf>,
    access: Access,
    /// In place of what stands in the files of these names.
    texts: BTreeMap<PathBuf, String>,
}

/// For whom files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// For who runs this process, or whom he trusts.
    #[default]
    Own,
    /// For somebody else, who sees lines of them in messages: regular files that everyone may read and reach.
    Public,
}

/// The text of a file on the disk.
pub fn read(path: &Path, access: Access) -> Result<String, LoadError> {
    let io = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => LoadError::NotFound,
        io::ErrorKind::IsADirectory => LoadError::Io("is a directory".to_owned()),
        _ => LoadError::Io(plain(&error)),
    };
    // Before it is opened, too: opening a pipe waits for who writes to it.
    if access == Access::Public {
        is_public(&fs::metadata(path).map_err(io)?)?;
        is_reachable(path)?;
    }
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if access == Access::Public {
        is_public(&metadata)?;
        // What was opened need not be where its name was: links lead elsewhere, and change.
        let opened = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(io)?;
        is_reachable(&opened)?;
    }
    let size = metadata.len();
    if size > MOST_BYTES {
        return Err(LoadError::TooLarge { size, limit: MOST_BYTES });
    }
    let mut bytes = vec![];
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    let size = bytes.len() as u64;
    if size > MOST_BYTES {
        return Err(LoadError::TooLarge { size, limit: MOST_BYTES });
    }
    // Comments and strings may hold any 8-bit characters (6.3).
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn is_public(file: &Metadata) -> Result<(), LoadError> {
    let refused = |why: &str| Err(LoadError::Io(why.to_owned()));
    match file.is_file() {
        // Reading one says what it is.
        false if file.is_dir() => Ok(()),
        false => refused("is not a regular file"),
        true if file.mode() & EVERYONE_READS != 0 => Ok(()),
        true => refused("is not readable by everyone (mode o+r), and it would be read for somebody else"),
    }
}

/// Whether everyone may enter the directories that a file is in.
fn is_reachable(path: &Path) -> Result<(), LoadError> {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    // Without its links: each directory on the way is one of the ancestors.
    let directory = fs::canonicalize(directory)
        .map_err(|error| LoadError::Io(format!("its directory cannot be read: {}", plain(&error))))?;
    let closed = |directory: &&Path| {
        fs::metadata(directory).is_ok_and(|metadata| metadata.mode() & EVERYONE_ENTERS == 0)
    };
    match directory.ancestors().find(closed) {
        None => Ok(()),
        Some(closed) => Err(LoadError::Io(format!(
            "is in {}, which not everyone may enter (mode o+x), and it would be read for somebody else",
            closed.display()
        ))),
    }
}

/// The operating system's words without its numbers.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_lowercase();
    }
    text
}

impl Files {
    pub fn new(directories: Vec<PathBuf>, access: Access) -> Files {
        Files { directories, access, texts: BTreeMap::new() }
    }

    /// Files whose text somebody else has read.
    pub fn with_texts(self, texts: BTreeMap<PathBuf, String>) -> Files {
        Files { texts, ..self }
    }

    fn beside(from: &str) -> Option<PathBuf> {
        if from.starts_with(BUILT_IN) {
            return None;
        }
        Some(Path::new(from).parent().unwrap_or(Path::new("")).to_owned())
    }
}

impl Loader for Files {
    fn load(&mut self, path: &str, from: &str, system: bool) -> Result<(String, String), LoadError> {
        let on_disk = |directory: &Path| {
            // One name for one file, or a cycle of includes would not be seen as one.
            let name = clean(directory.join(path));
            let text = self.texts.get(&name).cloned();
            match text.map_or_else(|| read(&name, self.access), Ok) {
                Err(LoadError::NotFound) => None,
                text => Some(text.map(|text| (shown(&name, &text), text))),
            }
        };
        let beside = || Files::beside(from).and_then(|directory| on_disk(&directory));
        let given = || self.directories.iter().find_map(|directory| on_disk(directory));
        let built_in = || {
            let own = PROGRAMS.iter().filter(|_| from.starts_with(BUILT_IN));
            let (name, text) = HEADERS.iter().chain(own).find(|(name, _)| *name == path)?;
            Some(Ok((format!("{BUILT_IN}{name}"), (*text).to_owned())))
        };
        let found = match system {
            true => given().or_else(built_in).or_else(beside),
            false => beside().or_else(given).or_else(built_in),
        };
        found.unwrap_or(Err(LoadError::NotFound))
    }
}

/// What a file is called: one that is word for word a built-in header is that header, wherever it was found.
fn shown(name: &Path, text: &str) -> String {
    let is_it = |header: &str| name.file_name().is_some_and(|name| name == header);
    match HEADERS.iter().find(|(header, own)| is_it(header) && *own == text) {
        Some((header, _)) => format!("{BUILT_IN}{header}"),
        None => name.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn files() -> (tempfile::TempDir, Files) {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("inc")).expect("a directory");
        fs::write(at("a.p4"), "beside").expect("a file");
        fs::write(at("inc/a.p4"), "given").expect("a file");
        fs::write(at("inc/b.p4"), "given").expect("a file");
        fs::write(at("core.p4"), "own").expect("a file");
        fs::write(at("bad.p4"), b"ab\xffc").expect("a file");
        let files = Files::new(vec![at("inc")], Access::Own);
        (directory, files)
    }

    fn text(files: &mut Files, from: &str, path: &str, system: bool) -> String {
        files.load(path, from, system).map_or_else(|error| error.to_string(), |(_, text)| text)
    }

    #[test]
    fn a_quoted_include_is_looked_for_beside_the_file_and_one_in_brackets_is_not_at_first() {
        let (directory, mut files) = files();
        let main = directory.path().join("main.p4").display().to_string();
        assert_eq!(text(&mut files, &main, "a.p4", false), "beside");
        assert_eq!(text(&mut files, &main, "a.p4", true), "given");
        assert_eq!(text(&mut files, &main, "b.p4", false), "given");
        assert_eq!(text(&mut files, &main, "core.p4", false), "own");
        assert!(text(&mut files, &main, "core.p4", true).contains("packet_in"));
        assert_eq!(text(&mut files, &main, "bad.p4", true), "ab\u{fffd}c");
        assert_eq!(text(&mut files, &main, "none.p4", true), "no such file");
        assert_eq!(text(&mut files, &main, "inc", false), "is a directory");
    }

    #[test]
    fn a_copy_of_a_built_in_header_is_the_built_in_header() {
        let (directory, mut files) = files();
        let at = |name: &str| directory.path().join("inc").join(name);
        let main = directory.path().join("main.p4").display().to_string();
        let v1model = HEADERS[1];
        fs::write(at(v1model.0), v1model.1).expect("a file");
        let mut name = |path, system| files.load(path, &main, system).expect("it is there").0;
        assert_eq!(name("v1model.p4", true), "<built in>/v1model.p4");
        assert_eq!(name("inc/v1model.p4", false), "<built in>/v1model.p4");
        fs::write(at(v1model.0), format!("{} ", v1model.1)).expect("a file");
        assert_eq!(name("v1model.p4", true), at("v1model.p4").display().to_string());
    }

    #[test]
    fn a_file_has_one_name_however_it_is_written() {
        let (directory, mut files) = files();
        let main = directory.path().join("main.p4").display().to_string();
        let (name, _) = files.load("inc/../inc/./b.p4", &main, false).expect("it is there");
        assert_eq!(name, directory.path().join("inc/b.p4").display().to_string());
    }

    #[test]
    fn what_somebody_else_has_read_is_taken_in_place_of_the_file() {
        let (directory, _) = files();
        let at = |name: &str| directory.path().join(name);
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).expect("its mode");
        let files = || Files::new(vec![at("inc")], Access::Public);
        let main = at("main.p4").display().to_string();
        assert!(text(&mut files(), &main, "a.p4", false).contains("not everyone may enter"));
        let texts = BTreeMap::from([(at("a.p4"), "sent".to_owned()), (at("inc/c.p4"), "too".to_owned())]);
        let mut files = files().with_texts(texts);
        assert_eq!(text(&mut files, &main, "a.p4", false), "sent");
        assert_eq!(text(&mut files, &main, "inc/../a.p4", false), "sent");
        assert_eq!(text(&mut files, &main, "c.p4", true), "too");
        assert!(text(&mut files, &main, "b.p4", true).contains("not everyone may enter"));
    }

    #[test]
    fn what_a_built_in_file_includes_is_not_looked_for_on_the_disk() {
        let mut files = Files::default();
        let (name, _) = files.load("v1model.p4", "x.p4", true).expect("it is built in");
        assert_eq!(files.load("core.p4", &name, true).expect("it is built in").0, "<built in>/core.p4");
        assert_eq!(files.load("nothing.p4", &name, true), Err(LoadError::NotFound));
    }

    #[test]
    fn for_others_only_regular_files_are_read_that_everyone_may_read() {
        let directory = public_directory();
        let file = directory.path().join("secret.p4");
        let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("its mode");
        let outcome = |access| read(&file, access).map_err(|error| error.to_string());
        fs::write(&file, "x").expect("a file");
        mode(0o640);
        assert_eq!(outcome(Access::Own), Ok("x".to_owned()));
        assert!(outcome(Access::Public).expect_err("it is secret").contains("readable by everyone"));
        mode(0o644);
        assert_eq!(outcome(Access::Public), Ok("x".to_owned()));
        let said = read(Path::new("/dev/zero"), Access::Public).expect_err("a device").to_string();
        assert_eq!(said, "is not a regular file");
        assert!(read(directory.path(), Access::Public).is_err());
        // It is not passed over in silence for another of that name elsewhere.
        mode(0o600);
        let mut files = Files::new(vec![directory.path().to_owned()], Access::Public);
        let said = files.load("secret.p4", "/nowhere/main.p4", false).expect_err("it is secret");
        assert!(said.to_string().contains("readable by everyone"), "{said}");
    }

    fn public_directory() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("its mode");
        directory
    }

    #[test]
    fn for_others_no_file_is_read_in_a_directory_that_not_everyone_may_enter() {
        let directory = public_directory();
        let (closed, within) = (directory.path().join("closed"), directory.path().join("closed/within"));
        fs::create_dir_all(&within).expect("a directory");
        let file = within.join("a.p4");
        fs::write(&file, "x").expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("its mode");
        let mode =
            |of: &Path, mode| fs::set_permissions(of, fs::Permissions::from_mode(mode)).expect("its mode");
        mode(&within, 0o755);
        mode(&closed, 0o755);
        assert_eq!(read(&file, Access::Public), Ok("x".to_owned()));
        mode(&closed, 0o750);
        assert_eq!(read(&file, Access::Own), Ok("x".to_owned()));
        let name = closed.canonicalize().expect("it is there").display().to_string();
        let said = read(&file, Access::Public).expect_err("it is closed").to_string();
        assert!(said.starts_with(&format!("is in {name}, which not everyone may enter")), "{said}");
        // Neither by a link from outside, nor by a way around.
        let link = directory.path().join("link.p4");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        assert!(read(&link, Access::Public).is_err());
        let door = directory.path().join("door");
        std::os::unix::fs::symlink(&within, &door).expect("a link");
        assert!(read(&door.join("a.p4"), Access::Public).is_err());
        assert!(read(&door.join("../within/a.p4"), Access::Public).is_err());
        // What is not there is looked for elsewhere.
        assert_eq!(read(&within.join("none.p4"), Access::Public), Err(LoadError::NotFound));
    }

    #[test]
    fn a_file_that_never_ends_is_too_large() {
        let error = read(Path::new("/dev/zero"), Access::Own).expect_err("it never ends");
        assert_eq!(error, LoadError::TooLarge { size: MOST_BYTES + 1, limit: MOST_BYTES });
    }
}
