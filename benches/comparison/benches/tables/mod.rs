//! The tables, and the list of targets that they fill.

pub mod handshakes;
pub mod refusals;
pub mod revocation;
pub mod rotation;
pub mod rules;
pub mod threads;
pub mod verification;
pub mod worst;

/// What was promised, and what was measured.
#[derive(Default)]
pub struct Targets(Vec<Target>);

/// One line, for all cases that have the same promise.
struct Target {
    what: String,
    bound: Bound,
    unit: &'static str,
    cases: Vec<(String, f64)>,
}

#[derive(Clone, Copy)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn is_met_by(self, measured: f64) -> bool {
        match self {
            Self::AtMost(most) => measured <= most,
            Self::AtLeast(least) => measured >= least,
        }
    }

    /// The smaller, the better.
    fn badness(self, measured: f64) -> f64 {
        match self {
            Self::AtMost(_) => measured,
            Self::AtLeast(_) => -measured,
        }
    }
}

impl Targets {
    /// A case of a promise.
    pub fn add(
        &mut self,
        what: impl Into<String>,
        bound: Bound,
        unit: &'static str,
        case: impl Into<String>,
        measured: f64,
    ) {
        let (what, case) = (what.into(), (case.into(), measured));
        match self.0.iter_mut().find(|target| target.what == what) {
            Some(target) => target.cases.push(case),
            None => self.0.push(Target {
                what,
                bound,
                unit,
                cases: vec![case],
            }),
        }
    }

    pub fn print(&self) {
        println!(
            "\n{:52} {:>14} {:>9}  {:15} worst case",
            "target", "promised", "measured", "met"
        );
        for target in &self.0 {
            let Target { bound, cases, .. } = target;
            let promised = match bound {
                Bound::AtMost(most) => format!("at most {most}"),
                Bound::AtLeast(least) => format!("at least {least}"),
            };
            let worst = cases
                .iter()
                .max_by(|(_, one), (_, other)| {
                    bound.badness(*one).total_cmp(&bound.badness(*other))
                })
                .expect("a target has a case");
            let unmet = cases.iter().filter(|(_, it)| !bound.is_met_by(*it)).count();
            println!(
                "{:52} {promised:>14} {:>7.3}{:2}  {:15} {}",
                target.what,
                worst.1,
                target.unit,
                match unmet {
                    0 => "met".to_owned(),
                    unmet => format!("NOT MET, {unmet}/{}", cases.len()),
                },
                worst.0,
            );
        }
        println!("Elsewhere: instructions (instructions.py), allocations (the bench `memory`).");
    }
}
