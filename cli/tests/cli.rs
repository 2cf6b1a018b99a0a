//! The command as a person runs it: words in, text and an exit code out.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use expect_test::expect;

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/lab/1-inference-v1.yaml");

fn rollscope(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollscope")).args(words).output().expect("it can be run")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file in a folder of its own, gone when the folder is dropped.
fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file can be written");
    (folder, path)
}

#[test]
fn a_run_tells_the_story_of_a_rollout() {
    let (_folder, script) = file("roll.txt", "20s set env deployment/inference VERSION=v2\n");
    let script = script.display().to_string();
    let output = rollscope(&["run", LAB, "--script", &script, "--for", "90s"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let story = stdout(&output);
    let told: Vec<&str> = story
        .lines()
        .filter(|line| line.contains("ScalingReplicaSet") || line.contains("Available"))
        .map(|line| line.split_once(": ").map_or(line, |(_, what)| what))
        .collect();
    expect![[r#"
        Scaled up replica set rs1 from 0 to 3
        NewReplicaSetAvailable
        Scaled up replica set rs2 from 0 to 1
        Scaled down replica set rs1 from 3 to 2
        Scaled up replica set rs2 from 1 to 2
        Scaled down replica set rs1 from 2 to 1
        Scaled up replica set rs2 from 2 to 3
        Scaled down replica set rs1 from 1 to 0
        NewReplicaSetAvailable"#]]
    .assert_eq(&told.join("\n"));
    assert!(story.trim_end().ends_with("0 failed"), "no request is dropped: {story}");
}

#[test]
fn json_has_a_line_for_every_write() {
    let output = rollscope(&["run", LAB, "--for", "15s", "--json"]);
    let lines = stdout(&output);
    let first = lines.lines().next().unwrap_or_default();
    assert!(first.starts_with("{\"t_ms\": 0, \"rv\": "), "{first}");
    assert!(lines.lines().all(|line| line.starts_with('{') && line.ends_with('}')));
    assert!(lines.contains("\"kind\": \"EndpointSlice\""));
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let run =
        |seed: &str| stdout(&rollscope(&["run", LAB, "--for", "20s", "--seed", seed, "--json"]));
    assert_eq!(run("5"), run("5"));
    assert_ne!(run("5"), run("6"));
}

#[test]
fn mistakes_are_told_with_file_line_and_column() {
    let (_folder, manifest) = file(
        "web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replcias: 3\n",
    );
    let manifest = manifest.display().to_string();
    let output = rollscope(&["run", &manifest]);
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(message.contains(&format!("{manifest}:6:3: error: ")), "{message}");
    assert!(message.contains("did you mean replicas?"), "{message}");

    let (_folder, script) = file("roll.txt", "20s get pods\nsoon get pods\n");
    let script = script.display().to_string();
    let output = rollscope(&["run", LAB, "--script", &script]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&format!("{script}:2:1: error: ")), "{}", stderr(&output));
}

#[test]
fn files_that_are_not_there_and_commands_that_fail_end_with_1() {
    let output = rollscope(&["run", "nowhere.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("nowhere.yaml: cannot be read"));

    let (_folder, script) = file("roll.txt", "5s rollout undo deployment/nope\n");
    let output = rollscope(&["run", LAB, "--script", &script.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("deployments.apps \"nope\" not found"), "{}", stderr(&output));
}

#[test]
fn wrong_usage_ends_with_2_and_help_teaches() {
    for words in [&["fly"][..], &["run"], &["run", LAB, "--seed", "x"], &["replay"]] {
        let output = rollscope(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(stderr(&output).contains("see 'rollscope --help'"));
    }
    let help = stdout(&rollscope(&["--help"]));
    assert!(help.contains("rollscope run inference-v1.yaml"));
    assert!(stdout(&rollscope(&["help", "run"])).contains("--script FILE"));
}

#[test]
fn a_recorded_session_is_replayed_into_a_summary() {
    let folder =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/oracle/traces/04-surge1-unavail0-r3");
    let output = rollscope(&["replay", folder]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let summary = stdout(&output);
    for part in [
        "\"scaling_events\": [",
        "\"rs_spec_transitions\": [",
        "\"max_active_pods\": 4",
        "\"final\": {",
    ] {
        assert!(summary.contains(part), "{part} is missing");
    }
}

#[test]
fn a_report_ends_the_run_with_one_object() {
    let (_folder, script) = file("roll.txt", "20s set env deployment/inference VERSION=v2\n");
    let script = script.display().to_string();
    let words = ["run", LAB, "--script", &script, "--for", "80s", "--rps", "50"];
    let report = |form: &str, more: &[&str]| {
        let words: Vec<&str> =
            words.iter().chain(&["--report", form]).chain(more).copied().collect();
        let output = rollscope(&words);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let quiet = report("json", &["--quiet"]);
    assert_eq!(quiet.lines().count(), 1);
    assert_eq!(report("json", &[]).lines().last(), quiet.lines().last());
    assert_eq!(report("json", &["--json"]).lines().last(), quiet.lines().last());
    for part in [
        "\"sent\":3",
        "\"failed_total\":0,",
        "\"failed\":{}",
        "\"first_failure\":null",
        "\"max_pods\":4,",
        "\"min_available\":3,",
        "\"version\":\"v2\"",
    ] {
        assert!(quiet.contains(part), "{part} is missing: {quiet}");
    }
    let text = report("text", &["--quiet"]);
    assert!(text.contains("Rollout of inference to v2 at 20.000 s: complete in "), "{text}");
}

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scenarios");

#[test]
fn every_scenario_of_the_documentation_runs() {
    let mut names: Vec<PathBuf> = fs::read_dir(SCENARIOS)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    names.retain(|path| path.file_name().is_some_and(|name| name != "inference.yaml"));
    assert!(names.len() >= 3);
    for path in &names {
        let path = path.display().to_string();
        let output = rollscope(&["run", "--scenario", &path, "--report", "json", "--quiet"]);
        assert_eq!(output.status.code(), Some(0), "{path}: {}", stderr(&output));
        assert!(stdout(&output).contains("\"complete\":true"), "{path}");
    }
    let no_probe = format!("{SCENARIOS}/no-probe.yaml");
    let report = stdout(&rollscope(&["run", "--scenario", &no_probe, "--report", "text"]));
    assert!(report.contains("First failure: pod still loading at "), "{report}");
    assert!(report.contains("a readiness probe that asks the server itself"), "{report}");
}

#[test]
fn the_scenarios_in_the_text_of_the_documentation_run() {
    let text = fs::read_to_string(format!("{SCENARIOS}/../scenarios.md")).expect("a page");
    let blocks: Vec<&str> =
        text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let (_folder, path) = file("scenario.yaml", block);
        let path = path.display().to_string();
        let output = rollscope(&["run", "--scenario", &path, "--report", "json", "--quiet"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).contains("\"failed_total\":0,"), "{}", stdout(&output));
    }
}

#[test]
fn mistakes_in_a_scenario_are_told_where_they_are() {
    let cases = [
        ("nods: 3\n", ":1:1: error: there is no \"nods\" in a scenario (did you mean nodes?)"),
        ("manifests: [nowhere.yaml]\n", ":1:13: error: "),
        (
            "manifests:\n- |\n  apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  sepc: {}\n",
            ":6:3: error: ",
        ),
        ("steps:\n- {at: 5s, kubectl: rollout undo deployment/nope}\n", "line 2: rollout undo"),
    ];
    for (text, expected) in cases {
        let (_folder, path) = file("scenario.yaml", text);
        let path = path.display().to_string();
        let output = rollscope(&["run", "--scenario", &path]);
        assert_eq!(output.status.code(), Some(1), "{text}");
        let message = stderr(&output);
        let expected = if expected.starts_with(':') {
            format!("{path}{expected}")
        } else {
            expected.to_owned()
        };
        assert!(message.contains(&expected), "{message}");
    }
    let both = rollscope(&["run", "--scenario", "a.yaml", "--script", "b.txt"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_run_says_why_a_rollout_is_where_it_is() {
    let (_folder, script) = file("roll.txt", "20s set env deployment/inference VERSION=v2\n");
    let script = script.display().to_string();
    let run = ["run", LAB, "--script", &script, "--for", "25s", "--quiet"];
    let asked = |object: &str| {
        let words: Vec<&str> = run.iter().copied().chain(["--why", object]).collect();
        rollscope(&words)
    };
    let output = asked("deployment/inference");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for part in [
        "may run 3 + 1 = 4 pods",
        "it waits for a new pod to become available",
        "$ kubectl set env deployment/inference VERSION=v2",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let output = asked("deployment/inferense");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("deployments.apps \"inferense\" not found"));
}

fn rollscope_reading(words: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollscope"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be run");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads its input");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[test]
fn lint_tells_every_problem_with_its_place() {
    let text = fs::read_to_string(LAB).expect("the lab is there");
    let broken =
        text.replace("replicas:", "replcias:").replace("containerPort: ", "containerPort: 9");
    let (_folder, manifest) = file("web.yaml", &broken);
    let name = manifest.display().to_string();
    let output = rollscope(&["lint", &name]);
    assert_eq!(output.status.code(), Some(1));
    let told = stdout(&output).replace(&name, "web.yaml");
    assert!(
        told.contains("error: unknown field \"spec.replcias\" (did you mean replicas?)"),
        "{told}"
    );
    assert!(
        told.contains("containerPort: Invalid value: 98080: must be between 1 and 65535"),
        "{told}"
    );
    assert_eq!(stderr(&output), "2 errors, 0 warnings\n");

    assert_eq!(rollscope(&["lint", LAB]).status.code(), Some(0));
    let output = rollscope_reading(&["lint", "-", "--json"], "kind: Pod\n");
    expect![[r#"
        {"column":1,"end_column":10,"end_line":1,"file":"stdin","line":1,"message":"apiVersion not set","path":"","severity":"error","suggestion":null}
    "#]]
    .assert_eq(&stdout(&output));
    let (_folder, bytes) = file("bytes.yaml", "");
    fs::write(&bytes, b"a: 1\nb: \xff\n").expect("a file can be written");
    let output = rollscope(&["lint", &bytes.display().to_string()]);
    assert!(stdout(&output).ends_with(":2:4: error: the file is not text in UTF-8\n"));
}

#[test]
fn a_preflight_tells_what_a_run_showed_and_what_mends_it() {
    let output = rollscope(&["lint", LAB, "--preflight", "--proxy-lag", "2s"]);
    assert_eq!(output.status.code(), Some(0), "risks are no failure");
    let told = stdout(&output);
    assert!(told.contains("15:38: risk: The grace period is over"), "{told}");
    assert!(told.contains("killed at grace end") && told.contains("fix: give 30 s"), "{told}");
    let broken =
        fs::read_to_string(LAB).expect("the lab is there").replace("app: inference", "app: x");
    let broken = broken.replacen("app: x", "app: inference", 3);
    let output = rollscope_reading(&["lint", "-", "--preflight", "--json"], &broken);
    assert_eq!((output.status.code(), &*stderr(&output)), (Some(1), "1 error, 0 warnings\n"));
    assert!(stdout(&output).contains("\"id\":\"service-selects-nothing\""), "{}", stdout(&output));
}

#[test]
fn a_shell_runs_lines_in_virtual_time() {
    let lines = "kubectl get deployments --no-headers | wc -l\n\
                 kubectl rollout status deployment/inference\n\
                 # a comment\n\
                 kubectl get deploy nope\n";
    let output = rollscope_reading(&["shell", LAB], lines);
    let told = stdout(&output);
    assert!(told.starts_with("1\n"), "{told}");
    assert!(told.ends_with("deployment \"inference\" successfully rolled out\n"), "{told}");
    assert_eq!(
        stderr(&output),
        "Error from server (NotFound): deployments.apps \"nope\" not found\n"
    );
    assert_eq!(output.status.code(), Some(1), "the last line failed");

    let output = rollscope_reading(&["shell", "--json"], "sleep 30\nkubectl get pods\n");
    expect![[r#"
        {"code":0,"line":"sleep 30","stderr":"","stdout":"","t_ms":0}
        {"code":0,"line":"kubectl get pods","stderr":"No resources found in default namespace.\n","stdout":"","t_ms":30100}
    "#]]
    .assert_eq(&stdout(&output));
    assert_eq!(output.status.code(), Some(0));
}
