//! `swerve-p4`: check, test and show P4 programs.
#![forbid(unsafe_code)]

use clap::{Args, Parser, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use tool::compile::{Source, on_large_stack};
use tool::report::Style;
use tool::verbs::{self, Engine, Said, What};

#[derive(Debug, Parser)]
#[command(name = "swerve-p4", version, about = "Checks, tests and shows P4 programs")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Says whether a program is right, and what is wrong with it.
    ///
    /// The exit code is 0 for a program that is accepted (warnings or not), 1 for one that is rejected, 2 for a file that
    /// cannot be read. A file without `main` is checked as a library.
    Check {
        file: PathBuf,
        #[command(flatten)]
        common: Common,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Runs a packet test (STF) against a program, in process.
    ///
    /// The exit code is 0 when everything came as expected, 1 when something did not, 2 when the program or the test is wrong.
    Test {
        program: PathBuf,
        test: PathBuf,
        #[command(flatten)]
        common: Common,
        /// What executes the program.
        #[arg(long, value_enum, default_value_t = Engine::Both)]
        engine: Engine,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows what the compiler makes of a program.
    Emit {
        #[arg(long, value_enum)]
        what: What,
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct Common {
    /// Where included files are looked for, in this order, before the built-in core.p4 and v1model.p4.
    #[arg(short = 'I', value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// Defines a macro, as 1 when no value is given.
    #[arg(short = 'D', value_name = "NAME[=VALUE]", value_parser = define)]
    defines: Vec<(String, String)>,
    /// Forgets what `-D` defines, whichever comes first.
    #[arg(short = 'U', value_name = "NAME")]
    undefines: Vec<String>,
}

fn define(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, "1"));
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins {
        return Err(format!("`{name}` is no name; write NAME or NAME=VALUE"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

impl Common {
    fn source(mut self, file: PathBuf) -> Source {
        self.defines.retain(|(name, _)| !self.undefines.contains(name));
        Source { file, directories: self.directories, defines: self.defines, ..Source::default() }
    }
}

fn main() -> ExitCode {
    let verb = Cli::parse().verb;
    let style = Style::of_stderr();
    let Said { out, err, code } = on_large_stack(move || match verb {
        Verb::Check { file, common, json } => verbs::check(&common.source(file), json, style),
        Verb::Test { program, test, common, engine, json } => {
            verbs::test(&common.source(program), &test, engine, json, style)
        }
        Verb::Emit { what, file, common } => verbs::emit(&common.source(file), what, style),
    });
    // Who closes the pipe has read enough.
    let _ = io::stderr().write_all(err.as_bytes());
    let _ = io::stdout().write_all(out.as_bytes());
    ExitCode::from(code)
}
