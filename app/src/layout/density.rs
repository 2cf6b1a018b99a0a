//! How much of each pod is drawn: the more pods, the less of each.

use rollscope_sim::view::ClusterView;

use super::TALL_HEADS;

/// Rows of full-size pods in one lane before pods get smaller.
const FULL_ROWS: usize = 3;
/// The most pods that are drawn as instruments.
const INSTRUMENTS: usize = 60;
/// The most pods that have a cell each.
const CELLS: usize = 1_000;
/// How many pods share a cell when there are more.
const SHARED: [usize; 8] = [2, 5, 10, 20, 50, 100, 200, 250];
/// From one cell to the next, where there is room and where there is less.
const PITCHES: [f64; 6] = [22.0, 18.0, 16.0, 14.0, 12.0, 10.0];
/// The height that the cells of one lane are fitted into.
const CELLS_HEIGHT: f64 = 232.0;

/// How much of a pod there is room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Density {
    /// As [`Self::Full`], with room to spare.
    Large,
    /// Sign, ring, name and state.
    #[default]
    Full,
    /// Sign and ring.
    Compact,
    /// Cells of a grid, this far apart, with as many pods in each.
    Cells {
        /// In tenths of a pixel, so that densities can be compared.
        pitch: u16,
        /// How many pods share a cell.
        pods: usize,
    },
}

impl Density {
    /// Width and height of a pod's cell.
    pub(crate) fn cell(self) -> (f64, f64) {
        match self {
            Self::Large => (96.0, 112.0),
            Self::Full => (76.0, 84.0),
            Self::Compact => (36.0, 40.0),
            Self::Cells { pitch, .. } => (f64::from(pitch) / 10.0, f64::from(pitch) / 10.0),
        }
    }

    /// The size of a sign as a share of its full size.
    pub(crate) fn scale(self) -> f64 {
        match self {
            Self::Large => 1.4,
            Self::Full => 1.0,
            Self::Compact => 0.62,
            Self::Cells { pitch, .. } => f64::from(pitch) / 400.0,
        }
    }

    /// Whether a pod's name and state are written below it.
    pub(crate) const fn has_words(self) -> bool {
        matches!(self, Self::Large | Self::Full)
    }

    /// Whether pods are cells of a grid.
    pub(crate) const fn is_grid(self) -> bool {
        matches!(self, Self::Cells { .. })
    }

    /// How many pods share a place.
    pub(crate) const fn pods_a_cell(self) -> usize {
        match self {
            Self::Cells { pods, .. } => pods,
            Self::Large | Self::Full | Self::Compact => 1,
        }
    }

    /// From the rail to the middle of the pods of its first row.
    pub(super) fn drop(self) -> f64 {
        match self {
            Self::Large => 44.0,
            Self::Full => 34.0,
            Self::Compact => 24.0,
            Self::Cells { pitch, .. } => f64::from(pitch) / 20.0 + 6.0,
        }
    }
}

/// The largest pods with which the fullest lane stays within a few rows.
pub(super) fn density(view: &ClusterView, width: f64, roomy: bool) -> Density {
    let lanes = view.deployments.iter().flat_map(|deployment| &deployment.lanes);
    let most = lanes.chain(&view.loose).map(|lane| lane.pods.len()).max().unwrap_or(0);
    let load = load(view);
    if load > INSTRUMENTS {
        return cells(view, width, load);
    }
    let fits = |density, rows| most <= per_row(density, width) * rows;
    if roomy && view.deployments.len() == 1 && width >= TALL_HEADS && fits(Density::Large, 1) {
        Density::Large
    } else if fits(Density::Full, FULL_ROWS) {
        Density::Full
    } else {
        Density::Compact
    }
}

/// How many pods there are to draw: those that are wanted, as a rollout comes and goes with more,
/// unless it comes with very many.
fn load(view: &ClusterView) -> usize {
    let wanted = view.deployments.iter().map(|deployment| i64::from(deployment.desired));
    let wanted = usize::try_from(wanted.sum::<i64>()).unwrap_or(0);
    let loose: usize = view.loose.iter().map(|lane| lane.pods.len()).sum();
    (wanted + loose).max(view.pods.len() * 2 / 3)
}

/// Cells as large as there is room for; pods share them when there are thousands.
#[expect(clippy::cast_precision_loss, reason = "some thousand pods at most")]
fn cells(view: &ClusterView, width: f64, load: usize) -> Density {
    let pods = if load <= CELLS {
        1
    } else {
        let least = load.div_ceil(CELLS);
        *SHARED.iter().find(|pods| **pods >= least).unwrap_or(&SHARED[SHARED.len() - 1])
    };
    let wanted = view.deployments.iter().map(|it| usize::try_from(it.desired).unwrap_or(0));
    let loose = view.loose.iter().map(|lane| lane.pods.len());
    let cells = wanted.chain(loose).max().unwrap_or(0).max(load / 4).div_ceil(pods);
    let fits = |pitch: &&f64| {
        let columns = (width / **pitch).floor().max(1.0);
        (cells as f64 / columns).ceil() * **pitch <= CELLS_HEIGHT
    };
    let pitch = *PITCHES.iter().find(fits).unwrap_or(&PITCHES[PITCHES.len() - 1]);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one of a few")]
    Density::Cells { pitch: (pitch * 10.0) as u16, pods }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
pub(super) fn per_row(density: Density, width: f64) -> usize {
    ((width / density.cell().0) as usize).max(1)
}
