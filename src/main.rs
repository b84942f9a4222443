//! The demo app: the whole flow for real, step by step, with no configuration.

mod app;

fn main() {
    app::start();
}
