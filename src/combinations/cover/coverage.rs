//! How often each combination of values occurs in a set of rows.

use super::model::Model;

/// Counts the combinations of values of each set of `strength` parameters.
pub struct Coverage {
    groups: Vec<Group>,
    /// For each parameter the groups that it is in.
    of: Vec<Vec<usize>>,
    counts: Vec<u32>,
    /// Those that the model rules out.
    impossible: Vec<bool>,
    /// Those that no row has, in any order, and where each of them is in it.
    missing: Vec<usize>,
    places: Vec<usize>,
    owners: Vec<usize>,
}

struct Group {
    parameters: Vec<usize>,
    strides: Vec<usize>,
    start: usize,
}

const NOWHERE: usize = usize::MAX;

impl Coverage {
    /// Begins without any row.
    pub fn new(model: &Model, strength: usize) -> Self {
        let mut coverage = Self {
            groups: Vec::new(),
            of: vec![Vec::new(); model.sizes.len()],
            counts: Vec::new(),
            impossible: Vec::new(),
            missing: Vec::new(),
            places: Vec::new(),
            owners: Vec::new(),
        };
        subsets(model.sizes.len(), strength, &mut |parameters| coverage.group(model, parameters));
        coverage
    }

    fn group(&mut self, model: &Model, parameters: &[usize]) {
        let start = self.counts.len();
        let mut strides = Vec::new();
        let mut size = 1;
        for &parameter in parameters {
            strides.push(size);
            size *= model.sizes[parameter];
            self.of[parameter].push(self.groups.len());
        }
        self.groups.push(Group { parameters: parameters.to_vec(), strides, start });
        for index in start..start + size {
            self.owners.push(self.groups.len() - 1);
            let mut row = vec![None; model.sizes.len()];
            self.values(index, |parameter, value| row[parameter] = Some(value), model);
            let impossible = !model.is_possible(&row);
            self.counts.push(0);
            self.impossible.push(impossible);
            self.places.push(NOWHERE);
            if !impossible {
                self.miss(index);
            }
        }
    }

    /// Visits the values of a combination.
    pub fn values(&self, index: usize, mut see: impl FnMut(usize, usize), model: &Model) {
        let group = &self.groups[self.owners[index]];
        for (&parameter, &stride) in group.parameters.iter().zip(&group.strides) {
            see(parameter, (index - group.start) / stride % model.sizes[parameter]);
        }
    }

    /// Lists the combinations that no row has.
    pub fn missing(&self) -> &[usize] {
        &self.missing
    }

    /// Tells how many parameters a group has.
    pub fn strength(&self) -> usize {
        self.groups.first().map_or(0, |group| group.parameters.len())
    }

    /// Tells how many groups a parameter is in.
    pub fn weight(&self, parameter: usize) -> usize {
        self.of[parameter].len()
    }

    /// Tells how many missing combinations a value would add to a row with gaps.
    pub fn gain(&self, row: &[Option<usize>], parameter: usize, value: usize) -> usize {
        let new = |&&group: &&usize| {
            self.index(group, |at| if at == parameter { Some(value) } else { row[at] })
                .is_some_and(|index| self.places[index] != NOWHERE)
        };
        self.of[parameter].iter().filter(new).count()
    }

    /// Counts a row.
    pub fn add(&mut self, row: &[usize]) {
        for group in 0..self.groups.len() {
            self.count(group, row);
        }
    }

    /// Forgets a row.
    pub fn remove(&mut self, row: &[usize]) {
        for group in 0..self.groups.len() {
            self.discount(group, row);
        }
    }

    /// Gives one parameter of a row another value.
    pub fn change(&mut self, row: &mut [usize], parameter: usize, value: usize) {
        for at in 0..self.of[parameter].len() {
            self.discount(self.of[parameter][at], row);
        }
        row[parameter] = value;
        for at in 0..self.of[parameter].len() {
            self.count(self.of[parameter][at], row);
        }
    }

    /// Tells how many combinations only this row has.
    pub fn alone(&self, row: &[usize]) -> usize {
        let alone = |&group: &usize| {
            self.index(group, |at| Some(row[at])).is_some_and(|index| self.counts[index] == 1)
        };
        (0..self.groups.len()).filter(alone).count()
    }

    fn count(&mut self, group: usize, row: &[usize]) {
        let Some(index) = self.index(group, |at| Some(row[at])) else { return };
        self.counts[index] += 1;
        if self.places[index] != NOWHERE {
            let place = self.places[index];
            self.missing.swap_remove(place);
            if let Some(&moved) = self.missing.get(place) {
                self.places[moved] = place;
            }
            self.places[index] = NOWHERE;
        }
    }

    fn discount(&mut self, group: usize, row: &[usize]) {
        let Some(index) = self.index(group, |at| Some(row[at])) else { return };
        self.counts[index] -= 1;
        if self.counts[index] == 0 && !self.impossible[index] {
            self.miss(index);
        }
    }

    fn miss(&mut self, index: usize) {
        self.places[index] = self.missing.len();
        self.missing.push(index);
    }

    fn index(&self, group: usize, value: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        let group = &self.groups[group];
        let mut index = group.start;
        for (&parameter, &stride) in group.parameters.iter().zip(&group.strides) {
            index += value(parameter)? * stride;
        }
        Some(index)
    }
}

/// Visits every set of `size` numbers below `count`.
pub fn subsets(count: usize, size: usize, see: &mut impl FnMut(&[usize])) {
    fn extend(
        chosen: &mut Vec<usize>,
        from: usize,
        count: usize,
        size: usize,
        see: &mut impl FnMut(&[usize]),
    ) {
        if chosen.len() == size {
            see(chosen);
            return;
        }
        for next in from..count {
            chosen.push(next);
            extend(chosen, next + 1, count, size, see);
            chosen.pop();
        }
    }
    extend(&mut Vec::new(), 0, count, size, see);
}
