//! `--queue-run --all-users`: root sees to the queues of those who have none at home.
//!
//! A user's mail is sent by a process of that user, with the user's rights, configuration and nothing of root's environment nor
//! of root's terminal.
//! Only mail that was queued without an account, because the configuration that has one holds a password and is root's to
//! read, is sent by root, by an account that root's configuration finds for the sender. Nothing that a user typed is done by
//! root: no command, no file, no URL.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::entry;
use super::run::{Run, Whose};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::Tally;
use crate::cli::smtpsend::job::Job;
use crate::error::{Error, Result};
use crate::spool::{self, Queue, SYSTEM_SPOOL, UserQueue};
use crate::text::sanitize;

/// How long one user's queue is seen to.
const LIMIT: Duration = Duration::from_secs(3600);
/// How long it has to end then.
const GRACE: Duration = Duration::from_secs(30);
/// How long what it has said may take to come through.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Where users are found.
const PASSWD: &str = "/etc/passwd";
/// The group of a user who is not there.
const NOGROUP: u32 = 65534;

/// Sends what is due in root's own queue and in those of the system's spool.
pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    if !geteuid().is_root() {
        return Err(Failure::usage("--all-users is for root; without it your own queue is seen to"));
    }
    let base = job.setup.args.queue.queue_dir.clone();
    let own = if base.is_none() { job.setup.queue_dir().ok() } else { None };
    let base = base.unwrap_or_else(|| PathBuf::from(SYSTEM_SPOOL));
    let users = spool::of_users(&base)?;
    if let Some(path) = own.filter(|path| !users.iter().any(|user| user.path == *path))
        && let Some(queue) = Queue::find(&path)?
    {
        Run::new(job, &queue, Whose::Own).work()?;
    }
    for user in users {
        if job.signal().is_some() || job.setup.run_until().is_some_and(|until| Instant::now() >= until) {
            break;
        }
        // One user's queue keeps nobody else's mail.
        if let Err(failure) = see_to(job, &user) {
            job.count("", Tally::default(), failure.exit);
            job.output().error(&failure, None);
        }
    }
    Ok(job.exit())
}

fn see_to(job: &Job<'_>, user: &UserQueue) -> Result<(), Failure> {
    let Some(queue) = Queue::of_user(user)? else { return Ok(()) };
    if user.uid == 0 {
        return Run::new(job, &queue, Whose::Own).work();
    }
    Run::new(job, &queue, Whose::Others).work()?;
    let mut is_left = false;
    for id in queue.due(SystemTime::now())? {
        let ticket = queue.ticket(&id).ok().flatten();
        is_left |= ticket.is_some_and(|ticket| !ticket.account.is_empty() && !entry::is_roots(&ticket));
    }
    match is_left {
        true => run_as(job, user),
        false => Ok(()),
    }
}

/// Runs the queue as its owner.
fn run_as(job: &Job<'_>, user: &UserQueue) -> Result<(), Failure> {
    let failed = |error| Error::io(format!("running the queue of user {}", user.uid), error);
    let owner = Owner::find(&std::fs::read_to_string(PASSWD).unwrap_or_default(), user.uid);
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.arg("--queue-run").arg("--queue-dir").arg(&user.path);
    let args = &job.setup.args;
    command.args(std::iter::repeat_n("--verbose", usize::from(args.output.verbose)));
    command.args(args.output.quiet.then_some("--quiet"));
    if job.setup.invocation().given("on-unknown") {
        command.args(job.setup.invocation().words_of("on-unknown"));
    }
    if let Some(until) = job.setup.run_until() {
        let left = until.saturating_duration_since(Instant::now()).as_secs_f64().max(0.001);
        command.arg(format!("--deadline={left:.3}"));
    }
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    for name in ["LANG", "LC_ALL", "TZ"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    if let Some(name) = &owner.name {
        command.env("USER", name).env("LOGNAME", name);
    }
    if let Some(home) = &owner.home {
        command.env("HOME", home);
    }
    // Root's other groups are given up with it.
    command.gid(owner.gid).uid(user.uid).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let said = child.stderr.take().map(pass_on);
    let exit = attend(|| job.signal().is_some(), child, LIMIT, GRACE).map_err(failed);
    // What it has started may still hold the pipe, and has nothing to say.
    said.map(|said| said.recv_timeout(LAST_WORDS).ok());
    let exit = exit?;
    job.count(&format!("user {}", user.uid), Tally::default(), exit);
    Ok(())
}

/// Passes on what a user's run says, as text and nothing else: what stands behind it may be any program of his, and a
/// terminal in front of it.
fn pass_on(said: ChildStderr) -> Receiver<()> {
    const LINE: u64 = 8 * 1024;
    let (done, is_done) = channel();
    std::thread::spawn(move || {
        let mut said = BufReader::new(said);
        let mut line = Vec::new();
        while matches!(said.by_ref().take(LINE).read_until(b'\n', &mut line), Ok(1..)) {
            let text = sanitize(line.strip_suffix(b"\n").unwrap_or(&line));
            // Nobody reads it: nobody misses it.
            writeln!(io::stderr(), "{text}").ok();
            line.clear();
        }
        done.send(()).ok();
    });
    is_done
}

/// Waits for a run, and passes a signal on to it. Its user may stop it, or give it a command that never ends: one that goes on
/// and on is ended, so that those behind it get their turn.
pub(super) fn attend(
    is_signalled: impl Fn() -> bool,
    mut child: Child,
    limit: Duration,
    grace: Duration,
) -> io::Result<Exit> {
    const TICK: Duration = Duration::from_millis(20);
    let (start, mut told) = (Instant::now(), None::<Instant>);
    loop {
        if let Some(status) = child.try_wait()? {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return Ok(code.map_or(Exit::SOFTWARE, Exit::of_run));
        }
        match told {
            None if is_signalled() || start.elapsed() > limit => {
                told = Some(Instant::now());
                kill_process(Pid::from_child(&child), Signal::TERM)?;
            }
            Some(since) if since.elapsed() > grace => {
                child.kill()?;
                child.wait()?;
                return Err(io::ErrorKind::TimedOut.into());
            }
            _ => {}
        }
        std::thread::sleep(TICK);
    }
}

/// What is known of a user.
#[derive(Debug, Eq, PartialEq)]
struct Owner {
    name: Option<String>,
    gid: u32,
    home: Option<PathBuf>,
}

impl Owner {
    fn find(passwd: &str, uid: u32) -> Self {
        let known = passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let mut fields = fields.skip(1);
            if fields.next()?.parse() != Ok(uid) {
                return None;
            }
            let gid = fields.next()?.parse().ok()?;
            let home = fields.nth(1).filter(|home| Path::new(home).is_absolute()).map(PathBuf::from);
            Some(Self { name: Some(name.to_owned()), gid, home })
        });
        known.unwrap_or(Self { name: None, gid: NOGROUP, home: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_does_not_end_is_ended() {
        let started = |script: &str| Command::new("sh").args(["-c", script]).spawn().unwrap();
        let (short, long) = (Duration::from_millis(100), Duration::from_secs(60));
        // As if its user had stopped it: it hears nothing.
        let over = attend(|| false, started("kill -STOP $$"), short, short);
        assert_eq!(over.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let told = attend(|| true, started("exec sleep 60"), long, long);
        assert!(told.is_ok());
        assert_eq!(attend(|| false, started("exit 0"), long, long).unwrap(), Exit::OK);
    }

    #[test]
    fn users_are_found_by_their_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nwww:x:33:34:W:/var/www:/bin/false\nx:x:40:x:y\n";
        let www = Owner { name: Some("www".into()), gid: 34, home: Some("/var/www".into()) };
        assert_eq!(Owner::find(passwd, 33), www);
        let nobody = Owner { name: None, gid: NOGROUP, home: None };
        assert_eq!(Owner::find(passwd, 40), nobody);
        assert_eq!(Owner::find(passwd, 3), nobody);
    }
}
