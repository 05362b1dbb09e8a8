//! Where log lines go and what they look like.

use config::{Log, LogFormat, LogLevel, LogTarget};
use std::fmt;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Sets up the process's log. Call once.
pub fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false);
    let plain = Format::default().with_target(false).with_ansi(false);
    match (log.format, log.target) {
        (LogFormat::Text, LogTarget::Stderr) => lines.event_format(plain).init(),
        (LogFormat::Text, LogTarget::Journal) => {
            lines.event_format(Prioritised(plain.without_time().with_level(false))).init();
        }
        (LogFormat::Json, LogTarget::Stderr) => lines.json().flatten_event(true).with_target(false).init(),
        (LogFormat::Json, LogTarget::Journal) => {
            let format = Format::default().json().flatten_event(true).with_target(false).without_time();
            lines.json().event_format(Prioritised(format)).init();
        }
    }
}

/// Puts the syslog priority in front of each line, for a journal that reads stderr (sd-daemon(3)).
struct Prioritised<F>(F);

impl<S, N, F> FormatEvent<S, N> for Prioritised<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            Level::DEBUG | Level::TRACE => 7,
        };
        write!(writer, "<{priority}>")?;
        self.0.format_event(context, writer, event)
    }
}
