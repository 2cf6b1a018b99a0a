//! The charts, for any plotters backend: stacked steps, or lines before a band; a line at each round
//! number.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::lines::{Lines, Weight};
use super::series::{Chart, Kind};
use crate::sizes::{SPACE_1, SPACE_2, TEXT_S};
use crate::timeline::run::Axis;
use crate::versions::sign_of;

/// The scale reaches at least this far, so that it does not jump at the start.
const LEAST_TOP: f64 = 20.0;
/// That of lines.
const LEAST_TOP_OF_LINES: f64 = 4.0;
/// Charts lower than this have no room for a label in the middle.
const SMALL: u32 = 60;
/// Space above the highest value.
const TOP: f64 = SPACE_2;
/// The fill that is exchanged for hatching in the SVG; see [`to_svg`].
const FAILURE: RGBColor = RGBColor(213, 94, 0);
/// Fills that are exchanged for the theme's colours.
const SIGNS: [RGBColor; crate::versions::SIGNS] =
    [RGBColor(0, 0, 1), RGBColor(0, 0, 2), RGBColor(0, 0, 3), RGBColor(0, 0, 4), RGBColor(0, 0, 5)];
const LINE: RGBColor = RGBColor(0, 0, 6);
const TEXT: RGBColor = RGBColor(0, 0, 7);
const BAND: RGBColor = RGBColor(0, 0, 8);
const STRONG: RGBColor = RGBColor(0, 0, 9);
const PLAIN: RGBColor = RGBColor(0, 0, 10);
const FAINT: RGBColor = RGBColor(0, 0, 11);
/// What these colours are called in the style sheet.
const CLASSES: [&str; 11] =
    ["v1", "v2", "v3", "v4", "v5", "line", "text", "band", "strong", "plain", "faint"];

/// The chart as SVG markup of this size. Colours are classes of the style sheet, so that the chart
/// follows the theme without being drawn again.
pub(crate) fn to_svg(chart: &Chart, axis: Axis, height: u32) -> String {
    themed(axis, height, |area| draw(area, chart, axis).is_ok())
}

/// As [`to_svg`], for lines.
pub(crate) fn lines_to_svg(lines: &Lines, axis: Axis, height: u32) -> String {
    themed(axis, height, |area| draw_lines(area, lines, axis).is_ok())
}

fn themed(
    axis: Axis,
    height: u32,
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> bool,
) -> String {
    let mut svg = String::new();
    {
        let width = whole(axis.width).max(1);
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        if !draw(&area) {
            return String::new();
        }
    }
    let mut themed = svg.replace("fill=\"#D55E00\"", "class=\"chart-failed\"");
    for (number, name) in CLASSES.iter().enumerate() {
        let code = format!("#{:06X}", number + 1);
        themed = themed.replace(&format!("fill=\"{code}\""), &format!("class=\"chart-{name}\""));
        themed = themed.replace(&format!("stroke=\"{code}\""), &format!("class=\"chart-{name}\""));
    }
    themed
}

/// Draws the chart on a whole drawing area.
pub(crate) fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    chart: &Chart,
    axis: Axis,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let scale = Scale::of(area, round_up(chart.peak.max(LEAST_TOP)));
    let y = |value| scale.y(value);
    scale.draw_lines(area, axis)?;
    let mut base = vec![0.0; chart.series.first().map_or(0, |(_, values)| values.len())];
    for (kind, values) in &chart.series {
        let tops: Vec<f64> = base.iter().zip(values).map(|(low, value)| low + value).collect();
        for outline in outlines(&base, &tops, chart.bucket, axis, y) {
            for colour in fills(kind) {
                area.draw(&Polygon::new(outline.clone(), colour.filled()))?;
            }
        }
        base = tops;
    }
    scale.draw_labels(area)?;
    area.present()
}

/// Draws lines, and the band behind them, on a whole drawing area.
fn draw_lines<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    lines: &Lines,
    axis: Axis,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let scale = Scale::of(area, round_up(lines.peak.max(LEAST_TOP_OF_LINES)));
    let edge = |edge: fn((f64, f64)) -> f64| -> Vec<f64> {
        lines.band.iter().map(|band| band.map_or(0.0, edge)).collect()
    };
    let (low, high) = (edge(|(low, _)| low), edge(|(_, high)| high));
    for outline in outlines(&low, &high, lines.bucket, axis, |value| scale.y(value)) {
        area.draw(&Polygon::new(outline, BAND.filled()))?;
    }
    scale.draw_lines(area, axis)?;
    for line in &lines.all {
        let (colour, width) = match line.weight {
            Weight::Strong => (STRONG, 2),
            Weight::Plain => (PLAIN, 2),
            Weight::Faint => (FAINT, 1),
        };
        for run in steps(&line.values, lines.bucket, axis, |value| scale.y(value)) {
            area.draw(&PathElement::new(run, colour.stroke_width(width)))?;
        }
    }
    scale.draw_labels(area)?;
    area.present()
}

/// From values to pixels.
struct Scale {
    top: f64,
    bottom: f64,
    height: u32,
}

impl Scale {
    fn of<B: DrawingBackend>(area: &DrawingArea<B, Shift>, top: f64) -> Self {
        let (_, height) = area.dim_in_pixel();
        Self { top, bottom: f64::from(height) - 1.0, height }
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - value / self.top * (self.bottom - TOP)
    }

    fn draw_lines<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        axis: Axis,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        for value in [0.0, self.top / 2.0, self.top] {
            let at = pixel(self.y(value));
            let line = [(pixel(Axis::LEFT), at), (pixel(axis.width - Axis::RIGHT), at)];
            area.draw(&PathElement::new(line.to_vec(), LINE.stroke_width(1)))?;
        }
        Ok(())
    }

    fn draw_labels<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let font = FontDesc::new(FontFamily::SansSerif, TEXT_S, FontStyle::Normal);
        let style = font.color(&TEXT).pos(Pos::new(HPos::Right, VPos::Center));
        let half = self.top / 2.0;
        let named: &[f64] =
            if self.height < SMALL { &[0.0, self.top] } else { &[0.0, half, self.top] };
        for &value in named {
            let y = self.y(value).clamp(TOP, self.bottom - SPACE_1);
            let at = (pixel(Axis::LEFT - SPACE_2), pixel(y));
            area.draw(&Text::new(format!("{value}"), at, style.clone()))?;
        }
        Ok(())
    }
}

/// Where a bucket begins.
fn x_of(index: usize, bucket: u64, axis: Axis) -> i32 {
    let at = rollscope_sim::Instant::from_secs(index as u64 * bucket);
    pixel(axis.x(at).min(axis.width - Axis::RIGHT))
}

/// A line that holds each value until the next: one for each run of points with a value.
fn steps(
    values: &[Option<f64>],
    bucket: u64,
    axis: Axis,
    y: impl Fn(f64) -> f64,
) -> Vec<Vec<(i32, i32)>> {
    let x = |index: usize| x_of(index, bucket, axis);
    let mut runs: Vec<Vec<(i32, i32)>> = Vec::new();
    let mut last = None;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = *value else {
            last = None;
            continue;
        };
        let at = pixel(y(value));
        if last.is_none() {
            runs.push(vec![(x(index), at)]);
        }
        if let Some(run) = runs.last_mut() {
            if last.is_some_and(|last| last != at) {
                run.push((x(index), at));
            }
            // Where nothing changes, one stretch is enough.
            match run.as_mut_slice() {
                [.., before, end] if before.1 == at && end.1 == at => end.0 = x(index + 1),
                _ => run.push((x(index + 1), at)),
            }
        }
        last = Some(at);
    }
    runs
}

/// What a series is filled with: failures are hatched over the colour of their version.
fn fills(kind: &Kind) -> Vec<RGBColor> {
    let of = |version: &str| SIGNS[sign_of(version) % SIGNS.len()];
    match kind {
        Kind::Answered(version) => vec![of(version)],
        Kind::Failed(version) if version.is_empty() => vec![FAILURE],
        Kind::Failed(version) => vec![of(version), FAILURE],
    }
}

/// The step outlines of one series on top of those below: one for each run of buckets with a value.
fn outlines(
    low: &[f64],
    high: &[f64],
    bucket: u64,
    axis: Axis,
    y: impl Fn(f64) -> f64,
) -> Vec<Vec<(i32, i32)>> {
    let x = |index: usize| x_of(index, bucket, axis);
    let mut found = Vec::new();
    let mut index = 0;
    while index < high.len() {
        let start = index;
        while index < high.len() && high[index] > low[index] {
            index += 1;
        }
        if index > start {
            let edge = |values: &[f64], at: usize| {
                [(x(at), pixel(y(values[at]))), (x(at + 1), pixel(y(values[at])))]
            };
            let mut outline: Vec<(i32, i32)> =
                (start..index).flat_map(|at| edge(high, at)).collect();
            let below: Vec<(i32, i32)> = (start..index).flat_map(|at| edge(low, at)).collect();
            outline.extend(below.into_iter().rev());
            found.push(outline);
        }
        index = index.max(start + 1);
    }
    found
}

/// The next round number: 1, 2 or 5 with noughts, or 3, 4, 6, 8 of them.
fn round_up(value: f64) -> f64 {
    let mut unit = 1.0;
    while unit * 10.0 < value {
        unit *= 10.0;
    }
    let steps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * unit).find(|step| *step >= value).unwrap_or(value)
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
fn pixel(value: f64) -> i32 {
    value.round() as i32
}

fn whole(value: f64) -> u32 {
    u32::try_from(pixel(value)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::lines::Measure;
    use super::super::series::{self, tests::second};
    use super::*;
    use rollscope_sim::Instant;

    #[test]
    fn the_chart_names_its_colours_by_class_and_its_scale_by_text() {
        let traffic = [second(0, 0, 0, 20), second(1, 15, 5, 0), second(2, 20, 0, 0)];
        let axis = Axis::of(Instant::from_secs(3), 600.0);
        let svg = to_svg(&series::chart(&traffic, axis.length), axis, 100);
        assert!(svg.starts_with("<svg"));
        for part in [
            "class=\"chart-v1\"",
            "class=\"chart-v2\"",
            "class=\"chart-failed\"",
            "class=\"chart-line\"",
            "20",
        ] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        assert!(!svg.contains("#00000"), "{svg}");
    }

    #[test]
    fn lines_hold_their_values_and_break_where_there_is_none() {
        let axis = Axis { length: 10, width: Axis::LEFT + Axis::RIGHT + 100.0, folded: false };
        let values = [Some(1.0), Some(1.0), Some(3.0), None, Some(2.0)];
        let left = pixel(Axis::LEFT);
        let runs = steps(&values, 1, axis, |value| value * 10.0);
        let moved: Vec<Vec<(i32, i32)>> =
            runs.iter().map(|run| run.iter().map(|(x, y)| (x - left, *y)).collect()).collect();
        assert_eq!(moved, [vec![(0, 10), (20, 10), (20, 30), (30, 30)], vec![(40, 20), (50, 20)]]);
        let pods = rollscope_sim::history::SecondOfPods {
            max_total: 4,
            min_available: 2,
            ..Default::default()
        };
        let lines = super::super::lines::lines(Measure::Pods, &[pods], &[], 10);
        let svg = lines_to_svg(&lines, axis, 92);
        for class in ["chart-band", "chart-strong", "chart-plain", "chart-faint"] {
            assert!(svg.contains(class), "{class} in {svg}");
        }
    }

    #[test]
    fn an_empty_run_has_a_scale_too() {
        let axis = Axis::of(Instant::BOOT, 300.0);
        assert!(to_svg(&Chart::default(), axis, 80).contains("class=\"chart-text\""));
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let cases = [(1.0, 1.0), (19.0, 20.0), (20.0, 20.0), (41.0, 50.0), (150.0, 200.0)];
        for (value, end) in cases {
            assert!((round_up(value) - end).abs() < 1e-9, "{value}");
        }
    }
}
