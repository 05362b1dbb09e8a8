//! The files that a program includes, as the switch will ask for them.

use path_clean::clean;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// More are left to the switch.
const MOST_FILES: usize = 1000;

/// Comments and strings of P4 may hold any 8-bit characters.
pub(super) fn read(path: &Path) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

/// Every file that an `#include` of the program, or of a file that it includes, may mean: beside the file that says so, or in one
/// of the directories. Whether a condition leaves it out is the compiler's to say, and what is not there may be built in.
pub(super) fn of(file: &Path, text: &str, directories: &[PathBuf]) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(file.to_owned(), text.to_owned())];
    while let Some((from, text)) = waiting.pop() {
        let beside = from.parent().map(Path::to_owned);
        for name in text.lines().filter_map(included) {
            for directory in beside.iter().chain(directories) {
                // The name by which the compiler knows a file.
                let path = clean(directory.join(name));
                let Ok(text) = read(&path) else { continue };
                if found.len() < MOST_FILES && !found.contains_key(&path) {
                    found.insert(path.clone(), text.clone());
                    waiting.push((path, text));
                }
            }
        }
    }
    found.into_iter().map(|(path, text)| (path.display().to_string(), text)).collect()
}

/// The name in `#include "x"` and `#include <x>`.
fn included(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim_start();
    let end = match rest.chars().next()? {
        '"' => '"',
        '<' => '>',
        _ => return None,
    };
    rest[1..].split_once(end).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_includes_is_found_as_the_compiler_finds_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        for sub in ["own", "lib/deep"] {
            fs::create_dir_all(at(sub)).expect("a directory");
        }
        let main =
            "#include <core.p4>\n # include \"a.p4\" // why\n#include \"../lib/deep/b.p4\"\n#include NAME\n";
        fs::write(at("own/a.p4"), "#ifdef X\n#include <c.p4>\n#endif\n#include \"main.p4\"\n")
            .expect("a file");
        fs::write(at("own/main.p4"), main).expect("a file");
        fs::write(at("lib/deep/b.p4"), b"// \xe9\n#include \"./b.p4\"\n#include \"none.p4\"")
            .expect("a file");
        fs::write(at("lib/c.p4"), "#include <deep/b.p4>").expect("a file");
        let found = of(&at("own/main.p4"), main, &[at("lib")]);
        let names: Vec<_> = found.iter().map(|(name, _)| Path::new(name).to_owned()).collect();
        assert_eq!(names, [at("lib/c.p4"), at("lib/deep/b.p4"), at("own/a.p4"), at("own/main.p4")]);
        assert!(found[1].1.starts_with("// \u{fffd}"), "{found:?}");
    }
}
