//! Waits that grow.

use rollscope_sim::kubelet::back_off::BackOff;
use rollscope_sim::{Duration, Instant};
use serde_json::{Value, json};

use super::case::{Fields, check, not_applicable, unknown_op};

pub(crate) fn topic(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "doubling" => doubling(input),
        "reset" => reset(input),
        "timeline" => timeline(input),
        "crashloop" => crashloop(input),
        "image_pull" => Err(not_applicable("image_pull: issue: pod life")),
        other => unknown_op(other),
    })
}

fn back_off(input: &Value) -> Result<BackOff, String> {
    let seconds = |key| input.int(key).map(Duration::from_secs);
    Ok(BackOff::new(seconds("initial_s")?, seconds("max_s")?))
}

fn numbers(input: &Value, key: &str) -> Result<Vec<u64>, String> {
    Ok(input.list(key)?.iter().filter_map(Value::as_u64).collect())
}

fn doubling(input: &Value) -> Result<Value, String> {
    let mut back_off = back_off(input)?;
    let between: u64 = input.int("seconds_between")?;
    let delays = (0..input.int("failures")?).map(|failure: u64| {
        let now = Instant::from_secs(failure * between);
        back_off.raise(now, now);
        back_off.delay().as_secs()
    });
    Ok(json!({ "delay_after_each_failure_s": delays.collect::<Vec<u64>>() }))
}

fn reset(input: &Value) -> Result<Value, String> {
    let mut back_off = back_off(input)?;
    for second in numbers(input, "failures_at_s")? {
        let now = Instant::from_secs(second);
        back_off.raise(now, now);
    }
    let checks = input.list("checks")?.iter().map(|check| {
        let time = |key| check.int(key).map(Instant::from_secs);
        Ok(back_off.is_in_back_off_since(time("event_s")?, time("now_s")?))
    });
    Ok(json!({ "in_backoff": checks.collect::<Result<Vec<bool>, String>>()? }))
}

/// At every tick that is not in back-off something runs and fails.
fn timeline(input: &Value) -> Result<Value, String> {
    let mut back_off = back_off(input)?;
    let ticks = numbers(input, "ticks_s")?.into_iter().map(|second| {
        let now = Instant::from_secs(second);
        let waits = back_off.is_in_back_off_since_update(now);
        let delay = waits.then(|| back_off.delay().as_secs());
        if !waits {
            back_off.raise(now, now);
        }
        json!({ "in_backoff": waits, "delay_s": delay })
    });
    Ok(json!({ "ticks": ticks.collect::<Vec<Value>>() }))
}

fn crashloop(input: &Value) -> Result<Value, String> {
    let mut back_off = back_off(input)?;
    let mut now = Instant::BOOT;
    let waits = numbers(input, "run_seconds")?.into_iter().map(|run| {
        let started = now;
        let finished = started + Duration::from_secs(run);
        let wait = back_off.failed(started, finished);
        now = finished + wait;
        wait.as_secs()
    });
    Ok(json!({ "delay_before_restart_s": waits.collect::<Vec<u64>>() }))
}
