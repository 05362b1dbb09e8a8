//! The crate as its users see it.

mod diff;
mod examples;
mod machine;
mod mistakes;
mod program;
mod robust;

use config::{Config, ConfigErrors};
use miette::{GraphicalReportHandler, GraphicalTheme};

/// A valid file with one of everything, in which each test breaks something.
const GOOD: &str = include_str!("good.toml");

fn good() -> Config {
    parse(GOOD)
}

fn parse(text: &str) -> Config {
    Config::parse("swerve.toml", text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

/// [`GOOD`] with each `from` replaced by its `to`; `from` stands there once.
fn edited(edits: &[(&str, &str)]) -> String {
    let mut text = GOOD.to_owned();
    for (from, to) in edits {
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands in the file once");
        text = text.replace(from, to);
    }
    text
}

fn rendered(errors: &ConfigErrors) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut out = String::new();
    handler.render_report(&mut out, errors).unwrap();
    out
}
