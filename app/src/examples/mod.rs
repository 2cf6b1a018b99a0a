//! The scenarios one can open: their files, and the acts each offers.

mod acts;

pub(crate) use acts::{Act, apply};

const V1: &str = include_str!("../../examples/1-inference-v1.yaml");
const V3_BAD: &str = include_str!("../../examples/3-inference-v3-bad.yaml");

pub(crate) static FILES: [(&str, &str); 12] = [
    ("1-inference-v1.yaml", V1),
    ("3-inference-v3-bad.yaml", V3_BAD),
    ("4-blue-green.yaml", include_str!("../../examples/4-blue-green.yaml")),
    ("5-canary.yaml", include_str!("../../examples/5-canary.yaml")),
    ("6-recreate.yaml", include_str!("../../examples/6-recreate.yaml")),
    ("7-surge.yaml", include_str!("../../examples/7-surge.yaml")),
    ("8-gpus.yaml", include_str!("../../examples/8-gpus.yaml")),
    ("9-no-prestop.yaml", include_str!("../../examples/9-no-prestop.yaml")),
    ("10-liveness.yaml", include_str!("../../examples/10-liveness.yaml")),
    ("11-quota.yaml", include_str!("../../examples/11-quota.yaml")),
    ("12-autoscaler.yaml", include_str!("../../examples/12-autoscaler.yaml")),
    ("my.yaml", include_str!("../../examples/own.yaml")),
];

/// A scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Example {
    #[default]
    Rolling,
    Surge,
    BlueGreen,
    Canary,
    Recreate,
    Gpus,
    NoPreStop,
    Liveness,
    Quota,
    Autoscaler,
    /// What one brings along.
    Own,
}

impl Example {
    pub(crate) const ALL: [Self; 11] = [
        Self::Rolling,
        Self::Surge,
        Self::BlueGreen,
        Self::Canary,
        Self::Recreate,
        Self::Gpus,
        Self::NoPreStop,
        Self::Liveness,
        Self::Quota,
        Self::Autoscaler,
        Self::Own,
    ];

    /// What it is called in addresses and in what the browser remembers.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Rolling => "rolling-update",
            Self::Surge => "surge",
            Self::BlueGreen => "blue-green",
            Self::Canary => "canary",
            Self::Recreate => "recreate",
            Self::Gpus => "gpus",
            Self::NoPreStop => "no-prestop",
            Self::Liveness => "liveness",
            Self::Quota => "quota",
            Self::Autoscaler => "autoscaler",
            Self::Own => "own",
        }
    }

    pub(crate) fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|example| example.slug() == slug)
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Rolling => "Rolling update",
            Self::Surge => "Surge and unavailable",
            Self::BlueGreen => "Blue-green",
            Self::Canary => "Canary",
            Self::Recreate => "Recreate",
            Self::Gpus => "No GPU to spare",
            Self::NoPreStop => "No preStop",
            Self::Liveness => "Killed while loading",
            Self::Quota => "Quota without room",
            Self::Autoscaler => "Autoscaler",
            Self::Own => "Your own YAML",
        }
    }

    /// The files it comes with, the one to begin with first.
    pub(crate) fn files(self) -> &'static [(&'static str, &'static str)] {
        let (from, count) = match self {
            Self::Rolling => (0, 2),
            Self::BlueGreen => (2, 1),
            Self::Canary => (3, 1),
            Self::Recreate => (4, 1),
            Self::Surge => (5, 1),
            Self::Gpus => (6, 1),
            Self::NoPreStop => (7, 1),
            Self::Liveness => (8, 1),
            Self::Quota => (9, 1),
            Self::Autoscaler => (10, 1),
            Self::Own => (11, 1),
        };
        &FILES[from..from + count]
    }

    /// What it is about: the words at the top of its first file.
    pub(crate) fn about(self) -> String {
        let text = self.files().first().map_or("", |(_, text)| *text);
        let lines = text.lines().map_while(|line| line.strip_prefix('#'));
        lines.map(str::trim).collect::<Vec<_>>().join(" ")
    }
}

/// The text of an example's file.
pub(crate) fn text_of(file: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == file).map(|(_, text)| *text)
}

/// The example file with exactly this text.
pub(crate) fn file_of(text: &str) -> Option<&'static str> {
    FILES.iter().find(|(_, known)| *known == text).map(|(file, _)| *file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_simulated_to_the_letter() {
        for (file, text) in FILES {
            let found = rollscope_sim::manifest::check(text).1;
            assert!(found.is_empty(), "{file}: {found:?}");
            let found = rollscope_sim::view::scripts(text);
            assert!(found.is_empty(), "{file}: {found:?}");
        }
    }

    #[test]
    fn every_scenario_says_what_it_is_about() {
        for example in Example::ALL {
            assert!(example.about().ends_with('.'), "{example:?}: {}", example.about());
            assert_eq!(Example::of_slug(example.slug()), Some(example));
        }
        assert_eq!(Example::of_slug("x"), None);
    }
}
