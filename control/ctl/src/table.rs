//! Tables for people, with units in the headers; programs take the JSON.

use comfy_table::{CellAlignment, Table as Comfy, presets};
use std::fmt::Display;

/// A column's header, and whether it holds numbers.
#[derive(Debug, Clone)]
struct Column {
    header: String,
    number: bool,
}

/// Rows of text under headers.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new() -> Table {
        Table::default()
    }

    /// A column of words.
    pub fn text(mut self, header: impl Into<String>) -> Table {
        self.columns.push(Column { header: header.into(), number: false });
        self
    }

    /// A column of numbers, set to the right.
    pub fn number(mut self, header: impl Into<String>) -> Table {
        self.columns.push(Column { header: header.into(), number: true });
        self
    }

    /// Columns of numbers.
    pub fn numbers<'a>(self, headers: impl IntoIterator<Item = &'a str>) -> Table {
        headers.into_iter().fold(self, Table::number)
    }

    /// Columns of numbers that are there only while watching.
    pub fn rates<'a>(self, watching: bool, headers: impl IntoIterator<Item = &'a str>) -> Table {
        if watching { self.numbers(headers) } else { self }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a row of another width than its table");
        self.rows.push(cells);
    }

    /// Lines, each ended; `nothing` stands for no rows.
    pub fn render(&self, nothing: &str) -> String {
        if self.rows.is_empty() {
            return format!("{nothing}\n");
        }
        let mut table = Comfy::new();
        table.load_style(presets::NOTHING);
        table.set_header(self.columns.iter().map(|c| c.header.clone()));
        for row in &self.rows {
            table.add_row(row);
        }
        for (index, column) in self.columns.iter().enumerate() {
            if let Some(drawn) = table.column_mut(index) {
                let first = u16::from(index > 0);
                drawn.set_padding((first, 1));
                if column.number {
                    drawn.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        let lines = table.to_string();
        lines.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// A value, or `-` for none.
pub fn or_dash<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".into(), |value| value.to_string())
}

/// Words with a comma between, or `-` for none.
pub fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if words.is_empty() { "-".into() } else { words.join(",") }
}

/// Three decimals at most, and none when there is nothing behind them.
pub fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A rate, whole.
pub fn rate(per_second: Option<f64>) -> String {
    or_dash(per_second.map(|rate| format!("{rate:.0}")))
}

/// Nanoseconds as microseconds.
pub fn us(ns: u64) -> String {
    decimal(ns as f64 / 1e3)
}
