//! Runs fuzz targets; see README.md.

#![forbid(unsafe_code)]

mod driver;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use targets::{TARGETS, Target};

#[derive(Debug, Parser)]
struct Args {
    /// A target, or "all".
    #[arg(required_unless_present = "list")]
    target: Option<String>,
    /// Names the targets.
    #[arg(long)]
    list: bool,
    /// How long each target runs.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// The same seed gives the same inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs the target on this file only.
    #[arg(long)]
    replay: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if args.list {
        for target in TARGETS {
            println!("{}", target.name);
        }
        return Ok(());
    }
    let name = args.target.as_deref().unwrap_or_default();
    let chosen: Vec<_> = TARGETS.iter().filter(|t| name == "all" || t.name == name).collect();
    if chosen.is_empty() {
        bail!("there is no target \"{name}\"; --list names them");
    }
    for target in chosen {
        match &args.replay {
            Some(file) => {
                (target.run)(&fs::read(file).with_context(|| format!("reading {}", file.display()))?);
            }
            None => run(target, &args)?,
        }
    }
    Ok(())
}

fn run(target: &Target, args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus = (target.seeds)();
    if let Ok(files) = fs::read_dir(root.join("corpus").join(target.name)) {
        let mut files = files.map(|file| Ok(file?.path())).collect::<Result<Vec<_>>>()?;
        files.sort();
        for file in files {
            corpus.push(fs::read(&file).with_context(|| format!("reading {}", file.display()))?);
        }
    }
    match driver::fuzz(target.run, &corpus, args.seed, Duration::from_secs(args.seconds), None) {
        Ok(inputs) => {
            println!("{}: {inputs} inputs, seed {}, nothing found", target.name, args.seed);
            Ok(())
        }
        Err(finding) => {
            let folder = Path::new("target/fuzz");
            fs::create_dir_all(folder)?;
            let file = folder.join(format!("{}-{}-{}", target.name, args.seed, finding.iteration));
            fs::write(&file, &finding.input)?;
            bail!(
                "{}: input {} of seed {} panics; it is in {}",
                target.name,
                finding.iteration,
                args.seed,
                file.display()
            )
        }
    }
}
