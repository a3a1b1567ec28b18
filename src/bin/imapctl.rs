//! imapctl: looks at and changes anything on an IMAP server.

fn main() {
    std::process::exit(mailwire::cli::imapctl::run(std::env::args_os()));
}
