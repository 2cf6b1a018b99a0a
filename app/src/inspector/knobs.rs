//! The knobs: what the clients ask, how slowly the proxies learn, how long a model loads, and what
//! the nodes have. Each row says when a turn takes effect.

use leptos::prelude::*;
use rollscope_sim::network::clients::Clients;
use rollscope_sim::view::ClusterView;
use rollscope_sim::{Command, Config, Duration};

use crate::desk::{Desk, use_desk};
use crate::load_time;

/// What a knob turns.
#[derive(Clone, Copy)]
enum Turn {
    /// Something of the run, from now on.
    Run(fn(&ClusterView) -> u32, fn(&ClusterView, u32) -> Command),
    /// The text of the manifest; it counts once it is applied.
    Manifest,
    /// Something a cluster is built with: the run begins anew.
    Cluster(fn(&Config) -> u32, fn(&mut Config, u32)),
}

/// A knob with its steps.
#[derive(Clone, Copy)]
struct Knob {
    label: &'static str,
    steps: &'static [u32],
    unit: &'static str,
    turn: Turn,
}

const KNOBS: [Knob; 8] = [
    Knob {
        label: "Requests",
        steps: &[0, 1, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
        unit: "/s",
        turn: Turn::Run(|view| view.request_rate, |_, rate| Command::SetRequestRate(rate)),
    },
    Knob {
        label: "Request length",
        steps: &[0, 5, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
        unit: " ms",
        turn: Turn::Run(
            |view| view.clients.request_length.map_or(0, milliseconds),
            |view, ms| {
                let request_length = (ms > 0).then(|| Duration::from_millis(ms.into()));
                Command::SetClients(Clients { request_length, ..view.clients })
            },
        ),
    },
    Knob {
        label: "Client timeout",
        steps: &[100, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000],
        unit: " ms",
        turn: Turn::Run(
            |view| milliseconds(view.clients.timeout),
            |view, ms| {
                let timeout = Duration::from_millis(ms.into());
                Command::SetClients(Clients { timeout, ..view.clients })
            },
        ),
    },
    Knob {
        label: "Retries",
        steps: &[0, 1, 2, 3],
        unit: "",
        turn: Turn::Run(
            |view| view.clients.retries,
            |view, retries| Command::SetClients(Clients { retries, ..view.clients }),
        ),
    },
    Knob {
        label: "kube-proxy delay",
        steps: &[0, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
        unit: " ms",
        turn: Turn::Run(
            |view| milliseconds(view.proxy_lag),
            |_, ms| Command::SetProxyLag(Duration::from_millis(ms.into())),
        ),
    },
    Knob {
        label: "Model load",
        steps: &[0, 1, 2, 4, 8, 15, 30, 60, 120, 300],
        unit: " s",
        turn: Turn::Manifest,
    },
    Knob {
        label: "Nodes",
        steps: &[1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 200],
        unit: "",
        turn: Turn::Cluster(|config| config.nodes, |config, nodes| config.nodes = nodes),
    },
    Knob {
        label: "GPUs a node",
        steps: &[0, 1, 2, 4, 8],
        unit: "",
        turn: Turn::Cluster(gpus, set_gpus),
    },
];

const GPU: &str = "nvidia.com/gpu";

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

pub(crate) fn gpus(config: &Config) -> u32 {
    let milli = config.node_resources.get(GPU).copied().unwrap_or(0);
    u32::try_from(milli / 1_000).unwrap_or(0)
}

fn set_gpus(config: &mut Config, gpus: u32) {
    config.node_resources.insert(GPU.into(), i64::from(gpus) * 1_000);
}

impl Turn {
    const fn note(self) -> &'static str {
        match self {
            Self::Run(..) => "from this moment on",
            Self::Manifest => "in the manifest: Apply rolls it out",
            Self::Cluster(..) => "begins a new run",
        }
    }
}

impl Knob {
    /// Where it stands; `None` when the manifest does not say.
    fn value(self, desk: &Desk) -> Option<u32> {
        match self.turn {
            Turn::Run(get, _) => Some(desk.view.with(|view| get(view))),
            Turn::Cluster(get, _) => Some(desk.config.with(get)),
            Turn::Manifest => load_time::read(&desk.text()),
        }
    }

    fn turn_to(self, desk: &Desk, value: u32) {
        match self.turn {
            Turn::Run(_, command) => {
                let command = desk.view.with_untracked(|view| command(view, value));
                desk.turn(command);
            }
            Turn::Manifest => {
                let text = untrack(|| desk.text());
                desk.set_text(load_time::write(&text, value));
            }
            Turn::Cluster(_, set) => desk.rebuild(|config| set(config, value)),
        }
    }

    /// The step nearest to a value from below.
    fn step(self, value: u32) -> usize {
        self.steps.iter().rposition(|step| *step <= value).unwrap_or(0)
    }

    fn text(self, value: u32) -> String {
        match (self.label, value) {
            ("Request length", 0) => "as the image does".to_owned(),
            (_, _) if self.unit == " ms" && value >= 1_000 => {
                let tenths = value / 100;
                match tenths % 10 {
                    0 => format!("{} s", tenths / 10),
                    rest => format!("{}.{rest} s", tenths / 10),
                }
            }
            _ => format!("{value}{}", self.unit),
        }
    }
}

/// The list of knobs.
#[component]
pub(crate) fn Knobs() -> impl IntoView {
    let desk = use_desk();
    let row = move |knob: Knob| {
        let value = Memo::new(move |_| knob.value(&desk));
        let shown =
            move || value.get().map_or("not in the manifest".to_owned(), |it| knob.text(it));
        let turned = move |ev: web_sys::Event| {
            let step = event_target_value(&ev).parse().unwrap_or(0_usize);
            if let Some(value) = knob.steps.get(step) {
                knob.turn_to(&desk, *value);
            }
        };
        view! {
            <label class="knob">
                <span class="knob-label">{knob.label}</span>
                <input
                    type="range"
                    min="0"
                    max=knob.steps.len() - 1
                    aria-label=knob.label
                    aria-valuetext=shown
                    disabled=move || value.get().is_none()
                    prop:value=move || knob.step(value.get().unwrap_or(0)).to_string()
                    on:change=turned
                />
                <span class="figure">{shown}</span>
                <span class="knob-note muted">{knob.turn.note()}</span>
            </label>
        }
    };
    view! { <div class="log knobs" role="group" aria-label="Knobs">{KNOBS.map(row).collect_view()}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_knob_of_the_run_stands_where_it_was_turned() {
        let config = Config::with_seed(1);
        let view = rollscope_sim::view::project(&rollscope_sim::Cluster::new(config.clone()));
        for knob in KNOBS {
            let value = match knob.turn {
                Turn::Run(get, _) => get(&view),
                Turn::Cluster(get, _) => get(&config),
                Turn::Manifest => continue,
            };
            assert!(knob.steps.contains(&value), "{}: {value} is no step", knob.label);
            assert_eq!(knob.steps[knob.step(value)], value, "{}", knob.label);
        }
        let mut config = config;
        set_gpus(&mut config, 8);
        assert_eq!(gpus(&config), 8);
    }

    #[test]
    fn long_times_are_told_in_seconds() {
        let texts = [(KNOBS[1], 0, "as the image does"), (KNOBS[2], 500, "500 ms")];
        for (knob, value, text) in texts {
            assert_eq!(knob.text(value), text);
        }
        assert_eq!((KNOBS[2].text(2_000), KNOBS[2].text(1_500)), ("2 s".into(), "1.5 s".into()));
    }
}
