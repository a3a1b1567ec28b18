//! Somebody who sits at a terminal and looks at what comes.

use std::io::{PipeWriter, Read, Write as _, pipe};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::command::{Call, Finished, Running};

/// How long anything may take to appear.
const SOON: Duration = Duration::from_secs(40);

pub(crate) struct Terminal {
    /// Whose end would end the program.
    keys: PipeWriter,
    shown: Arc<Mutex<Vec<u8>>>,
    /// What was waited for already.
    seen: usize,
    run: Running,
}

impl Terminal {
    /// Starts a program on a terminal of so many columns; `None`, loudly, where script(1) is missing.
    pub(crate) fn start(call: Call, columns: usize) -> Option<Self> {
        let is_there = Command::new("script").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !is_there {
            assert!(std::env::var_os("CI").is_none(), "script(1) is missing");
            eprintln!("SKIPPED: there is no script(1), which makes terminals");
            return None;
        }
        let ((stdin, keys), (mut screen, stdout)) = (pipe().unwrap(), pipe().unwrap());
        let run =
            call.on_terminal(columns).stdin_from(stdin).stdout_to(stdout).timeout(Duration::from_secs(120)).start();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&shown);
        thread::spawn(move || {
            let mut octets = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut octets) {
                sink.lock().unwrap().extend_from_slice(&octets[..count]);
            }
        });
        Some(Self { keys, shown, seen: 0, run })
    }

    /// Waits until this is shown, behind what was waited for before.
    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) -> &mut Self {
        let since = Instant::now();
        loop {
            let shown = self.shown();
            if let Some(at) = shown.get(self.seen..).and_then(|rest| rest.find(text)) {
                self.seen += at + text.len();
                return self;
            }
            assert!(since.elapsed() < SOON, "no {text:?} behind {:?} in {shown:?}", shown.get(..self.seen));
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Strikes keys, all at once.
    pub(crate) fn types(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// All that was shown so far, as it came.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits for the end of the program: what was shown, and how it ended.
    pub(crate) fn ends(self) -> (String, Finished) {
        let Self { keys, shown, run, .. } = self;
        let finished = run.wait();
        drop(keys);
        let since = Instant::now();
        // The reader has the last of it when it has let go.
        while Arc::strong_count(&shown) > 1 && since.elapsed() < SOON {
            thread::sleep(Duration::from_millis(5));
        }
        let shown = String::from_utf8_lossy(&shown.lock().unwrap()).into_owned();
        (shown, finished)
    }
}
