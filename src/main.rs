//! The `armlint` command. Everything is in the library.
#![forbid(unsafe_code)]

/// musl's own allocator makes threads wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    armlint::cli::main()
}
