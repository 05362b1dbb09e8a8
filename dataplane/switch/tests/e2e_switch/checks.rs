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
    let cases: [(String, &str, &[&str]); 5] = [
        (file.clone(), &broken, &["router.p4:", "aply", "cannot be loaded"]),
        (edited("router.p4", "none.p4"), ROUTER, &["none.p4", "no such file"]),
        (edited("\"ipv4_lpm\"", "\"ipv4_lmp\""), ROUTER, &["swerve.toml:13:", "ipv4_lmp", "ipv4_lpm"]),
        (edited("port = 1,", "prot = 1,"), ROUTER, &["swerve.toml:13:", "prot", "port"]),
        (generator, ROUTER, &["swerve.toml: port lan", "/nowhere/at/all"]),
    ];
    for (config, program, words) in cases {
        let files = Files::new(&config, program);
        let (code, out, errors) = files.check(&[]);
        assert_eq!(code, Some(2), "{out}{errors}");
        for word in words {
            assert!(errors.contains(word), "{word} is not in: {errors}");
        }
        let (_, json, _) = files.check(&["--json"]);
        let json: Value = serde_json::from_str(&json).expect("it is JSON");
        let message = json["mistakes"][0]["message"].as_str().expect("a message");
        assert!(json["ok"] == false && message.contains(words[1]), "{json}");
    }
}
