//! What comes of a rehearsal, as text that people like to read: a table of all verdicts, who changes and why, and what ends.
//! Whatever certificates say is escaped by the library.

use std::fmt;

use rustls_policy_verifier::{Change, PathEntry, RehearsedChain, Time, Verdict, Verdicts};

use crate::values::Expected;

pub(crate) struct Table<'a> {
    pub(crate) chains: &'a [RehearsedChain],
    pub(crate) expected: &'a Expected,
    pub(crate) now: Time,
    pub(crate) then: Time,
    pub(crate) days: u32,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            expected,
            now,
            then,
            days,
            ..
        } = self;
        let count = match self.chains.len() {
            1 => "1 chain".to_owned(),
            count => format!("{count} chains"),
        };
        writeln!(f, "{count}, as {expected}")?;
        writeln!(f, "now    {now}\nlater  {then}, {days} days\n")?;
        write_rows(f, "", &self.verdicts())?;
        for (change, headline) in [
            (Change::Refused, "would be refused"),
            (Change::RefusedLater, "would be refused later"),
            (Change::Accepted, "would newly be accepted"),
            (Change::AcceptedLater, "would newly be accepted later"),
        ] {
            self.write_changes(f, change, headline)?;
        }
        let ending = self.ending();
        if !ending.is_empty() {
            writeln!(f, "\ncertificates that end before {then}")?;
            write_rows(f, "  ", &ending)?;
        }
        Ok(())
    }
}

impl Table<'_> {
    fn verdicts(&self) -> Vec<Vec<String>> {
        let heads = [
            "chain",
            "in force, now",
            "proposed, now",
            "in force, later",
            "proposed, later",
            "change",
        ];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        for chain in self.chains {
            let Verdicts { now, then, .. } = &chain.current;
            let verdicts = [now, &chain.proposed.now, then, &chain.proposed.then];
            let mut row = vec![chain.name.clone()];
            row.extend(verdicts.map(|verdict| in_words(verdict).to_owned()));
            row.push(mark(chain.change()).to_owned());
            rows.push(row);
        }
        rows
    }

    fn write_changes(
        &self,
        f: &mut fmt::Formatter<'_>,
        change: Change,
        headline: &str,
    ) -> fmt::Result {
        let mut headline = Some(headline);
        for chain in self.chains.iter().filter(|it| it.change() == change) {
            if let Some(headline) = headline.take() {
                writeln!(f, "\n{headline}")?;
            }
            writeln!(f, "  {}  {}", chain.name, chain.subject)?;
            let Some(reason) = chain.reason() else {
                continue;
            };
            match change {
                Change::Refused | Change::RefusedLater => {
                    writeln!(f, "    {reason}\n    → {}", reason.hint())?;
                    write_others(f, chain)?;
                }
                _ => writeln!(f, "    refused so far: {reason}")?,
            }
        }
        Ok(())
    }

    /// Each certificate once, with the chains that it ends: the next to end first.
    fn ending(&self) -> Vec<Vec<String>> {
        let mut all: Vec<(&PathEntry, Vec<&str>)> = Vec::new();
        for chain in self.chains {
            for entry in &chain.ending {
                match all
                    .iter_mut()
                    .find(|(other, _)| other.sha256 == entry.sha256)
                {
                    Some((_, names)) => names.push(&chain.name),
                    None => all.push((entry, vec![&chain.name])),
                }
            }
        }
        let end = |entry: &PathEntry| entry.validity.map(|validity| validity.not_after);
        all.sort_by_key(|(entry, _)| end(entry));
        let rows = all.into_iter().map(|(entry, names)| {
            let end = end(entry).map_or_else(String::new, |end| end.to_string());
            let subject = entry.subject.clone();
            vec![end, entry.position.to_string(), subject, names.join(", ")]
        });
        rows.collect()
    }
}

fn in_words(verdict: &Verdict) -> &'static str {
    if verdict.is_accepted() {
        "accepted"
    } else {
        "refused"
    }
}

fn mark(change: Change) -> &'static str {
    match change {
        Change::None => "none",
        Change::Refused => "refused",
        Change::RefusedLater => "refused later",
        Change::Accepted => "accepted",
        Change::AcceptedLater => "accepted later",
        _ => "?",
    }
}

/// How much more there is.
fn write_others(f: &mut fmt::Formatter<'_>, chain: &RehearsedChain) -> fmt::Result {
    let verdict = match chain.change() {
        Change::RefusedLater => &chain.proposed.then,
        _ => &chain.proposed.now,
    };
    let Verdict::Refused(refusal) = verdict else {
        return Ok(());
    };
    match refusal.violations().len() {
        0 | 1 => Ok(()),
        2 => writeln!(f, "    and 1 more violation"),
        more => writeln!(f, "    and {} more violations", more.saturating_sub(1)),
    }
}

/// In columns, as wide as their widest.
fn write_rows(f: &mut fmt::Formatter<'_>, indent: &str, rows: &[Vec<String>]) -> fmt::Result {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for row in rows {
        let cells = row.iter().enumerate();
        let padded = cells.map(|(column, cell)| format!("{cell:<0$}", width(column)));
        let line = padded.collect::<Vec<_>>().join("  ");
        writeln!(f, "{indent}{}", line.trim_end())?;
    }
    Ok(())
}
