//! The numbers behind the charts as a table, and what can be taken away: CSV, SVG, PNG.

use std::fmt::Write;

use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};

use super::lines::{Line, Measure, lines};
use super::number;
use super::series::{self, Kind};
use crate::desk::{Desk, use_desk};
use crate::markup::{escape, put};
use crate::modal::{Modal, Sheet};
use crate::timeline::run::{Axis, RunView};

/// The most rows that the page shows; the file has all.
const MOST_ROWS: usize = 600;
/// The width of a picture that is taken away, in pixels.
const WIDTH: f64 = 1_200.0;
/// How many pixels of a PNG are one of the SVG.
const SHARPNESS: u32 = 2;

/// The dialog.
#[component]
pub(crate) fn Numbers() -> impl IntoView {
    let desk = use_desk();
    let (columns, rows) = desk.run.with_untracked(|run| table(run));
    let csv = data_url("text/csv", &csv(&columns, &rows));
    let picture = untrack(|| picture(&desk));
    let svg = data_url("image/svg+xml", &picture);
    let name = move |end: &str| format!("rollscope-{}.{end}", desk.measure.get().slug());
    let hint = (rows.len() > MOST_ROWS)
        .then(|| format!("The last {MOST_ROWS} of {} seconds; the file has all.", rows.len()));
    view! {
        <Modal
            sheet=Sheet::Numbers
            class="compare"
            label="Numbers"
            title="The run in numbers, second by second"
        >
            <div class="share-link">
                <a class="button" href=csv download="rollscope.csv">"Download CSV"</a>
                <a class="button" href=svg download=name("svg")>"Download the chart as SVG"</a>
                <button on:click=move |_| {
                    // A browser without a canvas has the SVG.
                    let _ = save_png(&picture, &name("png"));
                }>
                    "Download the chart as PNG"
                </button>
            </div>
            <p class="muted">{hint}</p>
            <div
                class="compare-table"
                tabindex="0"
                role="region"
                aria-label="Numbers of each second"
                inner_html=markup(&columns, &rows)
            ></div>
        </Modal>
    }
}

/// The names of the columns, and a row a second.
fn table(run: &RunView) -> (Vec<String>, Vec<Vec<String>>) {
    let mut columns = vec!["second".to_owned()];
    let kinds: Vec<Kind> =
        series::at(&run.traffic, u64::MAX).into_iter().map(|(kind, _)| kind).collect();
    columns.extend(kinds.iter().map(|kind| match kind {
        Kind::Answered(version) => format!("answered by {version}"),
        Kind::Failed(version) if version.is_empty() => "failed without a pod".to_owned(),
        Kind::Failed(version) => format!("failed at {version}"),
    }));
    let measures = [Measure::Pods, Measure::Latency, Measure::Gpus];
    let all = measures.map(|measure| (measure, lines(measure, &run.pods, &run.traffic, 1)));
    let each: Vec<(Measure, &Line)> =
        all.iter().flat_map(|(measure, it)| it.all.iter().rev().map(|it| (*measure, it))).collect();
    columns.extend(each.iter().map(|(measure, line)| match measure {
        Measure::Latency => format!("{} in ms", line.name),
        Measure::Gpus => format!("GPUs {}", line.name),
        Measure::Requests | Measure::Pods => line.name.to_owned(),
    }));
    columns.extend(["least available", "most pods"].map(str::to_owned));
    let rows = run.pods.iter().enumerate().map(|(index, pods)| {
        let mut row = vec![pods.second.to_string()];
        row.resize(1 + kinds.len(), "0".to_owned());
        let at = run.traffic.partition_point(|it| it.second < pods.second);
        for known in run.traffic[at..].iter().take_while(|it| it.second == pods.second) {
            for (kind, requests) in series::at(std::slice::from_ref(known), pods.second) {
                if let Some(place) = kinds.iter().position(|it| *it == kind) {
                    let before: u64 = row[1 + place].parse().unwrap_or(0);
                    row[1 + place] = (before + requests).to_string();
                }
            }
        }
        row.extend(each.iter().map(|(_, line)| {
            line.values.get(index).copied().flatten().map(number).unwrap_or_default()
        }));
        row.extend([pods.min_available.to_string(), pods.max_total.to_string()]);
        row
    });
    (columns, rows.collect())
}

fn csv(columns: &[String], rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    for row in std::iter::once(columns).chain(rows.iter().map(Vec::as_slice)) {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        let _ = write!(out, "{}\r\n", cells.join(","));
    }
    out
}

/// A cell of a CSV file. A version may be called anything, also what a spreadsheet would run.
fn quoted(cell: &str) -> String {
    let number = cell.parse::<f64>().is_ok();
    let plain = |letter: char| letter.is_alphanumeric() || " .-_".contains(letter);
    if number || (cell.chars().all(plain) && !cell.starts_with('-')) {
        return cell.to_owned();
    }
    let cell = cell.replace('"', "\"\"");
    let guard = if cell.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{guard}{cell}\"")
}

fn markup(columns: &[String], rows: &[Vec<String>]) -> String {
    let mut out = r#"<table class="figures dense"><thead><tr>"#.to_owned();
    for column in columns {
        put!(&mut out, r#"<th scope="col">{}</th>"#, escape(column));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &rows[rows.len().saturating_sub(MOST_ROWS)..] {
        out.push_str("<tr>");
        for cell in row {
            put!(&mut out, r#"<td class="figure">{}</td>"#, escape(cell));
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table>"
}

fn data_url(kind: &str, text: &str) -> String {
    format!("data:{kind};charset=utf-8,{}", String::from(js_sys::encode_uri_component(text)))
}

/// The chart on its own, with the theme's colours in it.
fn picture(desk: &Desk) -> String {
    let axis = Axis::of(desk.end.get(), WIDTH);
    let svg = desk.run.with(|run| super::svg(desk.measure.get(), run, axis));
    let colour = |token: &str| {
        let root = document().document_element()?;
        let style = window().get_computed_style(&root).ok()??;
        style.get_property_value(token).ok()
    };
    let mut style = String::from("<style>path,polygon,polyline{fill:none}");
    for (class, property, token) in [
        ("v1", "fill", "--v1"),
        ("v2", "fill", "--v2"),
        ("v3", "fill", "--v3"),
        ("v4", "fill", "--v4"),
        ("v5", "fill", "--v5"),
        ("failed", "fill", "--fail"),
        ("band", "fill", "--band"),
        ("text", "fill", "--muted"),
        ("line", "stroke", "--line"),
        ("strong", "stroke", "--ink"),
        ("plain", "stroke", "--muted"),
        ("faint", "stroke", "--faint"),
    ] {
        let _ = write!(style, ".chart-{class}{{{property}:{}}}", colour(token).unwrap_or_default());
    }
    let ground = colour("--panel").unwrap_or_default();
    let _ = write!(style, "svg{{background:{ground};font-family:sans-serif}}</style>");
    let Some(at) = svg.find('>') else { return svg };
    let (head, rest) = svg.split_at(at + 1);
    format!(r#"{head}{style}<rect width="100%" height="100%" fill="{ground}"/>{rest}"#)
}

/// Draws a picture and hands it to the browser to keep.
fn save_png(svg: &str, name: &str) -> Option<()> {
    let image = web_sys::HtmlImageElement::new().ok()?;
    let (drawn, name) = (image.clone(), name.to_owned());
    let on_load = Closure::once_into_js(move |_: JsValue| {
        // A browser without a canvas has the SVG.
        let _ = hand_over(&drawn, &name);
    });
    image.set_onload(Some(on_load.unchecked_ref()));
    image.set_src(&data_url("image/svg+xml", svg));
    Some(())
}

fn hand_over(image: &web_sys::HtmlImageElement, name: &str) -> Option<()> {
    let canvas = document().create_element("canvas").ok()?;
    let canvas = canvas.dyn_into::<web_sys::HtmlCanvasElement>().ok()?;
    canvas.set_width(image.width() * SHARPNESS);
    canvas.set_height(image.height() * SHARPNESS);
    let context = canvas.get_context("2d").ok()??;
    let context = context.dyn_into::<web_sys::CanvasRenderingContext2d>().ok()?;
    context.scale(SHARPNESS.into(), SHARPNESS.into()).ok()?;
    context.draw_image_with_html_image_element(image, 0.0, 0.0).ok()?;
    let link = document().create_element("a").ok()?.dyn_into::<web_sys::HtmlElement>().ok()?;
    link.set_attribute("href", &canvas.to_data_url().ok()?).ok()?;
    link.set_attribute("download", name).ok()?;
    link.click();
    Some(())
}

#[cfg(test)]
mod tests {
    use rollscope_sim::history::SecondOfPods;

    use super::super::series::tests::second;
    use super::*;

    #[test]
    fn a_row_a_second_with_all_that_the_charts_show() {
        let pods = |second, available| SecondOfPods {
            second,
            available,
            active: 4,
            all: 5,
            min_available: 3,
            max_total: 4,
            ..SecondOfPods::default()
        };
        let run = RunView {
            traffic: [second(1, 15, 5, 0)].into(),
            pods: [pods(0, 0), pods(1, 3)].into(),
            ..RunView::default()
        };
        let (columns, rows) = table(&run);
        assert_eq!(
            csv(&columns, &rows).lines().collect::<Vec<_>>(),
            [
                "second,answered by v1,failed at v2,available,pods,with terminating,p99 in ms,p95 in ms,p50 in ms,GPUs held,least available,most pods",
                "0,0,0,0,4,5,,,,0,3,4",
                "1,15,5,3,4,5,,,,0,3,4",
            ]
        );
        assert_eq!(markup(&columns, &rows).matches("<tr>").count(), 3);
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(quoted("answered by v1"), "answered by v1");
        assert_eq!(quoted("-3.5"), "-3.5");
        assert_eq!(quoted("=1+\"2\""), "\"'=1+\"\"2\"\"\"");
        assert_eq!(quoted("a,b"), "\"a,b\"");
    }
}
