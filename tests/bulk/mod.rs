//! `--batch` and `--merge`: many messages through the real binary into a server that writes down every octet.

mod folder;
mod merge;
mod results;
mod streams;

use std::fs;
use std::path::PathBuf;

use crate::support::command::{Call, Home, Program};
use crate::support::recorder::{Message, Recorder};

/// A message that can be told from others.
pub(crate) fn mail(number: usize) -> String {
    format!(
        "From: ann@example.org\nTo: bob{number}@example.org\nSubject: {number}\nMessage-ID: <{number}@example.org>\n\
         Date: Thu, 1 Jan 2026 00:00:00 +0000\n\nNumber {number}.\n.\n"
    )
}

/// A folder with so many messages, from 0.
pub(crate) fn folder(home: &Home, count: usize) -> PathBuf {
    let path = home.join("outbox");
    fs::create_dir_all(&path).unwrap();
    for number in 0..count {
        fs::write(path.join(format!("{number:04}.eml")), mail(number)).unwrap();
    }
    path
}

/// `smtpsend` to that server.
pub(crate) fn send(home: &Home, server: &Recorder, args: &[&str]) -> Call {
    let mut all = server.arguments();
    all.extend(args.iter().map(ToString::to_string));
    home.program(Program::Smtpsend, all)
}

/// The numbers of messages, in the order in which they came.
pub(crate) fn numbers(messages: &[Message]) -> Vec<usize> {
    let number = |message: &Message| {
        let text = String::from_utf8_lossy(&message.text);
        let line = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
        line.trim().parse().unwrap()
    };
    messages.iter().map(number).collect()
}
