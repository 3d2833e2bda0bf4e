//! The command `alb-mtls`: the whole journey on one machine.

fn main() {}
