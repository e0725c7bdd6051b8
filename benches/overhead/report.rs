//! The table: medians, and ratios to the floor.

use std::{fmt, time::Duration};

use crate::{load::Seen, server::Lost};

/// One measurement.
pub struct Sample {
    pub result: Seen,
    pub cpu_time: Duration,
    pub peak_memory: f64,
    pub lost: Lost,
}

/// What is reported of a sample, in which unit.
type Column = (&'static str, fn(&Sample) -> f64);

const COLUMNS: [Column; 5] = [
    ("requests/s", |sample| sample.result.per_second),
    ("CPU µs/request", |sample| sample.cpu_time.as_secs_f64() * 1e6 / sample.result.requests),
    ("p50 ms", |sample| sample.result.p50.as_secs_f64() * 1e3),
    ("p99 ms", |sample| sample.result.p99.as_secs_f64() * 1e3),
    ("peak MiB", |sample| sample.peak_memory / f64::from(1 << 20)),
];

/// The samples of all arms, the first of which is the floor.
pub struct Report {
    arms: Vec<(String, Vec<Sample>)>,
}

impl Report {
    pub fn new(names: Vec<String>) -> Self {
        Self { arms: names.into_iter().map(|name| (name, Vec::new())).collect() }
    }

    pub fn add(&mut self, arm: usize, sample: Sample) {
        self.arms[arm].1.push(sample);
    }
}

/// Writes a table in Markdown: the median, and the median of the ratios with the least and the
/// greatest of them.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = COLUMNS.map(|(name, _)| name);
        writeln!(formatter, "| | {} |", names.join(" | "))?;
        writeln!(formatter, "|---|{}", "---|".repeat(COLUMNS.len()))?;
        let (_, floor) = &self.arms[0];
        for (name, samples) in &self.arms {
            write!(formatter, "| {name} |")?;
            for (_, figure) in COLUMNS {
                let figures = sorted(samples.iter().map(figure));
                write!(formatter, " {:.*}", precision(median(&figures)), median(&figures))?;
                let pairs = samples.iter().zip(floor);
                let ratios = sorted(pairs.map(|(sample, floor)| figure(sample) / figure(floor)));
                let (least, greatest) = (ratios[0], ratios[ratios.len() - 1]);
                write!(formatter, ": {:.2} ({least:.2}–{greatest:.2}) |", median(&ratios))?;
            }
            writeln!(formatter)?;
        }
        for (name, samples) in &self.arms {
            let total = |count: fn(&Lost) -> f64| -> f64 {
                samples.iter().map(|sample| count(&sample.lost)).sum()
            };
            let (spans, lines) = (total(|lost| lost.spans), total(|lost| lost.lines));
            let exported = total(|lost| lost.spans_exported);
            if exported + spans + lines > 0.0 {
                let share = 100.0 * spans / (exported + spans);
                writeln!(
                    formatter,
                    "\n{name}: {exported} spans exported, {spans} lost ({share:.1} %), \
                     {lines} log lines lost"
                )?;
            }
        }
        Ok(())
    }
}

fn sorted(figures: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

/// Returns how many digits after the point are worth reading.
fn precision(figure: f64) -> usize {
    usize::from(figure < 100.0)
}
