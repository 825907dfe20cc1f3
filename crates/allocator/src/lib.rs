//! The allocator that Crosswire's programs run with. A program takes it with `use crosswire_allocator as _;`,
//! a library never does: whoever writes a test with `Storm` keeps their own.
//!
//! What the compiler makes of an allocator, it makes in the crate that names it. Programs are hardly
//! optimised, and storms allocate millions of times.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
