use super::coverage::subsets;
use super::{Model, Row, all, cover};

/// Fails unless every combination of `strength` values that some allowed row has is in the rows.
fn assert_covers(model: &Model, strength: usize, rows: &[Row]) {
    for row in rows {
        assert!(model.allows(row), "{row:?} is forbidden by {model:?}");
    }
    let possible = all(model, 100_000).expect("the model is small");
    subsets(model.sizes.len(), strength, &mut |parameters| {
        let project = |row: &Row| parameters.iter().map(|&at| row[at]).collect::<Row>();
        let mut wanted: Vec<Row> = possible.iter().map(project).collect();
        let mut found: Vec<Row> = rows.iter().map(project).collect();
        for list in [&mut wanted, &mut found] {
            list.sort();
            list.dedup();
        }
        assert_eq!(found, wanted, "{parameters:?} of {model:?}");
    });
}

/// Counts the pairs of values that no row has.
fn missing_pairs(model: &Model, rows: &[Row]) -> usize {
    let mut missing = 0;
    subsets(model.sizes.len(), 2, &mut |pair| {
        let (a, b) = (pair[0], pair[1]);
        let mut seen = vec![false; model.sizes[a] * model.sizes[b]];
        for row in rows {
            seen[row[a] * model.sizes[b] + row[b]] = true;
        }
        missing += seen.iter().filter(|seen| !**seen).count();
    });
    missing
}

fn sizes(groups: &[(usize, usize)]) -> Model {
    let sizes = groups.iter().flat_map(|&(values, count)| std::iter::repeat_n(values, count));
    Model { sizes: sizes.collect(), forbidden: Vec::new() }
}

/// Makes models of all kinds, the same ones each time.
fn models() -> Vec<Model> {
    let mut state = 1_u64;
    let mut below = |limit: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % limit
    };
    let mut models = Vec::new();
    for _ in 0..40 {
        let sizes: Vec<usize> = (0..=below(5)).map(|_| 1 + below(4)).collect();
        let tuple = |below: &mut dyn FnMut(usize) -> usize| {
            let mut tuple: Vec<(usize, usize)> = Vec::new();
            for (at, &size) in sizes.iter().enumerate() {
                if below(2) == 0 {
                    tuple.push((at, below(size)));
                }
            }
            tuple
        };
        let forbidden = (0..below(5)).map(|_| tuple(&mut below)).filter(|tuple| tuple.len() > 1);
        let forbidden = forbidden.collect();
        models.push(Model { sizes, forbidden });
    }
    models
}

#[test]
fn every_combination_is_covered_and_nothing_is_forbidden() {
    for model in models() {
        for strength in 1..=3.min(model.sizes.len()) {
            assert_covers(&model, strength, &cover(&model, strength));
        }
    }
}

#[test]
fn the_same_model_gives_the_same_rows() {
    let model = sizes(&[(4, 2), (3, 3), (2, 4)]);
    assert_eq!(cover(&model, 2), cover(&model, 2));
}

#[test]
fn rows_are_about_as_few_as_the_best_generators_find() {
    // AETG publishes 9, 15, 41 for 4^15 3^17 2^29, and 180 for 10^20; PICT 9, 18, 37 and 210.
    for (groups, most) in [
        (&[(3, 4)][..], 9),
        (&[(3, 13)], 15),
        (&[(2, 10)], 6),
        (&[(2, 100)], 10),
        (&[(5, 1), (3, 8), (2, 2)], 15),
        (&[(4, 15), (3, 17), (2, 29)], 32),
        (&[(10, 20)], 200),
    ] {
        let model = sizes(groups);
        let rows = cover(&model, 2);
        assert_eq!(missing_pairs(&model, &rows), 0, "{groups:?}");
        assert!(rows.len() <= most, "{groups:?}: {} rows", rows.len());
    }
}

#[test]
fn three_at_a_time_takes_more_rows_and_still_few() {
    for (groups, most) in [(&[(2, 4)][..], 8), (&[(2, 10)], 12), (&[(3, 6)], 33)] {
        let rows = cover(&sizes(groups), 3);
        assert_covers(&sizes(groups), 3, &rows);
        assert!(rows.len() <= most, "{groups:?}: {} rows", rows.len());
    }
}

#[test]
fn small_models_are_covered_whole() {
    assert_eq!(cover(&sizes(&[]), 2), [Row::new()]);
    assert_eq!(cover(&sizes(&[(3, 1)]), 2), [[0], [1], [2]]);
    assert_eq!(cover(&sizes(&[(2, 2)]), 2), [[0, 0], [0, 1], [1, 0], [1, 1]]);
    assert_eq!(cover(&sizes(&[(2, 3)]), 2).len(), 4);
    assert_eq!(cover(&sizes(&[(2, 3)]), 3).len(), 8);
    assert_eq!(cover(&sizes(&[(2, 3)]), 9).len(), 8);
}

#[test]
fn a_model_that_allows_nothing_has_no_rows() {
    let forbidden = vec![vec![(0, 0)], vec![(0, 1)]];
    let model = Model { sizes: vec![2, 2], forbidden };
    assert_eq!(cover(&model, 2), Vec::<Row>::new());
    assert_eq!(all(&model, 10), Some(Vec::new()));
}

#[test]
fn a_list_of_all_rows_has_a_limit() {
    assert_eq!(all(&sizes(&[(2, 3)]), 8).map(|rows| rows.len()), Some(8));
    assert_eq!(all(&sizes(&[(2, 3)]), 7), None);
}
