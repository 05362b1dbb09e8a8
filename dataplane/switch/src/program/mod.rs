//! The P4 program of the switch, as its main thread has it: compiled in the background, changed by operators and by
//! the file.
//!
//! | | |
//! |---|---|
//! | [`compile`] | from a file to a state, on a thread of its own |
//! | [`loaded`] | the program in place, and what a batch means for it |
//! | [`objects`] | counters, registers, clone sessions and groups |
//! | [`meters`] | rates of meters |
//! | [`values`] | parser value sets |
//! | [`ways`] | sets of paths that entries lead to |
//! | [`staged`] | entries that packets find together |
//! | [`entries`] | what the configuration puts into its tables |
//! | [`carry`] | what survives from one program to the next |
//! | [`show`] | rows for operators |
//! | [`trace`] | what a traced packet did, for operators |
//! | [`events`] | what the program tells, what its controller sends, what is learned |
//! | [`learn`] | whether rules of what is learned fit it |

mod carry;
pub mod compile;
mod entries;
mod events;
mod learn;
mod loaded;
mod meters;
mod objects;
mod show;
mod staged;
#[cfg(test)]
mod tests;
pub mod trace;
mod values;
pub mod ways;

pub use events::Wording;
pub use loaded::{Loaded, ProgramError};

use api::program::{Diagnostic, Verdict};
use compile::{Job, compile_job};
use config::{Config, ConfigErrors};
use host::load::{Access, built_in_program, router};
use std::path::{Path, PathBuf};

/// The job that `[program]` asks for, or the router's. `directory` is that of the configuration.
pub fn configured(config: &Config, directory: &Path) -> Job {
    match &config.program {
        Some(program) => Job {
            file: directory.join(&program.file),
            text: None,
            included: vec![],
            include: program.include.iter().map(|path| directory.join(path)).collect(),
            load: true,
            access: Access::Own,
        },
        None => {
            let checks = config.interfaces.iter().any(|interface| interface.urpf.is_some());
            let file = router(!config.vrfs.is_empty(), checks);
            let text = built_in_program(file).map(ToOwned::to_owned);
            Job {
                file: file.into(),
                text,
                included: vec![],
                include: vec![],
                load: true,
                access: Access::Own,
            }
        }
    }
}

/// Where the files are that a configuration names without a directory.
pub fn directory(config: &Path) -> PathBuf {
    let absolute = std::path::absolute(config).unwrap_or_else(|_| config.to_owned());
    absolute.parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Why a switch would not start: as text, and each mistake with its place.
#[derive(Debug)]
pub struct Unfit {
    pub text: String,
    pub mistakes: Vec<Diagnostic>,
}

impl Unfit {
    pub fn without_place(text: String) -> Unfit {
        let mistake = Diagnostic {
            severity: "error".to_owned(),
            file: None,
            line: None,
            column: None,
            message: text.trim_end().to_owned(),
            help: None,
        };
        Unfit { text, mistakes: vec![mistake] }
    }
}

impl From<ConfigErrors> for Unfit {
    fn from(errors: ConfigErrors) -> Unfit {
        let mistake = |error: &config::ConfigError| {
            let (line, column) = error.place();
            Diagnostic {
                severity: "error".to_owned(),
                file: Some(errors.file().to_owned()),
                line: Some(line as u64),
                column: Some(column as u64),
                message: error.to_string(),
                help: error.help(),
            }
        };
        let mistakes = errors.errors().iter().map(mistake).collect();
        Unfit { text: format!("{:?}", miette::Report::new(errors)), mistakes }
    }
}

/// The configured program with its entries, for the start, and the compiler's warnings; what is wrong with it otherwise.
pub fn at_start(config: &Config, directory: &Path) -> Result<(Loaded, String), Unfit> {
    let job = configured(config, directory);
    let compiled = compile_job(&job);
    let Some(ready) = compiled.ready else {
        let Verdict { messages, diagnostics, .. } = compiled.verdict;
        let text = format!("{messages}the program {} cannot be loaded", job.file.display());
        let mistakes = diagnostics.into_iter().filter(|one| one.severity == "error").collect();
        return Err(Unfit { text, mistakes });
    };
    let mut loaded = Loaded::new(ready);
    match loaded.configure(config) {
        Ok(()) => Ok((loaded, compiled.verdict.messages)),
        Err(errors) => Err(errors.into()),
    }
}
