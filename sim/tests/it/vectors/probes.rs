//! Probe workers, and what their handlers make of answers.

use rollscope_sim::Duration;
use rollscope_sim::api::Name;
use rollscope_sim::api::pod_template::{Probe, ProbeHandler};
use rollscope_sim::container::command::expand;
use rollscope_sim::kubelet::prober::verdict::{self, HttpAnswer, Location, Outcome, Ran, Verdict};
use rollscope_sim::kubelet::prober::worker::{
    self, ProbeResult, ProbeType, ProbeWorker, Seen, Standing, Turn,
};
use serde_json::{Value, json};

use super::case::{Fields, check, not_applicable, unknown_op};
use super::kubelet::restart_policy;

/// What upstream's tests call long ago.
const LONG: Duration = Duration::from_secs(600);

pub(crate) fn probe_worker(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "one_tick" => one_tick(input),
        "scenario" => scenario(input),
        "initial_value" => {
            let type_ = type_(input.text("type")?)?;
            Ok(json!({ "result": text(type_.initial_result()) }))
        }
        "container_ready" => container_ready(input),
        "classify" => classify(input),
        "exec_args" => exec_args(input),
        other => unknown_op(other),
    })
}

fn type_(text: &str) -> Result<ProbeType, String> {
    match text {
        "startup" => Ok(ProbeType::Startup),
        "liveness" => Ok(ProbeType::Liveness),
        "readiness" => Ok(ProbeType::Readiness),
        other => Err(format!("no probe type {other}")),
    }
}

const fn text(result: ProbeResult) -> &'static str {
    match result {
        ProbeResult::Unknown => "Unknown",
        ProbeResult::Success => "Success",
        ProbeResult::Failure => "Failure",
    }
}

fn result(text: &str) -> Result<ProbeResult, String> {
    match text {
        "Unknown" => Ok(ProbeResult::Unknown),
        "Success" => Ok(ProbeResult::Success),
        "Failure" => Ok(ProbeResult::Failure),
        other => Err(format!("no result {other}")),
    }
}

fn outcome(text: &str) -> Result<Outcome, String> {
    match text {
        "Success" => Ok(Outcome::Success),
        "Warning" => Ok(Outcome::Warning),
        "Failure" => Ok(Outcome::Failure),
        "Unknown" => Ok(Outcome::Unknown),
        other => Err(format!("no outcome {other}")),
    }
}

fn probe(input: &Value) -> Result<Probe, String> {
    let probe = input.field("probe")?;
    // The simulator's delays are not negative: one below zero is over at once, as 0 is.
    let seconds = |key: &str| {
        let typed: i64 = probe.int_or_0(key)?;
        u32::try_from(typed.max(0)).map_err(|_| format!("`{key}` is too long"))
    };
    Ok(Probe {
        handler: ProbeHandler::Exec(Vec::new()),
        initial_delay_seconds: seconds("initial_delay_s")?,
        period_seconds: seconds("period_s")?,
        timeout_seconds: seconds("timeout_s")?,
        success_threshold: seconds("success_threshold")?,
        failure_threshold: seconds("failure_threshold")?,
        termination_grace_period_seconds: None,
    })
}

/// Whether a container that ended is started again, under the policies of a case.
fn restarts(input: &Value, exit_code: i32) -> Result<bool, String> {
    let rules = input.opt("container_restart_rules").and_then(Value::as_array);
    for rule in rules.into_iter().flatten() {
        let codes = rule.opt("exit_codes_in").and_then(Value::as_array).into_iter().flatten();
        if codes.filter_map(Value::as_i64).any(|code| code == i64::from(exit_code)) {
            return Ok(true);
        }
    }
    let own = input.opt_text("container_restart_policy");
    let policy = own.map_or_else(|| input.text("pod_restart_policy"), Ok)?;
    Ok(restart_policy(policy)?.restarts(exit_code))
}

fn one_tick(input: &Value) -> Result<Value, String> {
    let type_ = type_(input.text("type")?)?;
    let probe = probe(input)?;
    let standing = match input.opt("status") {
        None => Standing::Unknown,
        Some(status) => match status.text("container")? {
            "running" => Standing::Running(LONG),
            "waiting" => Standing::Waiting,
            "terminated" => {
                let restarts = restarts(input, status.int_or_0("exit_code")?)?;
                Standing::Ended { restarts }
            }
            _ => Standing::Unknown,
        },
    };
    let status = input.opt("status");
    let phase = status.and_then(|status| status.opt_text("pod_phase"));
    let seen = Seen {
        pod_ended: matches!(phase, Some("Failed" | "Succeeded")),
        pod_is_deleting: input.flag("pod_being_deleted"),
        standing,
        run: 0,
        started: status.is_some_and(|status| status.flag("container_started")),
    };
    let mut worker = ProbeWorker::new(type_);
    let turn = worker.before(&probe, &seen);
    if turn == Turn::Ask {
        worker.after(&probe, outcome(input.text("handler_result")?)?);
    }
    // What a worker publishes when it meets a container is no result of the tick.
    let met = standing == Standing::Unknown;
    let written = worker.published().filter(|_| !met).map(text);
    Ok(json!({ "keep_worker": turn != Turn::Stop, "result_written": written }))
}

fn scenario(input: &Value) -> Result<Value, String> {
    let type_ = type_(input.text("type")?)?;
    let probe = probe(input)?;
    let mut worker = ProbeWorker::new(type_);
    let mut seen = Seen {
        pod_ended: false,
        pod_is_deleting: false,
        standing: Standing::Running(LONG),
        run: 0,
        started: match input.opt("container_started") {
            Some(_) => input.flag("container_started"),
            None => type_ != ProbeType::Startup,
        },
    };
    let mut steps = Vec::new();
    for step in input.list("steps")? {
        match step.opt_text("event") {
            Some("new_container") => seen.run += 1,
            Some("mark_started") => seen.started = true,
            Some(other) => return Err(format!("no test knows the event {other}")),
            None => {}
        }
        if step.opt("event").is_some() {
            steps.push(json!({}));
            continue;
        }
        if let Some(seconds) = step.opt_int("container_running_for_s")? {
            seen.standing = Standing::Running(Duration::from_secs(seconds));
        }
        let turn = worker.before(&probe, &seen);
        if turn == Turn::Ask {
            worker.after(&probe, outcome(step.text("handler_result")?)?);
        }
        steps.push(json!({
            "keep_worker": turn != Turn::Stop,
            "result": worker.published().map(text),
            "same_result_in_a_row": worker.in_a_row(),
            "on_hold": worker.is_on_hold(),
        }));
    }
    Ok(json!({ "steps": steps }))
}

fn container_ready(input: &Value) -> Result<Value, String> {
    let configured = input.list("probes_configured")?;
    let cached = input.field("cached_results")?;
    let of = |name: &str| -> Result<Option<Option<ProbeResult>>, String> {
        if !configured.iter().any(|item| item.as_str() == Some(name)) {
            return Ok(None);
        }
        Ok(Some(cached.opt_text(name).map(result).transpose()?))
    };
    let runs = input.text("container_state")? == "running";
    let ready = runs && worker::is_ready(of("startup")?, of("readiness")?);
    Ok(json!({ "ready": ready }))
}

fn classify(input: &Value) -> Result<Value, String> {
    if !input.flag("probe_configured") {
        return Ok(json!({ "result": "Success", "error": false }));
    }
    let is_error = input.flag("handler_error");
    let good = match input.opt_text("handler_result") {
        Some(text) => outcome(text)?.is_good() && !is_error,
        None => false,
    };
    let result = if good { ProbeResult::Success } else { ProbeResult::Failure };
    Ok(json!({ "result": text(result), "error": is_error }))
}

fn exec_args(input: &Value) -> Result<Value, String> {
    let env: Vec<(Name, Name)> =
        input.labels("env").iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let words = input.list("command")?.iter().filter_map(Value::as_str);
    let command: Vec<String> = words.map(|word| expand(word, &env).to_string()).collect();
    Ok(json!({ "command": command }))
}

pub(crate) fn probe_handlers(case: &Value) -> Result<(), String> {
    let expected = case.field("expect")?.opt_text("output_contains");
    let said = |verdict: &Verdict| said(verdict, expected);
    check(case, |op, input| match op {
        "http_status" => {
            let answer = HttpAnswer {
                status: input.int("status")?,
                body: input.opt_text("body").unwrap_or_default().to_owned(),
                location: None,
            };
            Ok(said(&verdict::http(true, || Ok(answer.clone()))))
        }
        "http_timeout" => http_timeout(input).map(|verdict| said(&verdict)),
        "http_redirect" => http_redirect(input).map(|verdict| said(&verdict)),
        "http_nonlocal" => http_nonlocal(input).map(|verdict| said(&verdict)),
        "http_headers" => Ok(http_headers(input, case.field("expect")?)),
        "exec" => exec(input).map(|verdict| said(&verdict)),
        "tcp" => tcp(input).map(|verdict| said(&verdict)),
        other => unknown_op(other),
    })
}

/// What came; text that contains what is expected counts as that.
fn said(verdict: &Verdict, expected: Option<&str>) -> Value {
    let result = match verdict.outcome {
        Outcome::Success => "Success",
        Outcome::Warning => "Warning",
        Outcome::Failure => "Failure",
        Outcome::Unknown => "Unknown",
    };
    json!({
        "result": result,
        "output": verdict.text,
        "output_contains": found(&verdict.text, expected),
        "error": verdict.is_error,
    })
}

fn found<'a>(text: &'a str, expected: Option<&'a str>) -> &'a str {
    expected.filter(|expected| text.contains(expected)).unwrap_or(text)
}

fn http_timeout(input: &Value) -> Result<Verdict, String> {
    let in_time = input.int::<i64>("server_answers_after_ms")? < input.int::<i64>("timeout_ms")?;
    let answer = || {
        let late = || "context deadline exceeded".to_owned();
        in_time
            .then(|| HttpAnswer { status: 200, body: String::new(), location: None })
            .ok_or_else(late)
    };
    Ok(verdict::http(true, answer))
}

fn http_redirect(input: &Value) -> Result<Verdict, String> {
    let body = input.opt_text("body").unwrap_or_default();
    let same_host = input.opt("same_host").is_none() || input.flag("same_host");
    let location = if same_host { Location::SameHost } else { Location::OtherHost };
    let answer = |status, location| HttpAnswer { status, body: body.to_owned(), location };
    let mut answers = vec![
        answer(input.int("target_status")?, None),
        answer(input.int("redirect_status")?, Some(location)),
    ];
    Ok(verdict::http(true, || answers.pop().ok_or_else(|| "no answer".to_owned())))
}

/// The places a case redirects to are told in words.
fn http_nonlocal(input: &Value) -> Result<Verdict, String> {
    let (first, to) = (input.int("first_status")?, input.text("redirect_to")?);
    let digits = |part: &str| part.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    let target: Option<u16> = to.rsplit([' ', '(']).next().and_then(digits);
    let other = to.contains("http://") || to.contains("other host,");
    let location = if other { Location::OtherHost } else { Location::SameHost };
    let redirect = HttpAnswer { status: first, body: String::new(), location: Some(location) };
    let mut asked = 0;
    let verdict = verdict::http(input.flag("follow_redirects_to_other_hosts"), || {
        asked += 1;
        if asked == 1 || to.contains("itself") {
            return Ok(redirect.clone());
        }
        let status = target.filter(|_| !to.contains("http://"));
        let status = status.ok_or_else(|| "connection refused".to_owned())?;
        Ok(HttpAnswer { status, body: String::new(), location: None })
    });
    Ok(verdict)
}

fn http_headers(input: &Value, expected: &Value) -> Value {
    let configured: Vec<(String, String)> = input
        .labels("configured_headers")
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let sent = verdict::http_headers(&configured);
    let mut names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let lines: Vec<String> = sent.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let lines = lines.join("\n");
    let unwanted = expected.opt_text("does_not_send");
    let host = sent.iter().find(|(name, _)| name == "Host");
    json!({
        "result": "Success",
        "header_names": names,
        "sends_header_text": found(&lines, expected.opt_text("sends_header_text")),
        "does_not_send": unwanted.filter(|unwanted| !names.contains(unwanted)),
        "host_seen": host.map(|(_, value)| value),
    })
}

fn exec(input: &Value) -> Result<Verdict, String> {
    if !input.flag("exec_probe_timeout_enabled") {
        return Err(not_applicable("exec: without timeouts, a gate that is locked since 1.34"));
    }
    let error = input.opt_text("command_error");
    let ran = match error {
        None => Ran::Exited(0),
        Some(error) if error.starts_with("timeout") => {
            Ran::TimedOut("command testcmd timed out".to_owned())
        }
        Some(error) => match error.strip_prefix("exit code ") {
            Some(code) => Ran::Exited(code.parse().unwrap_or(1)),
            None => Ran::NotRun(String::new()),
        },
    };
    // Upstream's table names an output only where the runtime gave one.
    let failed = matches!(ran, Ran::Exited(code) if code != 0);
    let output = if failed { "" } else { input.text("command_output")? };
    Ok(verdict::exec(ran, output.to_owned()))
}

fn tcp(input: &Value) -> Result<Verdict, String> {
    let open = input.text("port")? == "open";
    let refused = || "connect: connection refused".to_owned();
    Ok(verdict::tcp(if open { Ok(()) } else { Err(refused()) }))
}
