//! Lists that are indexed by an id.

/// Returns the element at `index`, growing the list with defaults as far as that.
pub(crate) fn slot<T: Default>(list: &mut Vec<T>, index: u32) -> &mut T {
    let index = index as usize;
    if list.len() <= index {
        list.resize_with(index + 1, T::default);
    }
    &mut list[index]
}
