//! How fast an autoscaler may go: stabilisation windows and scaling policies.
//!
//! Models: kubernetes v1.36 `pkg/controller/podautoscaler/horizontal.go`
//! `stabilizeRecommendationWithBehaviors`, `convertDesiredReplicasWithBehaviorRate`; defaults of
//! `pkg/apis/autoscaling/v2/defaults.go`.

use crate::api::Value;
use crate::time::{Duration, Instant};

/// How long a scale-down waits for a higher recommendation, by default.
const DOWN_WINDOW: i64 = 300;
/// The longest window and period that count.
const LONGEST: Duration = Duration::from_hours(1);

/// How much may change in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Policy {
    percent: bool,
    value: i64,
    period: i64,
}

/// The rules of one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rules {
    window: Duration,
    policies: Vec<Policy>,
    disabled: bool,
    least_change: bool,
}

/// The rules of an autoscaler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behavior {
    up: Rules,
    down: Rules,
}

/// What an autoscaler remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    recommendations: Vec<(Instant, i64)>,
    /// Changes of the size, positive for growth.
    changes: Vec<(Instant, i64)>,
}

/// Why the size is not the one recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It is.
    None,
    /// `maxReplicas`.
    TooManyReplicas,
    /// `minReplicas`.
    TooFewReplicas,
    /// A policy lets it grow no faster.
    ScaleUpLimit,
    /// A policy lets it shrink no faster.
    ScaleDownLimit,
}

impl Limit {
    /// Reason and message of the condition `ScalingLimited`.
    pub const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::None => {
                ("DesiredWithinRange", "the desired count is within the acceptable range")
            }
            Self::TooManyReplicas => (
                "TooManyReplicas",
                "the desired replica count is more than the maximum replica count",
            ),
            Self::TooFewReplicas => (
                "TooFewReplicas",
                "the desired replica count is less than the minimum replica count",
            ),
            Self::ScaleUpLimit => (
                "ScaleUpLimit",
                "the desired replica count is increasing faster than the maximum scale rate",
            ),
            Self::ScaleDownLimit => (
                "ScaleDownLimit",
                "the desired replica count is decreasing faster than the maximum scale rate",
            ),
        }
    }
}

impl Behavior {
    /// Reads `spec.behavior`, with the defaults filled in.
    pub fn read(behavior: &Value) -> Self {
        let up = [
            Policy { percent: false, value: 4, period: 15 },
            Policy { percent: true, value: 100, period: 15 },
        ];
        let down = [Policy { percent: true, value: 100, period: 15 }];
        Self {
            up: Rules::read(behavior.get("scaleUp"), 0, &up),
            down: Rules::read(behavior.get("scaleDown"), DOWN_WINDOW, &down),
        }
    }
}

impl Rules {
    fn read(rules: Option<&Value>, window: i64, policies: &[Policy]) -> Self {
        let none = Value::Null;
        let rules = rules.unwrap_or(&none);
        let int = |value: &Value, key: &str| value.get(key).and_then(Value::as_int);
        let typed = rules.get("policies").and_then(Value::as_list).unwrap_or_default();
        let typed: Vec<Policy> = typed
            .iter()
            .map(|policy| Policy {
                percent: policy.get("type").and_then(Value::as_str) == Some("Percent"),
                value: int(policy, "value").unwrap_or(0),
                period: int(policy, "periodSeconds").unwrap_or(15),
            })
            .collect();
        let select = rules.get("selectPolicy").and_then(Value::as_str);
        let seconds = int(rules, "stabilizationWindowSeconds").unwrap_or(window).clamp(0, 3_600);
        Self {
            window: Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
            policies: if typed.is_empty() { policies.to_vec() } else { typed },
            disabled: select == Some("Disabled"),
            least_change: select == Some("Min"),
        }
    }
}

impl Memory {
    /// Notes the size found when the autoscaler first looked.
    pub fn begin(&mut self, current: i64, now: Instant) {
        if self.recommendations.is_empty() {
            self.recommendations.push((now, current));
        }
    }

    /// Notes that the size was changed by `by`.
    pub fn changed(&mut self, by: i64, now: Instant) {
        self.changes.push((now, by));
    }

    /// The size after waiting for recommendations to settle: no more than was recommended at any
    /// time of the upward window, no less than at any time of the downward one.
    pub fn stabilized(
        &mut self,
        behavior: &Behavior,
        current: i64,
        wanted: i64,
        now: Instant,
    ) -> i64 {
        self.recommendations.retain(|(at, _)| now.since(*at) <= LONGEST);
        self.changes.retain(|(at, _)| now.since(*at) <= LONGEST);
        let within = |window: Duration| {
            let recent = self.recommendations.iter();
            recent.filter(move |(at, _)| now.since(*at) < window).map(|(_, size)| *size)
        };
        let least = within(behavior.up.window).chain([wanted]).min().unwrap_or(wanted);
        let most = within(behavior.down.window).chain([wanted]).max().unwrap_or(wanted);
        self.recommendations.push((now, wanted));
        current.max(least).min(most)
    }

    /// The size that the policies and the bounds allow.
    pub fn limited(
        &self,
        behavior: &Behavior,
        current: i64,
        wanted: i64,
        bounds: (i64, i64),
        now: Instant,
    ) -> (i64, Limit) {
        let (least, most) = bounds;
        if wanted > current {
            let fastest = self.fastest(&behavior.up, current, 1, now).max(current);
            if wanted > most.min(fastest) {
                let limit =
                    if most <= fastest { Limit::TooManyReplicas } else { Limit::ScaleUpLimit };
                return (most.min(fastest), limit);
            }
        } else if wanted < current {
            let fastest = self.fastest(&behavior.down, current, -1, now).min(current);
            if wanted < least.max(fastest) {
                let limit =
                    if least >= fastest { Limit::TooFewReplicas } else { Limit::ScaleDownLimit };
                return (least.max(fastest), limit);
            }
        } else if wanted > most {
            return (most, Limit::TooManyReplicas);
        } else if wanted < least {
            return (least, Limit::TooFewReplicas);
        }
        (wanted, Limit::None)
    }

    /// The furthest that the policies let the size go in a direction.
    fn fastest(&self, rules: &Rules, current: i64, sign: i64, now: Instant) -> i64 {
        if rules.disabled {
            return current;
        }
        let reach = rules.policies.iter().map(|policy| {
            let period = Duration::from_secs(u64::try_from(policy.period).unwrap_or(0));
            let recent = self
                .changes
                .iter()
                .filter(|(at, by)| now.since(*at) < period && by.signum() == sign);
            let start = current - recent.map(|(_, by)| by).sum::<i64>();
            if policy.percent {
                // Growth is rounded up, shrinking down: half of 3 pods leaves 1.
                let share = start * (100 + sign * policy.value);
                if sign > 0 {
                    share.div_euclid(100) + i64::from(share % 100 != 0)
                } else {
                    share / 100
                }
            } else {
                start + sign * policy.value
            }
        });
        let furthest = (sign > 0) != rules.least_change;
        let chosen = if furthest { reach.max() } else { reach.min() };
        chosen.unwrap_or(current)
    }
}

#[cfg(test)]
mod tests {
    use super::{Behavior, Limit, Memory};
    use crate::api::Value;
    use crate::time::Instant;

    #[test]
    fn growth_doubles_or_adds_four_in_fifteen_seconds() {
        let behavior = Behavior::read(&Value::Null);
        let mut memory = Memory::default();
        let at = Instant::from_secs;
        let limited = |memory: &Memory, current, wanted, now| {
            memory.limited(&behavior, current, wanted, (1, 100), at(now))
        };
        assert_eq!(limited(&memory, 2, 50, 0), (6, Limit::ScaleUpLimit));
        memory.changed(4, at(0));
        assert_eq!(limited(&memory, 6, 50, 10), (6, Limit::ScaleUpLimit));
        assert_eq!(limited(&memory, 6, 50, 15), (12, Limit::ScaleUpLimit));
        assert_eq!(limited(&memory, 6, 200, 60).1, Limit::ScaleUpLimit);
        assert_eq!(memory.limited(&behavior, 6, 200, (1, 8), at(60)), (8, Limit::TooManyReplicas));
    }

    #[test]
    fn shrinking_waits_for_the_highest_recommendation_of_five_minutes() {
        let behavior = Behavior::read(&Value::Null);
        let mut memory = Memory::default();
        let at = Instant::from_secs;
        memory.begin(9, at(0));
        assert_eq!(memory.stabilized(&behavior, 9, 3, at(15)), 9);
        assert_eq!(memory.stabilized(&behavior, 9, 4, at(200)), 9);
        assert_eq!(memory.stabilized(&behavior, 9, 3, at(301)), 4);
    }
}
