//! Parameters, how many values each has, and which values do not go together.

/// Gives each parameter a value.
pub type Row = Vec<usize>;

/// Is a set of parameters.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// How many values each parameter has.
    pub sizes: Vec<usize>,
    /// Values, each with its parameter, that do not occur together.
    pub forbidden: Vec<Vec<(usize, usize)>>,
}

impl Model {
    /// Tells whether a row, or the beginning of one, holds nothing that is forbidden.
    pub fn allows(&self, row: &[usize]) -> bool {
        let holds = |&(at, value): &(usize, usize)| row.get(at) == Some(&value);
        !self.forbidden.iter().any(|tuple| tuple.iter().all(holds))
    }

    /// Fills the gaps of a row; none if no values fit.
    pub fn complete(&self, row: &[Option<usize>]) -> Option<Row> {
        if self.clashes(row) {
            return None;
        }
        let Some(gap) = row.iter().position(Option::is_none) else {
            return Some(row.iter().copied().flatten().collect());
        };
        let mut row = row.to_vec();
        (0..self.sizes[gap]).find_map(|value| {
            row[gap] = Some(value);
            self.complete(&row)
        })
    }

    /// Tells whether some values fill the gaps of a row.
    pub fn is_possible(&self, row: &[Option<usize>]) -> bool {
        if self.forbidden.is_empty() {
            return true;
        }
        // What nothing is said about fits whatever it is.
        let free =
            |at: usize| !self.forbidden.iter().flatten().any(|&(parameter, _)| parameter == at);
        let settled = row.iter().enumerate().map(|(at, value)| value.or(free(at).then_some(0)));
        self.complete(&settled.collect::<Vec<_>>()).is_some()
    }

    fn clashes(&self, row: &[Option<usize>]) -> bool {
        let holds = |&(at, value): &(usize, usize)| row[at] == Some(value);
        self.forbidden.iter().any(|tuple| tuple.iter().all(holds))
    }
}
