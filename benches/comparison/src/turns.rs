//! Times that can be compared on a machine that others use too: all sides take turns in short batches.

use std::time::{Duration, Instant};

/// How often the sides take turns.
const ROUNDS: usize = 301;
/// About how long a batch lasts; one call, if that takes longer.
const BATCH: Duration = Duration::from_micros(400);

/// The seconds that a call of one side took, round by round.
#[derive(Clone, Debug)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn of_rounds(rounds: Vec<f64>) -> Self {
        Self(rounds)
    }

    pub fn median(&self) -> f64 {
        median(self.0.clone())
    }

    pub fn microseconds(&self) -> f64 {
        self.median() * 1e6
    }

    /// How many times as long as `other`: the median over the rounds, within each of which both were disturbed alike.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect())
    }

    /// How much longer than `other`, in seconds.
    pub fn beyond(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(a, b)| a - b).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Times of functions that take turns, so that what disturbs one disturbs all. Each round starts with another one, so
/// that none always follows the same.
pub fn take_turns<const N: usize>(functions: [&dyn Fn(); N]) -> [Times; N] {
    let rounds = if crate::only_tested() { 1 } else { ROUNDS };
    let batches = functions.map(batch_of);
    let mut times = [const { Vec::new() }; N];
    for round in 0..rounds {
        for turn in 0..N {
            let side = (round + turn) % N;
            let (function, batch) = (functions[side], batches[side]);
            let start = Instant::now();
            for _ in 0..batch {
                function();
            }
            times[side].push(start.elapsed().as_secs_f64() / f64::from(batch));
        }
    }
    times.map(Times)
}

/// How many calls make a batch.
fn batch_of(function: &dyn Fn()) -> u32 {
    if crate::only_tested() {
        return 1;
    }
    // The first calls fill caches.
    for _ in 0..3 {
        function();
    }
    let start = Instant::now();
    function();
    let call = start.elapsed().as_nanos().max(1);
    u32::try_from(BATCH.as_nanos() / call)
        .unwrap_or(u32::MAX)
        .max(1)
}
