//! Who asks, how often, for what, and how patiently: the knobs of the clients.

use crate::time::Duration;

/// The most requests a second to one Service.
pub const MAX_RATE: u32 = 10_000;
/// The most clients.
pub const MAX_CLIENTS: u32 = 10_000;
/// The most retries of one request.
pub const MAX_RETRIES: u32 = 10;
/// The longest time any knob takes.
pub const MAX_TIME: Duration = Duration::from_secs(600);

/// Times at which clients send more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// From the beginning of one to that of the next.
    pub every: Duration,
    /// How long one lasts.
    pub length: Duration,
    /// How many times the usual rate it has.
    pub factor: u32,
}

/// The clients of every Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clients {
    /// How many there are. They take turns on the nodes, so a Service is asked from all of them.
    pub count: u32,
    /// Whether a client keeps its connection, and so its pod, until the pod's process ends.
    pub keep_alive: bool,
    /// How long a pod that is not busy works on a request; `None` for as long as its image says.
    pub request_length: Option<Duration>,
    /// Of a hundred requests, how many are long ones.
    pub long_percent: u32,
    /// How long a pod that is not busy works on a long request.
    pub long_length: Duration,
    /// How long a client waits for an answer, retries not counted.
    pub timeout: Duration,
    /// How often a request that failed is sent again.
    pub retries: u32,
    /// When clients send more.
    pub burst: Option<Burst>,
    /// Whether they come as soon as there is a Service, and not only when it first has a ready
    /// endpoint.
    pub from_start: bool,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            count: 30,
            keep_alive: false,
            request_length: None,
            long_percent: 0,
            long_length: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            retries: 0,
            burst: None,
            from_start: false,
        }
    }
}

impl Clients {
    /// The knobs that differ from the default, in words.
    pub fn text(&self) -> String {
        let usual = Self::default();
        let mut parts = vec![format!("{} clients", self.count)];
        if self.keep_alive {
            parts.push("keep-alive".to_owned());
        }
        if let Some(length) = self.request_length {
            parts.push(format!("{} ms a request", length.as_millis()));
        }
        if self.long_percent > 0 {
            let (percent, length) = (self.long_percent, self.long_length.as_millis());
            parts.push(format!("{percent} % of {length} ms"));
        }
        if self.timeout != usual.timeout {
            parts.push(format!("timeout {} ms", self.timeout.as_millis()));
        }
        if self.retries > 0 {
            parts.push(format!("{} retries", self.retries));
        }
        if let Some(Burst { every, length, factor }) = self.burst {
            let (every, length) = (every.as_secs(), length.as_secs());
            parts.push(format!("{factor} times as many for {length} s every {every} s"));
        }
        if self.from_start {
            parts.push("from the start".to_owned());
        }
        parts.join(", ")
    }

    /// What is absurd about these knobs, if anything.
    ///
    /// # Errors
    /// A sentence about the first knob that is out of its range.
    pub fn check(&self) -> Result<(), String> {
        let whole = |name: &str, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} must be between {least} and {most}, not {value}"))
            }
        };
        whole("clients", self.count, 1, MAX_CLIENTS)?;
        whole("retries", self.retries, 0, MAX_RETRIES)?;
        whole("the percentage of long requests", self.long_percent, 0, 100)?;
        check_time("the request length", self.request_length.unwrap_or_default())?;
        check_time("the length of long requests", self.long_length)?;
        check_time("the client timeout", self.timeout)?;
        if self.timeout.is_zero() {
            return Err("the client timeout must be longer than 0".to_owned());
        }
        let Some(burst) = self.burst else { return Ok(()) };
        check_time("the time between bursts", burst.every)?;
        whole("the burst factor", burst.factor, 1, 1_000)?;
        if burst.length.is_zero() || burst.length > burst.every {
            return Err("a burst must last longer than 0 and end before the next".to_owned());
        }
        Ok(())
    }
}

/// Whether a time is one a knob takes.
///
/// # Errors
/// A sentence with the limit when it is not.
pub fn check_time(name: &str, time: Duration) -> Result<(), String> {
    if time <= MAX_TIME {
        Ok(())
    } else {
        Err(format!("{name} is at most {} minutes", MAX_TIME.as_secs() / 60))
    }
}
