//! smtpsend: sends mail by SMTP, and stands in for sendmail.

fn main() {
    std::process::exit(mailwire::cli::smtpsend::run(std::env::args_os()));
}
