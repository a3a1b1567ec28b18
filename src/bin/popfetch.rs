//! popfetch, a POP3 fetcher.

fn main() {
    std::process::exit(mailwire::cli::popfetch::run(std::env::args_os()));
}
