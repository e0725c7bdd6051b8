//! Every change of one option, on a project that nobody has edited, gives what `new` would.

use firstlight::answers::Answers;
use firstlight::merge::{Labels, Sides, merge};
use firstlight::template::Template;
use firstlight::tree::Tree;
use firstlight::worktree::{Place, Worktree};

use crate::support::{answers, assert_same, attach, combinations, embedded, files, render};

#[test]
fn every_change_of_one_option_gives_what_new_would() {
    let template = embedded();
    let mut changes = 0;
    for from in combinations(&template, "user-service") {
        for placeholder in &template.manifest.placeholders {
            for value in placeholder.domain().unwrap_or_default() {
                if from.values[&placeholder.name] != value {
                    let mut values = from.values.clone();
                    values.insert(placeholder.name.clone(), value);
                    check(&template, &from, &answers(&template, "user-service", &values));
                    changes += 1;
                }
            }
        }
    }
    assert_eq!(changes, 24);
}

fn check(template: &Template, from: &Answers, to: &Answers) {
    let baseline = render(template, from);
    let theirs = render(template, to);
    let changed = set(template, &baseline, &theirs);
    let project = attach(changed, template, to);
    let fresh = attach(theirs, template, to);
    let context = format!("from {:?} to {:?}", from.values, to.values);
    assert_same(("set", &files(&project)), ("new", &files(&fresh)), &context);
}

/// Merges into a project that is as it was rendered.
fn set(template: &Template, baseline: &Tree, theirs: &Tree) -> Tree {
    let mut ours = Worktree::default();
    for (path, file) in baseline.iter() {
        ours.put(path.to_owned(), Place::File(file.clone()));
    }
    let labels = Labels::of_answers(&template.manifest.version, "a=b", "a=c");
    let sides = Sides {
        baseline,
        ours: &ours,
        theirs,
        labels: &labels,
        seeded: &template.seeded(),
        reseed: true,
    };
    let merged = merge(&sides);
    assert!(!merged.has_conflicts(), "{:#?}", merged.outcomes);
    let mut tree = baseline.clone();
    merged.apply_to(&mut tree);
    tree
}
