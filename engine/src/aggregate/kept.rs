//! The arguments of sliding aggregates while their rows are in a window: plain numbers by slot.
//!
//! Whole numbers, DECIMAL and truth values are kept in 64 bits, REAL and DOUBLE as DOUBLE, both exactly; where only
//! the presence of a value matters, nothing but that is kept.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type,
};

/// What is kept of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Whether there is a value.
    Presence,
    /// Whole numbers, unscaled DECIMAL, TRUE as 1.
    Whole,
    /// REAL and DOUBLE.
    Float,
}

/// Values of one form.
#[derive(Debug, Clone)]
pub struct Kept {
    /// One bit a value; 0 for NULL.
    present: Vec<u64>,
    len: usize,
    numbers: Numbers,
}

#[derive(Debug, Clone)]
enum Numbers {
    None,
    Whole(Vec<i64>),
    Float(Vec<f64>),
}

impl Form {
    /// The form of an argument whose value matters.
    pub fn of(ty: &DataType) -> Self {
        match ty {
            DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Decimal128(..) => Self::Whole,
            _ => Self::Presence,
        }
    }
}

impl Kept {
    /// Nothing yet.
    pub fn new(form: Form) -> Self {
        Self {
            present: Vec::new(),
            len: 0,
            numbers: match form {
                Form::Presence => Numbers::None,
                Form::Whole => Numbers::Whole(Vec::new()),
                Form::Float => Numbers::Float(Vec::new()),
            },
        }
    }

    /// The values of an array.
    pub fn of(array: &ArrayRef, form: Form) -> Self {
        let mut kept = Self::all_present(array.len());
        if let Some(nulls) = array.logical_nulls() {
            (0..array.len())
                .filter(|&i| nulls.is_null(i))
                .for_each(|i| kept.set_present(i, false));
        }
        kept.numbers = match form {
            Form::Presence => Numbers::None,
            Form::Whole => Numbers::Whole(whole(array)),
            Form::Float => Numbers::Float(float(array)),
        };
        kept
    }

    /// So many values of which only the presence is known.
    pub fn all_present(rows: usize) -> Self {
        Self {
            present: vec![u64::MAX; rows.div_ceil(64)],
            len: rows,
            numbers: Numbers::None,
        }
    }

    /// Its form.
    pub fn form(&self) -> Form {
        match self.numbers {
            Numbers::None => Form::Presence,
            Numbers::Whole(_) => Form::Whole,
            Numbers::Float(_) => Form::Float,
        }
    }

    /// Makes room for slots `0 .. slots`, or gives room back.
    pub fn resize(&mut self, slots: usize) {
        self.present.resize(slots.div_ceil(64), 0);
        self.len = slots;
        match &mut self.numbers {
            Numbers::None => {}
            Numbers::Whole(values) => values.resize(slots, 0),
            Numbers::Float(values) => values.resize(slots, 0.0),
        }
    }

    /// Gives memory back to the allocator beyond so many slots.
    pub fn shrink_to(&mut self, slots: usize) {
        self.present.shrink_to(slots.div_ceil(64));
        match &mut self.numbers {
            Numbers::None => {}
            Numbers::Whole(values) => values.shrink_to(slots),
            Numbers::Float(values) => values.shrink_to(slots),
        }
    }

    /// Puts value i of `coming` into `slots[i]`.
    pub fn put(&mut self, coming: &Self, slots: &[u32]) {
        for (i, &slot) in slots.iter().enumerate() {
            self.set_present(slot as usize, coming.is_present(i));
        }
        match (&coming.numbers, &mut self.numbers) {
            (Numbers::Whole(from), Numbers::Whole(to)) => scatter(from, slots, to),
            (Numbers::Float(from), Numbers::Float(to)) => scatter(from, slots, to),
            _ => {}
        }
    }

    /// The values of these slots. All together, because one waits for memory as long as many.
    pub fn gather(&self, slots: impl ExactSizeIterator<Item = u32> + Clone) -> Self {
        let mut gathered = Self::new(Form::Presence);
        gathered.resize(slots.len());
        for (i, slot) in slots.clone().enumerate() {
            gathered.set_present(i, self.is_present(slot as usize));
        }
        let slots = slots.map(|slot| slot as usize);
        gathered.numbers = match &self.numbers {
            Numbers::None => Numbers::None,
            Numbers::Whole(values) => {
                Numbers::Whole(slots.map(|slot| values.get(slot).copied().unwrap_or(0)).collect())
            }
            Numbers::Float(values) => Numbers::Float(
                slots
                    .map(|slot| values.get(slot).copied().unwrap_or(0.0))
                    .collect(),
            ),
        };
        gathered
    }

    /// Whether there is a value.
    #[inline]
    pub fn is_present(&self, slot: usize) -> bool {
        self.present
            .get(slot / 64)
            .is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    #[inline]
    fn set_present(&mut self, slot: usize, present: bool) {
        if let Some(word) = self.present.get_mut(slot / 64) {
            *word = *word & !(1 << (slot % 64)) | u64::from(present) << (slot % 64);
        }
    }

    /// The whole number there, if any.
    #[inline]
    pub fn whole(&self, slot: usize) -> Option<i64> {
        match &self.numbers {
            Numbers::Whole(values) if self.is_present(slot) => values.get(slot).copied(),
            _ => None,
        }
    }

    /// The DOUBLE there, if any.
    #[inline]
    pub fn float(&self, slot: usize) -> Option<f64> {
        match &self.numbers {
            Numbers::Float(values) if self.is_present(slot) => values.get(slot).copied(),
            _ => None,
        }
    }

    /// The values without those that `stays` does not name.
    pub fn masked(&self, stays: &[bool]) -> Self {
        let mut masked = self.clone();
        (0..stays.len())
            .filter(|&i| !stays[i])
            .for_each(|i| masked.set_present(i, false));
        masked
    }

    /// The values in these slots as an array, for a saved state.
    pub fn save(&self, slots: &[u32]) -> ArrayRef {
        let slots = slots.iter().map(|&slot| slot as usize);
        match &self.numbers {
            Numbers::None => {
                let present: Vec<bool> = slots.map(|slot| self.is_present(slot)).collect();
                // NULL where there is none, so that reading back is the same for every form.
                let present = present.into_iter().map(|p| p.then_some(true));
                std::sync::Arc::new(present.collect::<BooleanArray>())
            }
            Numbers::Whole(_) => std::sync::Arc::new(
                slots
                    .map(|s| self.whole(s))
                    .collect::<PrimitiveArray<Int64Type>>(),
            ),
            Numbers::Float(_) => std::sync::Arc::new(
                slots
                    .map(|s| self.float(s))
                    .collect::<PrimitiveArray<Float64Type>>(),
            ),
        }
    }
}

fn scatter<T: Copy>(from: &[T], slots: &[u32], to: &mut [T]) {
    for (&value, &slot) in from.iter().zip(slots) {
        if let Some(place) = to.get_mut(slot as usize) {
            *place = value;
        }
    }
}

fn whole(array: &ArrayRef) -> Vec<i64> {
    fn widened<T: ArrowPrimitiveType>(array: &ArrayRef, widen: impl Fn(T::Native) -> i64) -> Vec<i64> {
        let values = array.as_primitive::<T>().values();
        values.iter().map(|&v| widen(v)).collect()
    }
    match array.data_type() {
        DataType::Int8 => widened::<Int8Type>(array, i64::from),
        DataType::Int16 => widened::<Int16Type>(array, i64::from),
        DataType::Int32 => widened::<Int32Type>(array, i64::from),
        DataType::Int64 => widened::<Int64Type>(array, |v| v),
        // The unscaled value stays within 64 bits (`sql.md` §2).
        DataType::Decimal128(..) => widened::<Decimal128Type>(array, |v| v as i64),
        DataType::Boolean => array.as_boolean().values().iter().map(i64::from).collect(),
        _ => vec![0; array.len()],
    }
}

fn float(array: &ArrayRef) -> Vec<f64> {
    match array.data_type() {
        DataType::Float64 => array.as_primitive::<Float64Type>().values().to_vec(),
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().values();
            values.iter().map(|&v| v.into()).collect()
        }
        _ => vec![0.0; array.len()],
    }
}
