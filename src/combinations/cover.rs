//! Covering arrays: few rows in which every `t` parameters take all their values together.
//!
//! Rows are built greedily, as in AETG (Cohen and others, 1997), then taken away one by one for as long
//! as a tabu search finds another place for what they alone covered. A generator of numbers with a
//! fixed seed makes the choices, so that the same model always gives the same rows.

mod coverage;
mod model;
mod search;
#[cfg(test)]
mod tests;

pub use self::model::{Model, Row};

use self::coverage::Coverage;
use self::search::Search;

/// Is how many candidates compete to be the next row, if they are cheap.
const CANDIDATES: usize = 50;

/// Is how many steps the greedy phase and each attempt to take a row away may cost.
const EFFORT: usize = 1_000_000;

/// Covers every combination of values of `strength` parameters that the model allows.
///
/// A `strength` that exceeds the number of parameters gives every row.
pub fn cover(model: &Model, strength: usize) -> Vec<Row> {
    let strength = strength.min(model.sizes.len());
    let Some(first) = model.complete(&vec![None; model.sizes.len()]) else { return Vec::new() };
    if strength == 0 {
        return vec![first];
    }
    let mut search = Search::new(model, Coverage::new(model, strength));
    search.build();
    search.shrink();
    let mut rows = search.into_rows();
    rows.sort_unstable();
    rows
}

/// Lists every row that the model allows, in order; none if there are more than `most`.
pub fn all(model: &Model, most: usize) -> Option<Vec<Row>> {
    let mut rows = vec![Vec::new()];
    for &size in &model.sizes {
        let longer = rows.iter().flat_map(|row: &Row| {
            (0..size).map(|value| row.iter().copied().chain([value]).collect::<Row>())
        });
        rows = longer.filter(|row| model.allows(row)).take(most + 1).collect();
        if rows.len() > most {
            return None;
        }
    }
    Some(rows)
}
