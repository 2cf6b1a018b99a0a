//! Painting cells: those that changed since the last picture, all after a change of place or theme.

use std::f64::consts::{FRAC_PI_2, PI};

use rollscope_sim::api::Uid;
use rollscope_sim::view::ClusterView;
use web_sys::CanvasRenderingContext2d as Context;

use super::face::{Cell, Faces, Kind, STEPS};
use crate::layout::{Density, LanePlace, Point, StageLayout};
use crate::scene::ink::{Colours, trace};
use crate::versions::sign_of;

/// What is on the canvas.
#[derive(Debug, Default)]
pub(super) struct Painted {
    lanes: Vec<Lane>,
    faces: Faces,
    density: Density,
}

/// The cells of a lane as they were painted.
#[derive(Debug)]
struct Lane {
    uid: Uid,
    entry: Point,
    columns: usize,
    sign: usize,
    cells: Vec<Cell>,
}

impl Painted {
    /// Brings the canvas up to date; all of it when it was emptied or `anew`.
    pub(super) fn update(
        &mut self,
        context: &Context,
        (view, stage): (&ClusterView, &StageLayout),
        colours: &Colours,
        anew: bool,
    ) {
        let places: Vec<&LanePlace> = stage.lanes().filter(|lane| !lane.rails.is_empty()).collect();
        let same = |(lane, place): (&Lane, &&LanePlace)| {
            (lane.uid, lane.entry, lane.columns) == (place.uid, place.entry, place.columns)
        };
        let stays = !anew
            && self.density == stage.density
            && self.lanes.len() == places.len()
            && self.lanes.iter().zip(&places).all(same);
        if !stays {
            self.density = stage.density;
            self.lanes = places.iter().map(|place| empty(view, place)).collect();
            context.clear_rect(0.0, 0.0, stage.width, stage.height);
        }
        self.faces.update(&view.pods, stage.density.pods_a_cell(), view.now);
        for (lane, place) in self.lanes.iter_mut().zip(places) {
            let fresh = self.faces.cells(&place.seated);
            lane.cells.resize(lane.cells.len().max(fresh.len()), Cell::default());
            for (index, known) in lane.cells.iter_mut().enumerate() {
                let cell = fresh.get(index).copied().unwrap_or_default();
                if *known != cell {
                    *known = cell;
                    draw(
                        context,
                        colours,
                        stage.density,
                        place.cell(index, stage.density),
                        (&cell, lane.sign),
                    );
                }
            }
        }
    }
}

fn empty(view: &ClusterView, place: &LanePlace) -> Lane {
    let lanes = view.deployments.iter().flat_map(|deployment| &deployment.lanes);
    let lane = lanes.chain(&view.loose).find(|lane| lane.uid == place.uid);
    Lane {
        uid: place.uid,
        entry: place.entry,
        columns: place.columns,
        sign: lane.map_or(0, |lane| sign_of(&lane.version)),
        cells: Vec::new(),
    }
}

fn draw(
    context: &Context,
    colours: &Colours,
    density: Density,
    at: Point,
    (cell, sign): (&Cell, usize),
) {
    let (pitch, _) = density.cell();
    context.clear_rect(at.x - pitch / 2.0, at.y - pitch / 2.0, pitch, pitch);
    if cell.pods() == 0 {
        return;
    }
    if density.pods_a_cell() > 1 {
        shared(context, colours, (at, pitch - 1.0), (cell, sign, density.pods_a_cell()));
    } else if let Some(kind) = cell.kind() {
        single(context, colours, (at, pitch * 0.36), (kind, cell.level, sign));
    }
    if cell.fails > 0 {
        notch(context, colours, at, pitch);
    }
}

/// One pod: the sign of its version, filled as it stands.
fn single(
    context: &Context,
    colours: &Colours,
    (at, radius): (Point, f64),
    (kind, level, sign): (Kind, u8, usize),
) {
    let share = f64::from(level) / f64::from(STEPS);
    let colour = colours.sign(sign);
    let outline = |colour: &str, width: f64| {
        context.set_stroke_style_str(colour);
        context.set_line_width(width);
        trace(context, sign, at, radius);
        context.stroke();
    };
    match kind {
        Kind::Ready => {
            context.set_fill_style_str(colour);
            trace(context, sign, at, radius * 1.08);
            context.fill();
        }
        Kind::Starting => {
            outline(colour, 1.1);
            let height = radius * 2.6;
            within(context, || {
                context.set_fill_style_str(colour);
                context.set_global_alpha(0.55);
                let top = at.y + height / 2.0 - height * share;
                context.fill_rect(at.x - height / 2.0, top, height, height);
                context.set_global_alpha(1.0);
            });
        }
        Kind::Unready => {
            outline(colour, 1.1);
            within(context, || hatch(context, colour, at, radius * 1.4));
        }
        Kind::Leaving => {
            context.set_fill_style_str(colour);
            context.set_global_alpha(0.35);
            trace(context, sign, at, radius * 0.55);
            context.fill();
            context.set_global_alpha(1.0);
            context.set_stroke_style_str(&colours.muted);
            context.set_line_width(1.4);
            context.begin_path();
            let end = 2.0 * PI * share - FRAC_PI_2;
            let _ = context.arc(at.x, at.y, radius * 1.1, -FRAC_PI_2, end);
            context.stroke();
        }
        Kind::Pending => {
            dashed(context, || outline(&colours.faint, 1.1));
        }
        Kind::Ended => outline(&colours.faint, 1.0),
        Kind::Killed => cross(context, &colours.fail, at, radius * 0.8),
    }
}

/// Many pods: their kinds one above the other, as high as there are pods.
fn shared(
    context: &Context,
    colours: &Colours,
    (at, side): (Point, f64),
    (cell, sign, room): (&Cell, usize, usize),
) {
    let colour = colours.sign(sign);
    let (left, mut bottom) = (at.x - side / 2.0, at.y + side / 2.0);
    for (kind, height) in cell.heights(side, room) {
        let top = bottom - height;
        context.begin_path();
        context.rect(left, top, side, height);
        context.set_fill_style_str(match kind {
            Kind::Pending | Kind::Ended | Kind::Leaving => &colours.muted,
            Kind::Killed => &colours.fail,
            Kind::Ready | Kind::Starting | Kind::Unready => colour,
        });
        context.set_global_alpha(match kind {
            Kind::Ready | Kind::Killed => 1.0,
            Kind::Starting => 0.5,
            Kind::Leaving => 0.4,
            Kind::Pending | Kind::Unready | Kind::Ended => 0.14,
        });
        context.fill();
        context.set_global_alpha(1.0);
        if kind == Kind::Unready {
            within(context, || hatch(context, colour, at, side));
        }
        bottom = top;
    }
    context.set_stroke_style_str(colour);
    context.set_line_width(1.0);
    context.set_global_alpha(0.45);
    context.stroke_rect(left + 0.5, at.y - side / 2.0 + 0.5, side - 1.0, side - 1.0);
    context.set_global_alpha(1.0);
}

/// Paints inside of the path that was begun last.
fn within(context: &Context, paint: impl Fn()) {
    context.save();
    context.clip();
    paint();
    context.restore();
}

fn dashed(context: &Context, paint: impl Fn()) {
    context.save();
    let dashes = js_sys::Array::of2(&2.0.into(), &2.0.into());
    let _ = context.set_line_dash(&dashes);
    paint();
    context.restore();
}

fn hatch(context: &Context, colour: &str, at: Point, reach: f64) {
    const GAP: f64 = 3.5;
    context.set_stroke_style_str(colour);
    context.set_line_width(1.1);
    context.begin_path();
    let mut shift = -2.0 * reach;
    while shift < 2.0 * reach {
        context.move_to(at.x + shift - reach, at.y + reach);
        context.line_to(at.x + shift + reach, at.y - reach);
        shift += GAP;
    }
    context.stroke();
}

fn cross(context: &Context, colour: &str, at: Point, reach: f64) {
    context.set_stroke_style_str(colour);
    context.set_line_width(1.8);
    context.begin_path();
    for side in [-1.0, 1.0] {
        context.move_to(at.x - reach, at.y - reach * side);
        context.line_to(at.x + reach, at.y + reach * side);
    }
    context.stroke();
}

/// Something in the cell fails: its corner is cut off, and burns.
fn notch(context: &Context, colours: &Colours, at: Point, pitch: f64) {
    let (right, top) = (at.x + pitch / 2.0, at.y - pitch / 2.0);
    let corner = |size: f64, colour: &str| {
        context.set_fill_style_str(colour);
        context.begin_path();
        context.move_to(right - size, top);
        context.line_to(right, top);
        context.line_to(right, top + size);
        context.close_path();
        context.fill();
    };
    let size = (pitch * 0.5).max(5.0);
    corner(size + 2.0, &colours.panel);
    corner(size, &colours.fail);
}
