//! The traffic chart, for any plotters backend: stacked steps, a line at each round number.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::series::{Chart, Kind};
use crate::timeline::run::Axis;
use crate::versions::sign_of;

/// The scale reaches at least this far, so that it does not jump at the start.
const LEAST_TOP: f64 = 20.0;
/// Charts lower than this have no room for a label in the middle.
const SMALL: u32 = 60;
/// Space above the highest value.
const TOP: f64 = 8.0;
/// The fill that is exchanged for hatching in the SVG; see [`to_svg`].
const FAILURE: RGBColor = RGBColor(213, 94, 0);
/// Fills that are exchanged for the theme's colours.
const SIGNS: [RGBColor; crate::versions::SIGNS] =
    [RGBColor(0, 0, 1), RGBColor(0, 0, 2), RGBColor(0, 0, 3), RGBColor(0, 0, 4), RGBColor(0, 0, 5)];
const LINE: RGBColor = RGBColor(0, 0, 6);
const TEXT: RGBColor = RGBColor(0, 0, 7);

/// The chart as SVG markup of this size. Colours are classes of the style sheet, so that the chart
/// follows the theme without being drawn again.
pub(crate) fn to_svg(chart: &Chart, axis: Axis, height: u32) -> String {
    let mut svg = String::new();
    {
        let width = whole(axis.width).max(1);
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        if draw(&area, chart, axis).is_err() {
            return String::new();
        }
    }
    let mut themed = svg.replace("fill=\"#D55E00\"", "class=\"chart-failed\"");
    for (number, name) in ["v1", "v2", "v3", "v4", "v5", "line", "text"].iter().enumerate() {
        let code = format!("#00000{}", number + 1);
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
    let (_, height) = area.dim_in_pixel();
    let bottom = f64::from(height) - 1.0;
    let top = round_up(chart.peak.max(LEAST_TOP));
    let y = |value: f64| bottom - value / top * (bottom - TOP);
    for value in [0.0, top / 2.0, top] {
        let at = pixel(y(value));
        let line = [(pixel(Axis::LEFT), at), (pixel(axis.width - Axis::RIGHT), at)];
        area.draw(&PathElement::new(line.to_vec(), LINE.stroke_width(1)))?;
    }
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
    let font = FontDesc::new(FontFamily::SansSerif, 11.0, FontStyle::Normal);
    let style = font.color(&TEXT).pos(Pos::new(HPos::Right, VPos::Center));
    let named: &[f64] = if height < SMALL { &[0.0, top] } else { &[0.0, top / 2.0, top] };
    for &value in named {
        let at = (pixel(Axis::LEFT - 8.0), pixel(y(value).clamp(TOP, bottom - 5.0)));
        area.draw(&Text::new(format!("{value}"), at, style.clone()))?;
    }
    area.present()
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
    let second = |index: usize| rollscope_sim::Instant::from_secs(index as u64 * bucket);
    let x = |index: usize| pixel(axis.x(second(index)).min(axis.width - Axis::RIGHT));
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
