//! The book and the pages beside it: every link leads somewhere, every page is in the table of contents, every example
//! of a configuration is valid.

use config::Config;
use edges::{below_root, files, root};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The pages outside the book.
const BESIDE: &[&str] = &["README.md", "CONTRIBUTING.md", "p4/README.md"];

fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("docs/src"), "md");
    pages.extend(BESIDE.iter().map(|name| root().join(name)));
    pages
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The page without code blocks and without code in its lines.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Every second piece stands between two backticks.
            out.extend(line.split('`').step_by(2));
        }
        out.push('\n');
    }
    out
}

/// What stands behind `](`, `src="` and `href="`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let mut links = Vec::new();
    for (before, after) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"'), ("srcset=\"", '"')] {
        let ends = prose.split(before).skip(1).filter_map(|rest| rest.split(after).next());
        links.extend(ends.map(str::to_owned));
    }
    links
}

/// The anchors of a page's headings, as mdBook and the usual forges make them.
fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut count: HashMap<String, usize> = HashMap::new();
    let mut anchors = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with('#') {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
            let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
            let seen = count.entry(anchor.clone()).or_default();
            anchors.push(if *seen == 0 { anchor } else { format!("{anchor}-{seen}") });
            *seen += 1;
        }
    }
    anchors
}

/// Why the link of this page leads nowhere, if so.
fn broken(page: &Path, link: &str) -> Option<String> {
    if ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let dir = page.parent().unwrap_or(page);
    let target = if file.is_empty() { page.to_owned() } else { dir.join(file) };
    let nowhere = |why: &str| Some(format!("{}: ({link}) {why}", below_root(page)));
    if !target.exists() {
        return nowhere("is not there");
    }
    let in_book = |path: &Path| path.canonicalize().is_ok_and(|p| p.starts_with(root().join("docs/src")));
    if in_book(page) && !in_book(&target) {
        return nowhere("leaves the book, where a reader of the built book cannot follow");
    }
    if !anchor.is_empty() && !anchors(&read(&target)).iter().any(|a| a == anchor) {
        return nowhere("names a heading that is not there");
    }
    None
}

#[test]
fn every_link_leads_somewhere() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        for link in links(&read(&page)) {
            checked += 1;
            wrong.extend(broken(&page, &link));
        }
    }
    assert!(checked > 20, "only {checked} links were found: the search for them is broken");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_link_to_nowhere_is_found() {
    let page = root().join("docs/src/SUMMARY.md");
    let text = "[a](missing.md) `[b](code.md)`\n```\n[c](fenced.md)\n```\n[d](SUMMARY.md#nothing)\n[e](../../README.md)";
    let found: Vec<_> = links(text).iter().filter_map(|link| broken(&page, link)).collect();
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = root().join("docs/src/SUMMARY.md");
    let listed: Vec<_> =
        links(&read(&summary)).iter().map(|link| root().join("docs/src").join(link)).collect();
    let missing: Vec<_> = files(&root().join("docs/src"), "md")
        .into_iter()
        .filter(|page| *page != summary && !listed.contains(page))
        .map(|page| below_root(&page))
        .collect();
    assert!(missing.is_empty(), "SUMMARY.md does not list {missing:#?}");
}

/// Refers to what an example leaves out because another one shows it.
fn is_only_a_part(mistake: &str) -> bool {
    mistake.starts_with("the file has no port")
        || ["port", "interface", "path"]
            .iter()
            .any(|what| mistake.starts_with(&format!("no {what} is named")))
}

#[test]
fn every_example_of_a_configuration_is_valid() {
    let (mut whole, mut parts) = (0, 0);
    let mut wrong = Vec::new();
    for page in pages() {
        for example in read(&page).split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            let is_whole = example.contains("[[port]]") && example.contains("[[route]]");
            *(if is_whole { &mut whole } else { &mut parts }) += 1;
            let Err(errors) = Config::parse(&below_root(&page), example) else { continue };
            let mistakes = errors.errors().iter().map(ToString::to_string);
            wrong.extend(
                mistakes.filter(|m| is_whole || !is_only_a_part(m)).map(|m| format!("{m} in:\n{example}")),
            );
        }
    }
    assert!(whole >= 2 && parts >= 5, "only {whole} whole files and {parts} parts were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What lines a file has behind each comment that begins with `[swerve]`, up to the next comment.
fn marked(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut said, mut comment) = (false, false);
    for line in text.lines().map(str::trim) {
        let is_comment = line.starts_with('!');
        said = if is_comment { comment && said || line.starts_with("! [swerve]") } else { said };
        if said && !is_comment && !line.starts_with("exit") {
            lines.push(line);
        }
        comment = is_comment;
    }
    lines
}

#[test]
fn the_ten_steps_add_to_frr_what_its_own_files_have() {
    let page = read(&root().join("docs/src/routes/frr.md"));
    let block = |fence: &str, has: &str| {
        let blocks = page.split(fence).skip(1).filter_map(|rest| rest.split("```").next());
        let mut found = blocks.filter(|block| block.contains(has));
        found.next().unwrap_or_else(|| panic!("no block of the page has {has}")).to_owned()
    };
    let frr = read(&root().join("configs/frr/frr.conf"));
    let step = block("```text\n", "fpm address");
    let context = |line: &&str| !line.starts_with("router bgp") && !line.starts_with("address-family");
    let added: Vec<_> = step.lines().map(str::trim).filter(context).collect();
    assert_eq!(added, marked(&frr), "step 6 and what configs/frr/frr.conf marks with [swerve]");
    assert!(frr.contains("router bgp 65000\n") && step.contains("router bgp 65000\n"));

    let daemons = read(&root().join("configs/frr/daemons"));
    for line in block("```sh\n", "zebra_options").lines() {
        assert!(daemons.lines().any(|has| has == line), "step 5 has {line}, and configs/frr/daemons has not");
    }
    // The switch would not start a second time.
    assert!(!frr.lines().any(|line| matches!(line, "ip forwarding" | "ipv6 forwarding")));
}
