//! The search for few rows: greedy, then by taking rows away.

use super::coverage::Coverage;
use super::model::{Model, Row};
use super::{CANDIDATES, EFFORT};

/// Is how many steps a changed value is left alone.
const TENURE: usize = 6;

/// Is a set of rows under construction.
pub struct Search<'m> {
    model: &'m Model,
    coverage: Coverage,
    rows: Vec<Row>,
    random: Random,
}

impl<'m> Search<'m> {
    /// Begins without rows.
    pub fn new(model: &'m Model, coverage: Coverage) -> Self {
        Self { model, coverage, rows: Vec::new(), random: Random(0x9e37_79b9_7f4a_7c15) }
    }

    /// Gives the rows.
    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Adds rows until nothing is missing.
    pub fn build(&mut self) {
        let work: usize = (0..self.model.sizes.len())
            .map(|parameter| self.model.sizes[parameter] * self.coverage.weight(parameter))
            .sum();
        // The rows will be about twice as many as the most values that go together.
        let rows = 2 * self.fewest();
        let candidates = (EFFORT / (work * rows).max(1)).clamp(1, CANDIDATES);
        while !self.coverage.missing().is_empty() {
            let made = (0..candidates).filter_map(|_| self.candidate());
            let mut best: Option<(usize, Row)> = None;
            for row in made.collect::<Vec<_>>() {
                let before = self.coverage.missing().len();
                self.coverage.add(&row);
                let gain = before - self.coverage.missing().len();
                self.coverage.remove(&row);
                if best.as_ref().is_none_or(|(most, _)| gain > *most) {
                    best = Some((gain, row));
                }
            }
            let (_, row) = best.expect("what is missing is possible");
            self.coverage.add(&row);
            self.rows.push(row);
        }
    }

    /// Makes a row: something that is missing, then value by value what adds most.
    fn candidate(&mut self) -> Option<Row> {
        let missing = self.coverage.missing();
        let seed = missing[self.random.below(missing.len())];
        let mut row = vec![None; self.model.sizes.len()];
        self.coverage.values(seed, |parameter, value| row[parameter] = Some(value), self.model);
        let mut open: Vec<usize> = (0..row.len()).filter(|&at| row[at].is_none()).collect();
        self.random.shuffle(&mut open);
        for parameter in open {
            let mut best = (0, Vec::new());
            for value in 0..self.model.sizes[parameter] {
                let gain = self.coverage.gain(&row, parameter, value) + 1;
                if gain >= best.0 && self.fits(&mut row, parameter, value) {
                    if gain > best.0 {
                        best = (gain, Vec::new());
                    }
                    best.1.push(value);
                }
            }
            let choices = best.1;
            row[parameter] = Some(*choices.get(self.random.below(choices.len()))?);
        }
        row.into_iter().collect()
    }

    fn fits(&self, row: &mut [Option<usize>], parameter: usize, value: usize) -> bool {
        row[parameter] = Some(value);
        let fits = self.model.is_possible(row);
        row[parameter] = None;
        fits
    }

    /// Takes rows away for as long as the others can be changed to cover everything.
    pub fn shrink(&mut self) {
        let fewest = self.fewest();
        while self.rows.len() > fewest {
            let before = self.rows.clone();
            let spare = (0..self.rows.len()).min_by_key(|&at| self.coverage.alone(&self.rows[at]));
            let row = self.rows.swap_remove(spare.expect("there are rows"));
            self.coverage.remove(&row);
            if !self.repair() {
                for row in &self.rows {
                    self.coverage.remove(row);
                }
                for row in &before {
                    self.coverage.add(row);
                }
                self.rows = before;
                return;
            }
        }
    }

    /// Changes values until nothing is missing; gives up after a while.
    fn repair(&mut self) -> bool {
        let parameters = self.model.sizes.len();
        let weight = self.coverage.weight(0).max(1);
        let steps = EFFORT / (self.rows.len() * weight * 8).max(1);
        let mut quiet = vec![vec![0; parameters]; self.rows.len()];
        let mut fewest = self.coverage.missing().len();
        for step in 1..=steps {
            let missing = self.coverage.missing();
            if missing.is_empty() {
                return true;
            }
            let wanted = missing[self.random.below(missing.len())];
            let mut values = Vec::new();
            self.coverage.values(wanted, |at, value| values.push((at, value)), self.model);
            let Some((at, left)) = self.best_row(&values, &quiet, step, fewest) else { continue };
            fewest = fewest.min(left);
            for &(parameter, value) in &values {
                if self.rows[at][parameter] != value {
                    self.coverage.change(&mut self.rows[at], parameter, value);
                    quiet[at][parameter] = step + TENURE;
                }
            }
        }
        self.coverage.missing().is_empty()
    }

    /// Finds the row that can take some values at the least cost, and tells what would be missing.
    fn best_row(
        &mut self,
        values: &[(usize, usize)],
        quiet: &[Vec<usize>],
        step: usize,
        fewest: usize,
    ) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        let mut ties = 0;
        for (at, quiet) in quiet.iter().enumerate() {
            let Some(left) = self.trial(at, values) else { continue };
            let changes = |&&(parameter, value): &&(usize, usize)| {
                self.rows[at][parameter] != value && quiet[parameter] > step
            };
            // What has just been changed stays, unless the result is better than all before.
            if left >= fewest && values.iter().any(|value| changes(&value)) {
                continue;
            }
            if best.is_none_or(|(_, least)| left < least) {
                (best, ties) = (Some((at, left)), 1);
            } else if best.is_some_and(|(_, least)| left == least) {
                ties += 1;
                if self.random.below(ties) == 0 {
                    best = Some((at, left));
                }
            }
        }
        best
    }

    /// Tells how much would be missing if a row took some values; none if it may not.
    fn trial(&mut self, at: usize, values: &[(usize, usize)]) -> Option<usize> {
        let before: Vec<_> = values.iter().map(|&(at_, _)| (at_, self.rows[at][at_])).collect();
        let mut row = std::mem::take(&mut self.rows[at]);
        for &(parameter, value) in values {
            if row[parameter] != value {
                self.coverage.change(&mut row, parameter, value);
            }
        }
        let left = self.model.allows(&row).then(|| self.coverage.missing().len());
        for (parameter, value) in before {
            if row[parameter] != value {
                self.coverage.change(&mut row, parameter, value);
            }
        }
        self.rows[at] = row;
        left
    }

    /// Gives a number that no set of rows is below: the values of the largest parameters.
    fn fewest(&self) -> usize {
        let mut least = 1;
        if self.model.forbidden.is_empty() {
            let mut sizes = self.model.sizes.clone();
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            least = sizes.iter().take(self.coverage.strength()).product();
        }
        least
    }
}

/// Is a generator of numbers (splitmix64), the same ones each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap_or(0) % limit.max(1)
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
