//! Dialogues played again with what the server says in another form: in pieces nothing may change, and whatever is spoilt, the
//! program ends as it should and says nothing that it should not.

use std::time::Duration;

use memchr::memmem;
use serde_json::Value;

use super::{Delivery, Dialogue, Folder, Manner, Peer, Played, Run, Setting, identity};
use crate::support::command::Home;

/// What a program may end with whatever a server says: all of the contract but a bug (70), a failing system (71) and signals.
const ENDINGS: [i32; 15] = [0, 1, 64, 65, 66, 67, 68, 69, 73, 74, 75, 76, 77, 78, 80];

/// What a run may take that has been spoilt, the deadline it is given included.
const TIMEOUT: Duration = Duration::from_secs(25);

/// More than any run needs whose limits hold.
const MEMORY: u64 = 128 << 20;

impl Dialogue {
    /// The runs that do not live from time or from sheer size.
    pub(crate) fn replayable(&self) -> Vec<usize> {
        let timed = ["SILENCE", "DRIP ", "SLEEP ", "QUIET ", "DROP-INPUT", "BOMB: "];
        let is_timed = |run: &Run| run.script.iter().any(|line| timed.iter().any(|word| line.trim().starts_with(word)));
        let numbered = self.runs.iter().enumerate();
        numbered.filter(|(_, run)| !is_timed(run) && !run.script.is_empty()).map(|(number, _)| number).collect()
    }

    /// Plays a run as it stands and in pieces: exit code and stdout must be the same, and what was as it should be still is.
    pub(crate) fn play_in_pieces(&self, run: usize, seed: u64) -> Result<(), String> {
        let run = &self.runs[run];
        let play = |delivery| {
            let (home, peer) = (Home::new(), Peer::listen());
            let setting = self.setting(run, &home, &peer)?;
            let timeout = Duration::from_secs(40);
            let manner = Manner { delivery, patience: timeout, timeout, further: &[] };
            let played = self.perform(run, &setting, &peer, &manner)?;
            let judgement = played.judge(run, &setting);
            Ok::<_, String>((masked(&played.finished.stdout, &setting), played, judgement))
        };
        let told = |e: String| format!("{} (run at line {}), seed {seed}: {e}", self.name, run.line);
        let (expected, whole, judgement) = play(Delivery::Whole).map_err(told)?;
        let (stdout, pieces, judged) = play(Delivery::Pieces(seed)).map_err(told)?;
        // Alone in its home a run may miss what the one before it has left.
        if judgement.is_ok() {
            // Who has heard enough may hang up while pieces are still coming.
            match judged {
                Err(e) if !e.contains("does not take what the server sends") => {
                    return Err(told(format!("in pieces only: {e}")));
                }
                _ => {}
            }
        }
        if (stdout != expected) || pieces.finished.code() != whole.finished.code() {
            return Err(told(format!("in pieces: {}\nas it stands: {}", pieces.story(), whole.finished.both())));
        }
        Ok(())
    }

    /// Plays a run spoilt.
    pub(crate) fn play_spoilt(&self, run: usize, seed: u64) -> Result<(), String> {
        let run = &self.runs[run];
        let (home, peer) = (Home::new(), Peer::listen());
        let setting = self.setting(run, &home, &peer)?;
        // A script does not know what to say to a client that has been told something else: mostly it hangs up then, at times
        // it waits.
        let (patience, further) = match seed % 8 {
            0 => (Duration::from_secs(20), ["--timeout", "1", "--deadline", "2"]),
            _ => (Duration::from_millis(250), ["--timeout", "4", "--deadline", "8"]),
        };
        let given =
            |option: &&str| run.first("command").into_iter().chain(run.first("args")).any(|l| l.contains(*option));
        let further: Vec<_> = further.chunks(2).filter(|pair| !given(&pair[0])).flatten().copied().collect();
        let manner = Manner { delivery: Delivery::Spoilt(seed), patience, timeout: TIMEOUT, further: &further };
        let played = self.perform(run, &setting, &peer, &manner)?;
        check_spoilt(&played, run, &setting)
            .map_err(|e| format!("{} (run at line {}), seed {seed}: {e}\n{}", self.name, run.line, played.story()))
    }

    fn setting<'a>(&self, run: &Run, home: &'a Home, peer: &Peer) -> Result<Setting<'a>, String> {
        Setting::new(self.folder, run, home, peer.port(), identity(run)?.server_and_pin().1)
    }
}

/// Without what differs from run to run.
fn masked(stdout: &[u8], setting: &Setting<'_>) -> String {
    let text = String::from_utf8_lossy(stdout);
    text.replace(&*setting.home.path().to_string_lossy(), "{home}").replace(&format!(":{}", setting.port), ":{port}")
}

fn check_spoilt(played: &Played, run: &Run, setting: &Setting<'_>) -> Result<(), String> {
    let finished = &played.finished;
    if finished.timed_out {
        return Err(format!("still running after {:?}", finished.elapsed));
    }
    // What brings mail somewhere may leave it unknown whether that was taken.
    let brings = |line: &str| ["append ", "copy ", "move "].iter().any(|word| line.starts_with(word));
    let may_be_unknown = setting.folder == Folder::Smtp || run.first("command").is_some_and(brings);
    let code = finished.code();
    if !(ENDINGS.contains(&code) || code == 81 && may_be_unknown) {
        return Err(format!("exit {code}"));
    }
    if finished.peak_rss > MEMORY {
        return Err(format!("{} KiB of memory", finished.peak_rss >> 10));
    }
    if let Err(e) = &played.conversation
        && e.contains("in clear")
    {
        return Err(e.clone());
    }
    let line = format!(" {} {} ", run.first("command").unwrap_or_default(), run.first("args").unwrap_or_default());
    let gives_mail = [" --raw ", " raw ", " --part ", " --to - "].iter().any(|word| line.contains(word));
    for (name, bytes) in
        [("stdout", &finished.stdout), ("stderr", &finished.stderr), ("transcript", &played.transcript)]
    {
        let control = |c: &char| c.is_control() && !matches!(c, '\n' | '\t');
        match String::from_utf8_lossy(bytes).chars().find(control) {
            Some(c) if name != "stdout" || !gives_mail => return Err(format!("a control character in {name}: {c:?}")),
            _ => {}
        }
        // A secret that comes back spoilt is not to be known any more.
        let echoes = run.script.iter().any(|line| line.starts_with("S") && line.contains("{password"));
        if !echoes && setting.canaries().iter().any(|canary| memmem::find(bytes, canary).is_some()) {
            return Err(format!("a secret in {name}"));
        }
    }
    if line.contains(" --json ") {
        for line in String::from_utf8_lossy(&finished.stdout).lines() {
            serde_json::from_str::<Value>(line).map_err(|e| format!("{line:?} is no JSON: {e}"))?;
        }
    }
    Ok(())
}
