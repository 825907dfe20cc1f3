//! The example is a client that holds.

#[path = "../examples/own-client.rs"]
mod own_client;

#[test]
fn the_example_holds() {
    own_client::main();
}
