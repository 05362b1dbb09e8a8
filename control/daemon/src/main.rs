//! The control process of swerve: reads the file, computes primaries and backups, follows the kernel's neighbors, and
//! keeps the switch supplied. It needs neither root nor DPDK, and packets do not need it.

mod bgp;
mod daemon;
mod desired;
mod feed;
mod fpm;
mod jobs;
mod learned;
mod learning;
mod lfa;
mod link;
mod neighbors;
mod proxy;
mod server;
mod state;

use clap::Parser;
use config::Config;
use daemon::Daemon;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The largest file: it travels to the switch in one message.
const FILE_LEN: u64 = api::frame::MAX_LEN as u64 - 1024;

/// Exit code of a file that is not valid or not there.
const BAD_FILE: u8 = 2;

#[derive(Parser)]
#[command(name = "swerve-control", version, about = "The control process of swerve")]
struct Arguments {
    /// The TOML file that the switch reads too
    #[arg(long, value_name = "FILE", default_value = "/etc/swerve/swerve.toml")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { config: file } = Arguments::parse();
    let name = file.display().to_string();
    let text = match read_file(&file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("swerve-control: cannot read {name}: {error}");
            return ExitCode::from(BAD_FILE);
        }
    };
    let config = match Config::parse(&name, &text) {
        Ok(config) => config,
        Err(errors) => {
            eprintln!("{:?}", miette::Report::new(errors));
            return ExitCode::from(BAD_FILE);
        }
    };
    process::log::start(&config.log);
    match Daemon::new(file, config).and_then(|daemon| Ok(daemon.run()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The text of a file that fits into a message.
fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_LEN + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_LEN {
        let why = format!("it is larger than {FILE_LEN} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(text)
}
