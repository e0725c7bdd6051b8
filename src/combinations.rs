//! Which answers a template is checked with.

pub mod cover;
mod samples;

use std::collections::BTreeMap;
use std::convert::Infallible;

use self::cover::{Model, Row};
use crate::answers::{Answers, Value, space};
use crate::manifest::{Manifest, Placeholder};
use crate::name::Name;

/// Is how many combinations there may be.
pub const MOST: usize = 10_000;

/// Is how many combinations of answers may decide about one question: each is a constraint of the search.
pub const MOST_DECIDING: usize = 256;

/// Tells which combinations are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// How many answers are covered together; none for every combination.
    pub strength: Option<usize>,
    /// Answers that are the only ones for their placeholders.
    pub only: BTreeMap<String, Vec<Value>>,
    /// The name of every project; if there is none, samples take turns.
    pub name: Option<Name>,
}

/// Is a set of combinations.
#[derive(Debug)]
pub struct Combinations {
    /// The answers, in the order in which they were found.
    pub answers: Vec<Answers>,
    /// How many combinations of choices there are; none if there are more than [`MOST`].
    pub possible: Option<usize>,
}

/// Says why there are no combinations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A free text for which no sample is known.
    #[error("no text is known that the placeholder `{0}` accepts")]
    NoText(String),
    /// Every combination is too many.
    #[error("there are more than {MOST} combinations")]
    TooMany,
    /// A condition is decided by too many answers.
    #[error("more than {MOST_DECIDING} combinations of answers decide whether `{0}` is asked for")]
    TooIntricate(String),
    /// The wanted answers rule each other out.
    #[error("no combination has these answers")]
    None,
}

/// Chooses combinations: of all choices as few as cover what is wanted; free texts and names take
/// turns, the plain ones first.
///
/// # Errors
/// Says what cannot be chosen.
pub fn choose(manifest: &Manifest, wanted: &Wanted) -> Result<Combinations, Error> {
    let parameters = parameters(manifest, &wanted.only);
    let model = model(manifest, &parameters)?;
    let texts = texts(manifest, wanted, &parameters)?;
    let all = cover::all(&model, MOST);
    let possible = all.as_ref().map(Vec::len);
    let mut rows = match wanted.strength {
        Some(strength) => cover::cover(&model, strength),
        None => all.ok_or(Error::TooMany)?,
    };
    let names = wanted.name.clone().map_or_else(samples::names, |name| vec![name]);
    if rows.is_empty() {
        return Err(Error::None);
    }
    if wanted.only.is_empty() {
        // Whoever narrows the choice down looks for something else than odd names.
        let most = texts.values().map(Vec::len).max().unwrap_or(0).max(names.len());
        rows = rows.iter().cycle().take(rows.len().max(most)).cloned().collect();
    }
    let answers = rows.iter().enumerate().map(|(turn, row)| {
        let source = |placeholder: &Placeholder| {
            let chosen = parameters.iter().zip(row);
            let chosen = chosen.filter(|(parameter, _)| parameter.name == placeholder.name);
            let mut value = chosen.filter_map(|(parameter, &at)| parameter.values[at].clone());
            let text =
                || texts.get(&placeholder.name).map(|texts| texts[turn % texts.len()].clone());
            Ok::<_, Infallible>(value.next().or_else(text))
        };
        Answers::collect(manifest, names[turn % names.len()].clone(), |_| false, source)
            .expect("every placeholder that is asked for has a value")
    });
    Ok(Combinations { answers: answers.collect(), possible })
}

/// Is a placeholder whose values are combined; the value none stands for a question that is not asked.
struct Parameter {
    name: String,
    values: Vec<Option<Value>>,
}

fn parameters(manifest: &Manifest, only: &BTreeMap<String, Vec<Value>>) -> Vec<Parameter> {
    let literals: Vec<String> =
        manifest.conditional.iter().flat_map(|(condition, _)| space::literals(condition)).collect();
    let mentioned = |name: &str| {
        manifest.conditional.iter().any(|(condition, _)| {
            let mut found = false;
            condition.names(&mut |mentioned| found |= mentioned.name == name);
            found
        })
    };
    let parameter = |placeholder: &Placeholder| {
        let values = match (only.get(&placeholder.name), placeholder.domain()) {
            (Some(values), _) => values.clone(),
            (None, Some(domain)) => domain,
            // Texts take turns, but for those that decide about others.
            (None, None) if mentioned(&placeholder.name) => space::domain(placeholder, &literals),
            (None, None) => return None,
        };
        let mut values: Vec<Option<Value>> = values.into_iter().map(Some).collect();
        if placeholder.condition.is_some() && !only.contains_key(&placeholder.name) {
            values.push(None);
        }
        Some(Parameter { name: placeholder.name.clone(), values })
    };
    manifest.placeholders.iter().filter_map(parameter).collect()
}

/// Says of each question that is not always asked when it is.
fn model(manifest: &Manifest, parameters: &[Parameter]) -> Result<Model, Error> {
    let sizes = parameters.iter().map(|parameter| parameter.values.len()).collect();
    let mut model = Model { sizes, forbidden: Vec::new() };
    for (at, parameter) in parameters.iter().enumerate() {
        let placeholder = manifest.placeholder(&parameter.name);
        let Some(condition) = placeholder.and_then(|found| manifest.gate(found)) else { continue };
        let mut deciding = Vec::new();
        condition.names(&mut |name| {
            deciding.extend(parameters.iter().position(|other| other.name == name.name));
        });
        deciding.sort_unstable();
        deciding.dedup();
        let sizes = deciding.iter().map(|&other| parameters[other].values.len()).collect();
        let space = Model { sizes, forbidden: Vec::new() };
        let intricate = || Error::TooIntricate(parameter.name.clone());
        for row in cover::all(&space, MOST_DECIDING).ok_or_else(intricate)? {
            let mut values = BTreeMap::new();
            for (&other, &value) in deciding.iter().zip(&row) {
                let other = &parameters[other];
                values.extend(other.values[value].clone().map(|value| (other.name.clone(), value)));
            }
            let asked = condition.holds(&values);
            for (value, given) in parameter.values.iter().enumerate() {
                if given.is_some() != asked {
                    let deciding = deciding.iter().copied().zip(row.iter().copied());
                    model.forbidden.push(deciding.chain([(at, value)]).collect());
                }
            }
        }
    }
    Ok(model)
}

fn texts(
    manifest: &Manifest,
    wanted: &Wanted,
    parameters: &[Parameter],
) -> Result<BTreeMap<String, Vec<Value>>, Error> {
    let mut found = BTreeMap::new();
    for placeholder in &manifest.placeholders {
        if parameters.iter().any(|parameter| parameter.name == placeholder.name) {
            continue;
        }
        let texts = match wanted.only.get(&placeholder.name) {
            Some(only) => only.clone(),
            None => samples::texts(placeholder),
        };
        if texts.is_empty() {
            return Err(Error::NoText(placeholder.name.clone()));
        }
        found.insert(placeholder.name.clone(), texts);
    }
    Ok(found)
}

/// Orders combinations so that neighbours differ in as little as possible, beginning with the first.
///
/// `cost` tells how much differs between two of them.
pub fn chain(count: usize, cost: impl Fn(usize, usize) -> usize) -> Row {
    let mut open: Row = (0..count).collect();
    let mut order = Row::new();
    while !open.is_empty() {
        let nearest =
            order.last().and_then(|&last| (0..open.len()).min_by_key(|&at| cost(last, open[at])));
        order.push(open.remove(nearest.unwrap_or(0)));
    }
    order
}

#[cfg(test)]
mod tests;
