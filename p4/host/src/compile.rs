//! A file through the phases of the compiler.

use crate::load::{self, Access, Files};
use crate::report::{self, Style};
use front::{LoadError, Session, Token, ast, hir, ir};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The phases walk trees by recursion; the parser bounds their depth to what fits in here.
const STACK: usize = 256 << 20;

/// The package that the run time can run.
const PACKAGE: &str = "V1Switch";

/// What v1model declares and the run time knows. A program with externs of its own can be checked, not run.
const KNOWN_EXTERNS: [&str; 11] = [
    "packet_in",
    "packet_out",
    "counter",
    "direct_counter",
    "meter",
    "direct_meter",
    "register",
    "action_profile",
    "action_selector",
    "Checksum16",
    "protection_group",
];

/// Likewise functions.
const KNOWN_FUNCTIONS: [&str; 28] = [
    "verify",
    "static_assert",
    "random",
    "digest",
    "mark_to_drop",
    "hash",
    "verify_checksum",
    "update_checksum",
    "verify_checksum_with_payload",
    "update_checksum_with_payload",
    "clone",
    "clone3",
    "clone_preserving_field_list",
    "resubmit",
    "resubmit_preserving_field_list",
    "recirculate",
    "recirculate_preserving_field_list",
    "truncate",
    "assert",
    "assume",
    "log_msg",
    "swerve_mac",
    "swerve_interface",
    "swerve_vrf",
    "swerve_path_live",
    "swerve_flow_hash",
    "swerve_punt",
    "swerve_drop",
];

/// A program and what it is compiled with.
#[derive(Debug, Clone, Default)]
pub struct Source {
    pub file: PathBuf,
    /// `-I`
    pub directories: Vec<PathBuf>,
    /// `-D`, as name and value.
    pub defines: Vec<(String, String)>,
    pub access: Access,
    /// Included files whose text is given: by name without `.` and `..`.
    pub texts: BTreeMap<PathBuf, String>,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Tokens,
    Ast,
    Checked,
    /// Flat where the program is one that can be; of others the names are checked that controllers see. A program with a
    /// V1Switch of its own is one of those: the language is all that it is held to. What cannot run is a warning.
    Accepted,
    /// Flat where it can be; of other programs what controllers see, without code.
    Objects,
    Flat,
}

/// What the phases made, as far as they came.
#[derive(Debug, Default)]
pub struct Compilation {
    pub session: Session,
    pub tokens: Vec<Token>,
    pub ast: ast::Program,
    pub hir: Option<hir::Program>,
    pub ir: Option<ir::Program>,
}

/// A file that was named on the command line and is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {error}", file.display())]
pub struct Unreadable {
    pub file: PathBuf,
    pub error: LoadError,
}

pub fn read(file: &Path) -> Result<String, Unreadable> {
    read_for(file, Access::Own)
}

fn read_for(file: &Path, access: Access) -> Result<String, Unreadable> {
    load::read(file, access).map_err(|error| Unreadable { file: file.to_owned(), error })
}

/// Runs `work` where recursion as deep as the parser allows has room.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("compiler".to_owned()).stack_size(STACK);
        match thread.spawn_scoped(scope, work).map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // Nothing is left that could be done without a thread.
            Err(error) => panic!("no thread for the compiler: {error}"),
        }
    })
}

/// Compiles until `until`, or until a phase has found errors.
pub fn compile(source: &Source, until: Phase) -> Result<Compilation, Unreadable> {
    Ok(compile_text(source, read_for(&source.file, source.access)?, until))
}

/// The same of a text that would stand in `source.file`.
pub fn compile_text(source: &Source, text: String, until: Phase) -> Compilation {
    let mut session = Session::new();
    let main = session.sources.add(source.file.display().to_string(), text);
    let files = Files::new(source.directories.clone(), source.access);
    let mut files = files.with_texts(source.texts.clone());
    let tokens = front::preprocess(&mut session, main, &mut files, &source.defines);
    let mut done = Compilation { session, tokens, ..Compilation::default() };
    done.go_on(until);
    done
}

impl Compilation {
    fn go_on(&mut self, until: Phase) {
        if until < Phase::Ast || self.session.diags.has_errors() {
            return;
        }
        self.ast = front::parse(&mut self.session, &self.tokens);
        if until < Phase::Checked || self.session.diags.has_errors() {
            return;
        }
        self.hir = front::check(&mut self.session, &self.ast);
        let Some(hir) = &self.hir else { return };
        let own = until == Phase::Accepted && declares_v1model_itself(&self.session, hir);
        if until == Phase::Flat || (until > Phase::Checked && !own && can_be_flat(&self.session, hir)) {
            self.ir = front::lower(&mut self.session, hir);
        } else if until == Phase::Objects {
            self.ir = front::lower::objects(&mut self.session, hir);
        } else if until == Phase::Accepted && hir.main.is_some() {
            front::lower::check_names(&mut self.session, hir, !own);
        }
        if until == Phase::Accepted {
            self.session.diags.forgive_limits();
        }
    }

    pub fn accepted(&self) -> bool {
        !self.session.diags.has_errors()
    }

    /// Every message as text, and how many there were beyond those kept.
    pub fn messages(&self, style: Style) -> String {
        let diags = &self.session.diags;
        let mut text = report::render(&self.session.sources, diags.kept(), style);
        let more = (diags.errors() + diags.warnings()).saturating_sub(diags.kept().len());
        if more > 0 {
            text.push_str(&format!("and {more} more\n"));
        }
        text
    }

    /// `2 errors, 1 warning`; empty where there is neither.
    pub fn counts(&self) -> String {
        let plural = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            count => Some(format!("{count} {what}s")),
        };
        let diags = &self.session.diags;
        let counts = [plural(diags.errors(), "error"), plural(diags.warnings(), "warning")];
        counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    pub fn json(&self) -> Value {
        let diags = &self.session.diags;
        json!({
            "accepted": self.accepted(),
            "errors": diags.errors(),
            "warnings": diags.warnings(),
            "diagnostics": report::json(&self.session.sources, diags.kept()),
        })
    }
}

/// Whether `main` is of a V1Switch that is not the built-in one, and may have other parts, metadata and externs.
fn declares_v1model_itself(session: &Session, hir: &hir::Program) -> bool {
    let Some(package) = package(hir) else { return false };
    let file = session.sources.file(package.span.file);
    session.text(package.name) == PACKAGE && file.is_some_and(|file| !load::is_built_in(&file.name))
}

/// What `main` is an instance of.
fn package(hir: &hir::Program) -> Option<&hir::ApplyType> {
    match &hir.instances[hir.main?.index()].ty {
        hir::Ty::Apply(package, _) => Some(&hir.apply_types[package.index()]),
        _ => None,
    }
}

/// A program of v1model that uses nothing but v1model. Libraries, other architectures and programs with externs of their own
/// are accepted as they are checked.
fn can_be_flat(session: &Session, hir: &hir::Program) -> bool {
    let Some(package) = package(hir) else { return false };
    let name = |name| session.text(name);
    name(package.name) == PACKAGE
        && hir.externs.iter().all(|declared| KNOWN_EXTERNS.contains(&name(declared.name)))
        && hir.extern_functions.iter().all(|declared| KNOWN_FUNCTIONS.contains(&name(declared.proto.name)))
}
