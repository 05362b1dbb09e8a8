//! `swervectl check` of files in which only the switch finds the mistake. Nothing is started.

use crate::lab::beside;
use crate::program::{PROGRAM, ROUTER};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// What stands before [`PROGRAM`].
const PORT: &str = "
[switch.dpdk]
hugepages = \"no\"

[[port]]
name = \"lan\"
kernel = \"lo\"
";

/// A directory with a file and its program.
struct Files(tempfile::TempDir);

impl Files {
    fn new(config: &str, program: &str) -> Files {
        let files = Files(tempfile::tempdir().expect("a directory"));
        std::fs::write(files.config(), config).expect("the configuration");
        std::fs::write(files.0.path().join("router.p4"), program).expect("the program");
        files
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("swerve.toml")
    }

    /// Exit code, and what is said.
    fn check(&self, more: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(beside("swervectl"));
        command.arg("check").arg(self.config()).args(more).env("NO_COLOR", "1");
        let output = command.output().expect("swervectl runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

#[test]
fn a_file_whose_program_takes_its_entries_is_good() {
    let (code, out, errors) = Files::new(&format!("{PORT}{PROGRAM}"), ROUTER).check(&[]);
    assert!(code == Some(0) && out.contains("is good: 1 ports"), "{out}{errors}");
}

#[test]
fn what_the_switch_would_refuse_of_a_program_is_said_by_the_check_with_its_place() {
    let file = format!("{PORT}{PROGRAM}");
    let edited = |from: &str, to: &str| {
        assert!(file.contains(from));
        file.replacen(from, to, 1)
    };
    let generator = edited(
        "[program]",
        "[port.generator]\nsource = \"192.0.2.1\"\ndestinations = \"/nowhere/at/all\"\n[program]",
    );
    let broken = ROUTER.replacen("apply", "aply", 1);
    let line = broken[..broken.find("aply").expect("it is there")].matches('\n').count() as u64 + 1;
    // With the file and line that a program is told.
    type Place = Option<(&'static str, u64)>;
    let cases: [(String, &str, &[&str], Place); 5] = [
        (file.clone(), &broken, &["router.p4:", "aply", "cannot be loaded"], Some(("router.p4", line))),
        (edited("router.p4", "none.p4"), ROUTER, &["none.p4", "no such file"], None),
        (
            edited("\"ipv4_lpm\"", "\"ipv4_lmp\""),
            ROUTER,
            &["swerve.toml:13:", "ipv4_lmp", "ipv4_lpm"],
            Some(("swerve.toml", 13)),
        ),
        (
            edited("port = 1,", "prot = 1,"),
            ROUTER,
            &["swerve.toml:13:", "prot", "port"],
            Some(("swerve.toml", 13)),
        ),
        (generator, ROUTER, &["swerve.toml: port lan", "/nowhere/at/all"], None),
    ];
    for (config, program, words, place) in cases {
        let files = Files::new(&config, program);
        let (code, out, errors) = files.check(&[]);
        assert_eq!(code, Some(2), "{out}{errors}");
        for word in words {
            assert!(errors.contains(word), "{word} is not in: {errors}");
        }
        let (_, json, _) = files.check(&["--json"]);
        let json: Value = serde_json::from_str(&json).expect("it is JSON");
        let first = &json["mistakes"][0];
        assert!(json["ok"] == false && first["message"].is_string(), "{json}");
        match place {
            Some((file, line)) => {
                assert!(first["file"].as_str().is_some_and(|name| name.ends_with(file)), "{json}");
                assert!(first["line"] == line && first["column"].is_u64(), "{json}");
            }
            None => assert!(first["message"].to_string().contains(words[1]), "{json}"),
        }
    }
}
