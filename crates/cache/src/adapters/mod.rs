//! Real client libraries, each as its own documentation tells users to use it. They run
//! unmodified; only the stream and the time-outs are the simulation's.

pub mod redis_rs;
