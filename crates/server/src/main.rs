//! The program `podarmor`: see [`podarmor_server::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    podarmor_server::cli::main()
}
