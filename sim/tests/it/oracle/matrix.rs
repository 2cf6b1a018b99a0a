//! The step sequences of many small rollouts.

use rollscope_sim::replay::{Action, Deed, Recording, replay};
use rollscope_sim::trace::{summary::Summary, trace};
use serde_json::Value as Json;

use super::recording::read_json;
use super::traces::quiet;
use super::{Tally, Verdict, exceptions, folder};

/// Between a rollout's end and the next command.
const PAUSE_MS: u64 = 1_000;
/// A rollout that has done nothing for this long is stuck.
const STUCK_MS: u64 = 10_000;
/// How long a run is followed after its last command.
const AFTERMATH_MS: u64 = 15_000;
/// From the pause to the resize in recordings that pause; they do not say it exactly.
const PAUSE_TO_SCALE_MS: u64 = 3_550;

/// What is done, and how long after the deed before.
type Script = Vec<(u64, Deed)>;

#[test]
fn rollouts_of_all_sizes_and_strategies_take_the_recorded_steps() {
    let mut tally = Tally::new("oracle matrix");
    for_each_case("matrix.json", |case, timing| {
        let name = format!(
            "{} r{} {}/{} {}",
            text(&case["kind"]),
            case["replicas"],
            text(&case["maxSurge"]),
            text(&case["maxUnavailable"]),
            case["scale"]
        );
        tally.add(&name, steps_verdict(case, &plain_script(case, timing)));
    });
    tally.print();
    tally.assert();
}

#[test]
fn actions_in_the_middle_of_a_rollout_lead_to_the_recorded_steps() {
    let mut tally = Tally::new("oracle matrix2");
    for_each_case("matrix2.json", |case, timing| {
        let name = format!(
            "{} r{} {}/{} k{}",
            text(&case["action"]),
            case["replicas"],
            text(&case["maxSurge"]),
            text(&case["maxUnavailable"]),
            case["k"]
        );
        tally.add(&name, steps_verdict(case, &mid_rollout_script(case, timing)));
    });
    tally.print();
    tally.assert();
}

fn for_each_case(file: &str, mut check: impl FnMut(&Json, &Json)) {
    let path = folder().join(file);
    let Some(matrix) = read_json(&path) else {
        println!("{}: absent, skipped", path.display());
        return;
    };
    for case in matrix["cases"].as_array().into_iter().flatten() {
        check(case, &matrix["timing_s"]);
    }
}

fn steps_verdict(case: &Json, script: &Script) -> Verdict {
    let mut at = 0;
    let actions = script.iter().map(|(delay, what)| {
        at += delay;
        Action { started_ms: at, effective_ms: at, what: what.clone() }
    });
    let actions = actions.collect();
    let recording = Recording { actions, end_ms: Some(at + AFTERMATH_MS), ..Recording::default() };
    let run = replay(&recording, quiet());
    let got = Summary::of(&trace(&run.events)).steps();
    let expected: Vec<Vec<Option<i64>>> = case["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| step.as_array().into_iter().flatten().map(Json::as_i64).collect())
        .collect();
    if !run.unmet.is_empty() {
        return Verdict::Failed(format!("{:?}", run.unmet));
    }
    if got == expected {
        Verdict::Passed
    } else if let Some(reason) = exceptions::stale_status(case) {
        Verdict::NotApplicable(reason)
    } else {
        Verdict::Failed(format!("\n    expected {expected:?}\n    got      {got:?}"))
    }
}

fn plain_script(case: &Json, timing: &Json) -> Script {
    let mut script = started(case, timing);
    let is_rollout = case["kind"] == "rollout";
    script.push((PAUSE_MS, set_image(if is_rollout { "v2" } else { "v2-bad" })));
    match case["kind"].as_str() {
        Some("stuck-then-v3") => script.push((STUCK_MS, set_image("v3"))),
        Some("stuck-then-undo") => script.push((STUCK_MS, undo())),
        Some("stuck-then-scale") => script.push((STUCK_MS, scale(&case["scale"]))),
        _ => {}
    }
    if case["kind"] != "stuck-then-scale" {
        script.push((0, complete()));
    }
    script
}

fn mid_rollout_script(case: &Json, timing: &Json) -> Script {
    let mut script = started(case, timing);
    script.push((PAUSE_MS, set_image("v2")));
    script.push((0, Deed::Wait(format!("rs2.ready>={}", case["k"]))));
    let actions = action_times(case);
    let delay = actions[0].saturating_sub(ready_time(case));
    match case["action"].as_str() {
        Some("undo") => script.push((delay, undo())),
        Some("v3") => script.push((delay, set_image("v3"))),
        Some("pause-scale-up-resume") => {
            let until_resume = actions.get(1).map_or(STUCK_MS, |second| second - actions[0]);
            script.push((delay, command("kubectl rollout pause deployment/web")));
            script.push((PAUSE_TO_SCALE_MS, scale(&case["scale"])));
            let rest = until_resume.saturating_sub(PAUSE_TO_SCALE_MS);
            script.push((rest, command("kubectl rollout resume deployment/web")));
        }
        _ => script.push((delay, scale(&case["scale"]))),
    }
    script.push((0, complete()));
    script
}

/// When the recording's actions happened.
fn action_times(case: &Json) -> Vec<u64> {
    let entries = case["timeline"].as_array().into_iter().flatten();
    entries.filter(|entry| entry[1] == "ACTION").filter_map(|entry| entry[0].as_u64()).collect()
}

/// When the k-th pod of v2 became Ready in the recording.
fn ready_time(case: &Json) -> u64 {
    let is_ready =
        |entry: &&Json| entry[1].as_str().is_some_and(|text| text.starts_with("ready rs2-"));
    let nth = usize::try_from(case["k"].as_u64().unwrap_or(1)).unwrap_or(1);
    let mut ready = case["timeline"].as_array().into_iter().flatten().filter(is_ready);
    ready.nth(nth - 1).and_then(|entry| entry[0].as_u64()).unwrap_or(0)
}

fn started(case: &Json, timing: &Json) -> Script {
    vec![(0, apply(&manifest(case, timing))), (0, complete())]
}

fn complete() -> Deed {
    Deed::Wait("deployment/web complete".to_owned())
}

fn undo() -> Deed {
    command("kubectl rollout undo deployment/web")
}

fn set_image(tag: &str) -> Deed {
    command(&format!("kubectl set image deployment/web server=registry.example/inference:{tag}"))
}

fn command(line: &str) -> Deed {
    Deed::Command { line: line.to_owned(), stdin: None, background: false }
}

fn apply(manifest: &str) -> Deed {
    Deed::Command {
        line: "kubectl apply -f -".to_owned(),
        stdin: Some(manifest.to_owned()),
        background: false,
    }
}

fn scale(replicas: &Json) -> Deed {
    command(&format!("kubectl scale deployment/web --replicas={replicas}"))
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn manifest(case: &Json, timing: &Json) -> String {
    let (replicas, surge, unavailable) =
        (&case["replicas"], text(&case["maxSurge"]), text(&case["maxUnavailable"]));
    let (start, ready, term, stagger) =
        (&timing["start"], &timing["ready"], &timing["term"], &timing["stagger"]);
    format!(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  strategy:
    type: RollingUpdate
    rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata:
      labels: {{app: web}}
      annotations:
        sim/start-after: "{start}"
        sim/ready-after: "{ready}"
        sim/terminate-after: "{term}"
        sim/stagger: "{stagger}"
    spec:
      containers:
      - {{name: server, image: "registry.example/inference:v1"}}
"#
    )
}
