//! As much of SVG as one picture needs.

use std::fmt::Write;

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture under construction. Lengths are pixels, the origin is above left.
#[derive(Debug)]
pub struct Svg {
    width: f64,
    height: f64,
    body: String,
}

impl Svg {
    /// An empty picture on a white ground.
    pub fn new(width: f64, height: f64) -> Svg {
        let mut svg = Svg { width, height, body: String::new() };
        svg.rect(0.0, 0.0, width, height, "#ffffff");
        svg
    }

    fn element(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.body.write_fmt(text);
        self.body.push('\n');
    }

    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        self.element(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}"/>"#
        ));
    }

    /// A line; `dashes` as in `stroke-dasharray`, empty for none.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64, dashes: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let dashes =
            if dashes.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{dashes}""#) };
        self.element(format_args!(
            r#"<line x1="{x1:.2}" y1="{y1:.2}" x2="{x2:.2}" y2="{y2:.2}" stroke="{stroke}" stroke-width="{width}"{dashes}/>"#
        ));
    }

    pub fn circle(&mut self, centre: (f64, f64), radius: f64, fill: &str) {
        let (x, y) = centre;
        self.element(format_args!(r#"<circle cx="{x:.2}" cy="{y:.2}" r="{radius}" fill="{fill}"/>"#));
    }

    pub fn text(&mut self, at: (f64, f64), size: f64, fill: &str, anchor: Anchor, text: &str) {
        self.styled(at, size, fill, anchor, "", text);
    }

    pub fn bold(&mut self, at: (f64, f64), size: f64, fill: &str, anchor: Anchor, text: &str) {
        self.styled(at, size, fill, anchor, r#" font-weight="600""#, text);
    }

    fn styled(&mut self, at: (f64, f64), size: f64, fill: &str, anchor: Anchor, style: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let ((x, y), text) = (at, escape(text));
        // The white edge keeps a text readable on whatever is below it.
        self.element(format_args!(
            r##"<text x="{x:.2}" y="{y:.2}" font-size="{size}" fill="{fill}" stroke="#fff" stroke-width="3" paint-order="stroke" text-anchor="{anchor}"{style}>{text}</text>"##
        ));
    }

    /// A filled step curve over equal columns from `x` on, standing on `ground`: column i reaches from `low[i]` to
    /// `high[i]` above it.
    pub fn steps(&mut self, x: f64, ground: f64, column: f64, low: &[f64], high: &[f64], fill: &str) {
        let mut path = String::new();
        for (index, (low, high)) in low.iter().zip(high).enumerate().filter(|(_, (low, high))| high > low) {
            let left = x + column * index as f64;
            let (top, bottom) = (ground - high, ground - low);
            // A little wider, or neighbours would show a seam.
            let _ = write!(path, "M{left:.2} {bottom:.2}V{top:.2}h{:.2}V{bottom:.2}z", column + 0.4);
        }
        if !path.is_empty() {
            self.element(format_args!(r#"<path d="{path}" fill="{fill}" shape-rendering="crispEdges"/>"#));
        }
    }

    pub fn finish(self) -> String {
        let Svg { width, height, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n{body}</svg>\n"
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_closed_and_text_cannot_break_out() {
        let mut svg = Svg::new(100.0, 50.0);
        svg.text((1.0, 2.0), 12.0, "#000", Anchor::End, "a < b & c </text><script>");
        svg.line((0.0, 0.0), (1.0, 1.0), "#000", 1.0, "2 2");
        svg.circle((5.0, 5.0), 2.0, "#000");
        svg.steps(0.0, 10.0, 2.0, &[0.0, 0.0], &[3.0, 0.0], "#00f");
        let text = svg.finish();
        assert!(text.contains("a &lt; b &amp; c &lt;/text&gt;&lt;script&gt;"));
        assert_eq!(text.matches("<text").count(), text.matches("</text>").count());
        let opened = ["<rect", "<line", "<circle", "<path"].map(|name| text.matches(name).count());
        assert_eq!(opened.iter().sum::<usize>(), text.matches("/>").count());
    }

    #[test]
    fn an_empty_column_draws_nothing() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.steps(0.0, 10.0, 1.0, &[0.0; 3], &[0.0, 4.0, 0.0], "#00f");
        assert_eq!(svg.finish().matches('M').count(), 1);
    }
}
