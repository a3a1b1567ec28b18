//! What a person would see in a terminal: commands as they are typed, and what they print.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, ensure};

/// The first arguments that turn the demo into one of the programs.
pub const POPFETCH: &str = "popfetch";
pub const SMTPSEND: &str = "smtpsend";
pub const IMAPCTL: &str = "imapctl";

/// A terminal in a home directory of its own.
#[derive(Debug)]
pub struct Terminal<'h> {
    home: &'h Path,
}

/// What a command printed, on standard output and standard error together.
#[derive(Debug)]
pub struct Printed {
    pub text: String,
    status: ExitStatus,
}

impl<'h> Terminal<'h> {
    pub fn new(home: &'h Path) -> Self {
        Self { home }
    }

    /// Says what comes next.
    pub fn narrate(&self, text: &str) {
        println!("\n# {}", text.replace('\n', "\n# "));
    }

    /// Runs popfetch with the words of a shell command.
    pub fn popfetch(&self, line: &str) -> Result<Printed> {
        self.program(&format!("{POPFETCH} {line}"), "")
    }

    /// Runs smtpsend with the words of a shell command, and this on its standard input.
    pub fn smtpsend(&self, line: &str, input: &str) -> Result<Printed> {
        self.program(&format!("{SMTPSEND} {line}"), input)
    }

    /// Runs imapctl with the words of a shell command, and this on its standard input.
    pub fn imapctl(&self, line: &str, input: &str) -> Result<Printed> {
        self.program(&format!("{IMAPCTL} {line}"), input)
    }

    fn program(&self, line: &str, input: &str) -> Result<Printed> {
        match input {
            "" => println!("$ {line}"),
            _ => println!("$ {line} <<END\n{input}END"),
        }
        let words = shlex::split(line).context("a quote is not closed")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words);
        self.run(command, input)
    }

    /// Runs a command of the shell.
    pub fn shell(&self, line: &str) -> Result<Printed> {
        println!("$ {line}");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]);
        self.run(command, "")
    }

    fn run(&self, mut command: Command, input: &str) -> Result<Printed> {
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if ["MAILWIRE_", "XDG_", "SSL_CERT_"].iter().any(|prefix| name.starts_with(prefix))
                || name == "STATE_DIRECTORY"
            {
                command.env_remove(&*name);
            }
        }
        let (mut reader, writer) = std::io::pipe()?;
        command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer);
        command.current_dir(self.home).env("HOME", self.home);
        let mut child = command.spawn()?;
        // The command holds the pipe's writing end.
        drop(command);
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let mut octets = Vec::new();
        reader.read_to_end(&mut octets)?;
        let text = String::from_utf8_lossy(&octets).into_owned();
        print!("{text}");
        Ok(Printed { text, status: child.wait()? })
    }
}

impl Printed {
    /// Fails unless the command ended well.
    pub fn done(self) -> Result<Self> {
        ensure!(self.status.success(), "the command failed: {}", self.status);
        Ok(self)
    }

    /// Fails unless all of these were printed.
    pub fn with(self, expected: &[&str]) -> Result<Self> {
        for text in expected {
            ensure!(self.text.contains(text), "\"{text}\" should have been printed");
        }
        Ok(self)
    }

    /// Fails if any of this was printed.
    pub fn without(self, unwanted: &str) -> Result<Self> {
        ensure!(!self.text.contains(unwanted), "\"{unwanted}\" should not have been printed");
        Ok(self)
    }

    /// Fails if anything was printed.
    pub fn silent(self) -> Result<Self> {
        ensure!(self.text.is_empty(), "nothing should have been printed");
        Ok(self)
    }
}
