//! How fast virtual time passes on the screen. Pure: a frame's length in, a step of time out.

use rollscope_sim::{Duration, Instant};

/// The speeds one can choose, in tenths of real time.
pub(crate) const SPEEDS: [u32; 13] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
/// The index of real time in [`SPEEDS`].
const REAL_TIME: usize = 3;
/// The longest frame that counts: a laptop that slept does not fast-forward.
const LONGEST_FRAME: Duration = Duration::from_millis(100);

/// Whether time passes, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Playback {
    pub(crate) playing: bool,
    speed: usize,
}

impl Default for Playback {
    fn default() -> Self {
        Self { playing: false, speed: REAL_TIME }
    }
}

impl Playback {
    /// The chosen speed as an index of [`SPEEDS`].
    pub(crate) const fn speed_index(self) -> usize {
        self.speed
    }

    /// The chosen speed in tenths of real time.
    pub(crate) fn tenths(self) -> u32 {
        SPEEDS.get(self.speed).copied().unwrap_or(10)
    }

    pub(crate) fn with_speed(self, index: usize) -> Self {
        Self { speed: index.min(SPEEDS.len() - 1), ..self }
    }

    pub(crate) fn faster(self) -> Self {
        self.with_speed(self.speed + 1)
    }

    pub(crate) fn slower(self) -> Self {
        self.with_speed(self.speed.saturating_sub(1))
    }

    /// How much virtual time passes during a frame of this length.
    pub(crate) fn step(self, frame: Duration) -> Duration {
        if self.playing { frame.min(LONGEST_FRAME) * self.tenths() / 10 } else { Duration::ZERO }
    }

    /// `0.1×`, `1×`, `100×`.
    pub(crate) fn speed_text(self) -> String {
        let tenths = self.tenths();
        if tenths < 10 { format!("0.{tenths}×") } else { format!("{}×", tenths / 10) }
    }
}

/// `1:02.345`: minutes, seconds, thousandths.
pub(crate) fn clock(at: Instant) -> String {
    format!("{}.{:03}", short_clock(at), at.as_millis() % 1_000)
}

/// `1:02`: minutes and seconds.
pub(crate) fn short_clock(at: Instant) -> String {
    format!("{}:{:02}", at.as_secs() / 60, at.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_multiplied_by_the_speed_and_a_long_one_is_cut() {
        let cases = [(3, 16, 16_000), (0, 16, 1_600), (9, 16, 1_600_000), (3, 60_000, 100_000)];
        for (speed, frame_ms, expected_us) in cases {
            let playback = Playback { playing: true, ..Playback::default() }.with_speed(speed);
            let step = playback.step(Duration::from_millis(frame_ms));
            assert_eq!(step.as_micros(), expected_us, "speed {speed}, {frame_ms} ms");
        }
        assert!(Playback::default().step(Duration::from_millis(16)).is_zero());
    }

    #[test]
    fn speeds_end_at_both_ends() {
        let mut playback = Playback::default();
        for _ in 0..20 {
            playback = playback.faster();
        }
        assert_eq!(playback.speed_text(), "1000×");
        for _ in 0..20 {
            playback = playback.slower();
        }
        assert_eq!(playback.speed_text(), "0.1×");
    }

    #[test]
    fn the_clock_reads_minutes_seconds_and_thousandths() {
        assert_eq!(clock(Instant::from_millis(62_345)), "1:02.345");
        assert_eq!(short_clock(Instant::from_millis(5_999)), "0:05");
    }
}
