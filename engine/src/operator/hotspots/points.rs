//! The points of the window and the dense regions among them, by the rules of DBSCAN.
//!
//! Two points are neighbours if they are no farther apart than the scan radius (Euclidean distance over all
//! columns); a point is its own neighbour. A core point has at least minPoints neighbours. A hotspot is the core
//! points that neighbours lead to from one another, with all of their neighbours; a point that is no core point may
//! so belong to several. A hotspot is **near** a record if the record is a neighbour of one of its core points, which
//! is to say: if the record belongs to it. The record itself is one of the points.
//!
//! The density is the number of points divided by the size, the product of the lengths of the sides of the least
//! box around them; a side without a length counts as the scan radius, so that points on a line or in one place have a
//! size too. A density that no DOUBLE can hold is the greatest one.
//!
//! Who is whose neighbour is kept, a bit for each pair of points. A new point costs one distance to every other
//! (w · columns), one that leaves costs its neighbours, and a hotspot the points that belong to it times w / 64
//! words; nothing costs w². The bits follow from the points and are not saved.

/// A dense region.
#[derive(Debug, Clone, PartialEq)]
pub struct Hotspot {
    /// Points in it for a unit of its size.
    pub density: f64,
    /// The least value of each column.
    pub least: Vec<f64>,
    /// The greatest value of each column.
    pub greatest: Vec<f64>,
}

/// The last points.
pub struct Points {
    capacity: usize,
    scan_radius: f64,
    /// The power of two that brings the radius near one: what is scaled so is exact, and its square is finite.
    scale: f64,
    min_points: usize,
    /// Values by column and slot.
    values: Vec<Vec<f64>>,
    /// For every slot a bit for each slot.
    neighbours: Vec<u64>,
    /// How many of them are set.
    degrees: Vec<usize>,
    /// Words of bits a slot.
    words: usize,
    /// Points so far: the next takes the slot of this number modulo the capacity.
    taken: usize,
    /// Squared distances to the newest point, scaled.
    distances: Vec<f64>,
}

impl Points {
    /// No points yet; the last `capacity` are kept.
    pub fn new(columns: usize, capacity: usize, scan_radius: f64, min_points: usize) -> Self {
        let capacity = capacity.max(1);
        let words = capacity.div_ceil(64);
        Self {
            capacity,
            scan_radius,
            scale: scale_of(scan_radius),
            min_points,
            values: vec![Vec::with_capacity(capacity); columns],
            neighbours: vec![0; capacity * words],
            degrees: vec![0; capacity],
            words,
            taken: 0,
            distances: Vec::with_capacity(capacity),
        }
    }

    /// Takes a point in place of the oldest, and says which hotspots are near it: densest first, then that with the
    /// oldest core point.
    pub fn add(&mut self, point: &[f64]) -> Vec<Hotspot> {
        let slot = self.put(point);
        self.near(slot)
    }

    /// The values of the points, column by column, oldest point first.
    pub fn columns(&self) -> Vec<Vec<f64>> {
        let oldest = if self.taken > self.capacity {
            self.taken % self.capacity
        } else {
            0
        };
        let in_order = |values: &Vec<f64>| {
            let (late, early) = values.split_at(oldest.min(values.len()));
            [early, late].concat()
        };
        self.values.iter().map(in_order).collect()
    }

    /// Takes points in place of its own, oldest first.
    pub fn restore(&mut self, columns: &[&[f64]]) {
        *self = Self::new(columns.len(), self.capacity, self.scan_radius, self.min_points);
        let points = columns.iter().map(|c| c.len()).min().unwrap_or(0);
        let mut point = Vec::with_capacity(columns.len());
        for at in 0..points {
            point.clear();
            point.extend(columns.iter().filter_map(|c| c.get(at)));
            self.put(&point);
        }
    }

    fn put(&mut self, point: &[f64]) -> usize {
        let slot = self.taken % self.capacity;
        if self.taken >= self.capacity {
            self.isolate(slot);
        }
        self.taken += 1;
        for (values, &value) in self.values.iter_mut().zip(point) {
            match values.get_mut(slot) {
                Some(old) => *old = value,
                None => values.push(value),
            }
        }
        self.measure(point);
        let radius = self.scan_radius * self.scale;
        for other in 0..self.distances.len() {
            if self.distances[other] <= radius * radius {
                self.connect(slot, other);
            }
        }
        slot
    }

    /// Distances to a point. One that overflows is far away.
    fn measure(&mut self, point: &[f64]) {
        let scale = self.scale;
        self.distances.clear();
        self.distances.resize(self.taken.min(self.capacity), 0.0);
        for (values, &value) in self.values.iter().zip(point) {
            for (distance, other) in self.distances.iter_mut().zip(values) {
                let apart = (other - value) * scale;
                *distance += apart * apart;
            }
        }
    }

    fn connect(&mut self, slot: usize, other: usize) {
        self.neighbours[slot * self.words + other / 64] |= 1 << (other % 64);
        self.degrees[slot] += 1;
        if slot != other {
            self.neighbours[other * self.words + slot / 64] |= 1 << (slot % 64);
            self.degrees[other] += 1;
        }
    }

    /// Takes a slot out of its neighbours.
    fn isolate(&mut self, slot: usize) {
        for word in 0..self.words {
            let bits = std::mem::take(&mut self.neighbours[slot * self.words + word]);
            for other in ones(word, bits).filter(|&other| other != slot) {
                self.neighbours[other * self.words + slot / 64] &= !(1 << (slot % 64));
                self.degrees[other] -= 1;
            }
        }
        self.degrees[slot] = 0;
    }

    fn row(&self, slot: usize) -> &[u64] {
        &self.neighbours[slot * self.words..(slot + 1) * self.words]
    }

    fn is_core(&self, slot: usize) -> bool {
        self.degrees[slot] >= self.min_points
    }

    fn near(&self, slot: usize) -> Vec<Hotspot> {
        let mut found: Vec<(Hotspot, usize)> = Vec::new();
        let mut cores_met = vec![0; self.words];
        for (word, &bits) in self.row(slot).iter().enumerate() {
            for core in ones(word, bits).filter(|&other| self.is_core(other)) {
                if cores_met[core / 64] & (1 << (core % 64)) == 0 {
                    let members = self.reach(core, &mut cores_met);
                    found.push(self.hotspot(&members));
                }
            }
        }
        found.sort_by(|(a, a_age), (b, b_age)| b.density.total_cmp(&a.density).then(b_age.cmp(a_age)));
        found.into_iter().map(|(hotspot, _)| hotspot).collect()
    }

    /// The points of the hotspot of a core point; its core points go into `cores_met`.
    fn reach(&self, core: usize, cores_met: &mut [u64]) -> Vec<u64> {
        let mut members = vec![0; self.words];
        members[core / 64] |= 1 << (core % 64);
        cores_met[core / 64] |= 1 << (core % 64);
        let mut waiting = vec![core];
        while let Some(core) = waiting.pop() {
            for (word, &bits) in self.row(core).iter().enumerate() {
                let new = bits & !members[word];
                members[word] |= bits;
                for other in ones(word, new).filter(|&other| self.is_core(other)) {
                    cores_met[other / 64] |= 1 << (other % 64);
                    waiting.push(other);
                }
            }
        }
        members
    }

    /// The hotspot of these points, and how many came since its oldest core point.
    fn hotspot(&self, members: &[u64]) -> (Hotspot, usize) {
        let slots: Vec<usize> = (members.iter().enumerate())
            .flat_map(|(word, &bits)| ones(word, bits))
            .collect();
        let of_members = |values: &Vec<f64>, better: fn(f64, f64) -> f64, worst: f64| {
            (slots.iter().filter_map(|&slot| values.get(slot).copied())).fold(worst, better)
        };
        let least: Vec<f64> = (self.values.iter())
            .map(|values| of_members(values, f64::min, f64::INFINITY))
            .collect();
        let greatest: Vec<f64> = (self.values.iter())
            .map(|values| of_members(values, f64::max, f64::NEG_INFINITY))
            .collect();
        let length = |side: f64| if side > 0.0 { side } else { self.scan_radius };
        let sides = least.iter().zip(&greatest).map(|(l, g)| length(g - l));
        let size: f64 = sides.product();
        let density = slots.len() as f64 / size;
        let age = |slot: &usize| (self.taken - 1 - slot) % self.capacity;
        let hotspot = Hotspot {
            density: density.min(f64::MAX),
            least,
            greatest,
        };
        let cores = slots.iter().filter(|&&slot| self.is_core(slot));
        (hotspot, cores.map(age).max().unwrap_or(0))
    }
}

/// A power of two that a radius times is between one and two, or nearly so at the ends of the range.
fn scale_of(radius: f64) -> f64 {
    let exponent = (radius.to_bits() >> 52).min(2_045);
    f64::from_bits((2_046 - exponent) << 52)
}

/// The positions of the bits of a word of a set.
fn ones(word: usize, mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let bit = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        Some(word * 64 + bit)
    })
}
