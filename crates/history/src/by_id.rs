//! Arrays whose index is an id, so that the number of one kind of thing never selects another.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An id that counts from 0 and is an index into an array.
pub trait Id: Copy {
    /// Returns the id of an index.
    fn of(index: usize) -> Self;

    /// Returns the index of the id.
    fn index(self) -> usize;
}

/// Implements [`Id`] for a type around a `u32`.
#[macro_export]
macro_rules! impl_id {
    ($name:ident) => {
        impl $crate::Id for $name {
            #[inline]
            fn of(index: usize) -> Self {
                Self(index as u32)
            }

            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

/// An array of `T`, indexed by `I`.
pub struct ById<I, T> {
    values: Vec<T>,
    id: PhantomData<fn(I)>,
}

impl<I: Id, T> ById<I, T> {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Appends a value and returns its id.
    pub fn push(&mut self, value: T) -> I {
        self.values.push(value);
        I::of(self.values.len() - 1)
    }

    /// Returns the value of an id, if there is one.
    pub fn get(&self, id: I) -> Option<&T> {
        self.values.get(id.index())
    }

    /// Returns the value of an id, if there is one.
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.values.get_mut(id.index())
    }

    /// Iterates over all ids, in order. The iterator borrows nothing.
    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.values.len()).map(I::of)
    }

    /// Iterates over all values, in order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.iter_mut()
    }
}

impl<I: Id, T> Index<I> for ById<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.values[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for ById<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.values[id.index()]
    }
}

impl<I, T> Default for ById<I, T> {
    fn default() -> Self {
        Self { values: Vec::new(), id: PhantomData }
    }
}

impl<I, T> FromIterator<T> for ById<I, T> {
    fn from_iter<V: IntoIterator<Item = T>>(values: V) -> Self {
        Self { values: values.into_iter().collect(), id: PhantomData }
    }
}
