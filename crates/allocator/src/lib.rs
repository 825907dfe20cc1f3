//! The allocator of Crosswire's programs.
//!
//! A program selects it with `use crosswire_allocator as _;`. A library never does: users who write
//! a test with `Storm` choose the allocator themselves.
//!
//! This is a separate crate because the generic code of an allocator is compiled in the crate that
//! names it. The programs are hardly optimized, and storms allocate millions of times.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
