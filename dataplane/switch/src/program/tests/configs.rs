//! Every program has a configuration that runs it.

use super::super::{Loaded, compile::compile_job, configured};
use config::Config;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_program_has_a_configuration_whose_entries_fit_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let stems = |directory: &Path, end: &str| -> BTreeSet<String> {
        let files = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
        let files = files.filter(|file| file.extension().is_some_and(|of| of == end));
        files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let directory = root.join("configs/p4");
    let configs = stems(&directory, "toml");
    // The routers are what runs without one; what has a test is a program, the rest is included by programs.
    let mut programs = stems(&root.join("p4/programs"), "stf");
    programs.retain(|name| !name.starts_with("router"));
    assert_eq!(configs, programs);
    for name in configs {
        let file = directory.join(format!("{name}.toml"));
        let text = fs::read_to_string(&file).unwrap();
        let config = Config::parse(&file.display().to_string(), &text).unwrap_or_else(|e| panic!("{e:?}"));
        let compiled = compile_job(&configured(&config, &directory));
        let ready = compiled.ready.unwrap_or_else(|| panic!("{}", compiled.verdict.messages));
        let mut loaded = Loaded::new(ready);
        let entries = &config.program.as_ref().unwrap().entries;
        if let Err((at, why)) = loaded.apply_entries(entries) {
            panic!("{:?}", miette::Report::new(config.entry_mistake(at, why)));
        }
    }
}
