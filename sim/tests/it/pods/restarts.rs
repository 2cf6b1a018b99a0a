//! Containers that end: restarts, back-off, restart policies.

use expect_test::expect;

use super::Lab;

fn job(policy: &str, script: &str) -> Lab {
    Lab::with_pod(&format!(
        r#"restartPolicy: {policy}
containers:
- {{name: job, image: "busybox:1.36", command: [sh, -c, "{script}"]}}"#
    ))
}

#[test]
fn a_crash_loop_waits_longer_each_time() {
    let mut lab = job("Always", "sleep 2; exit 1");
    expect![[r#"
        2   1/1 Running 0
        4   0/1 Error 0
        5   1/1 Running 1 (2s ago)
        7   0/1 CrashLoopBackOff 1 (2s ago)
        10  0/1 CrashLoopBackOff 1 (5s ago)
        18  1/1 Running 2 (13s ago)
        25  0/1 CrashLoopBackOff 2 (8s ago)
        60  0/1 CrashLoopBackOff 3 (21s ago)
        100 0/1 CrashLoopBackOff 4 (19s ago)
        200 0/1 CrashLoopBackOff 5 (37s ago)
        400 0/1 CrashLoopBackOff 6 (75s ago)
        800 0/1 CrashLoopBackOff 7 (2m52s ago)
    "#]]
    .assert_eq(&lab.rows(&[2, 4, 5, 7, 10, 18, 25, 60, 100, 200, 400, 800]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x7 Created: Created container job
        1   x6 Started: Started container job
        3   x7 Pulled: Container image "busybox:1.36" already present on machine
        6   x5 BackOff: Back-off restarting failed container job in pod web_default(4ceb1a2a-bba5-497f-a731-b5275b5da7ea)
    "#]].assert_eq(&lab.events());
    let message = lab.field(".status.containerStatuses[0].state.waiting.message");
    assert!(message.starts_with("back-off 5m0s restarting failed container=job pod=web_default("));
    assert_eq!(lab.field(".status.phase"), "Running");
}

#[test]
fn the_back_off_is_forgotten_after_a_long_run() {
    let mut lab = job("Always", "sleep 601; exit 1");
    assert_eq!(lab.to(640).row(), "1/1 Running 1 (38s ago)");
    assert_eq!(lab.to(1_300).row(), "1/1 Running 2 (97s ago)");
    assert!(!lab.events().contains("BackOff"));
}

#[test]
fn restart_policies_decide_what_becomes_of_a_container() {
    let mut outcomes = String::new();
    for policy in ["Always", "OnFailure", "Never"] {
        for code in [0, 3] {
            let mut lab = job(policy, &format!("sleep 1; exit {code}"));
            let row = lab.to(30).row();
            let phase = lab.field(".status.phase");
            let restarts = lab.field(".status.containerStatuses[0].restartCount");
            outcomes.extend([format!("{policy} {code}: {row} | {phase} {restarts}\n")]);
        }
    }
    expect![[r#"
        Always 0: 0/1 CrashLoopBackOff 2 (16s ago) | Running 2
        Always 3: 0/1 CrashLoopBackOff 2 (16s ago) | Running 2
        OnFailure 0: 0/1 Completed 0 | Succeeded 0
        OnFailure 3: 0/1 CrashLoopBackOff 2 (16s ago) | Running 2
        Never 0: 0/1 Completed 0 | Succeeded 0
        Never 3: 0/1 Error 0 | Failed 0
    "#]]
    .assert_eq(&outcomes);
}

#[test]
fn a_day_of_crashing_costs_little() {
    let mut lab = job("Always", "exit 1");
    lab.to(86_400);
    assert!(lab.row().starts_with("0/1 CrashLoopBackOff 2"), "{}", lab.row());
    assert!(lab.cluster.occurrences() < 10_000, "{}", lab.cluster.occurrences());
    assert!(lab.events().lines().count() < 12, "{}", lab.events());
}
