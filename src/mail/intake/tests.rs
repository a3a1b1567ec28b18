use std::fs;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;

fn reader(text: &[u8]) -> Supply {
    Supply::Reader { label: "standard input".into(), input: Box::new(Cursor::new(text.to_vec())) }
}

fn text(source: &MessageSource) -> String {
    let mut text = Vec::new();
    source.open().read_to_end(&mut text).unwrap();
    let mut again = Vec::new();
    source
        .for_each_chunk(&mut |octets| {
            again.extend_from_slice(octets);
            Ok(())
        })
        .unwrap();
    assert_eq!(text, again);
    assert_eq!(text.len() as u64, source.octets);
    String::from_utf8(text).unwrap()
}

fn all(supply: Supply) -> Vec<MessageSource> {
    Intake::new([supply], Form::Any).collect::<Result<_>>().unwrap()
}

fn only(supply: Supply) -> MessageSource {
    let mut all = all(supply);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn written(dir: &Path, name: &str, text: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// A message larger than what is held in memory.
fn large() -> Vec<u8> {
    let line = b"some line or other, with nothing special in it\n";
    [b"Subject: large\n\n".as_slice(), &line.repeat(20_000), b"no end"].concat()
}

#[test]
fn files_and_pipes_have_crlf_and_an_end() {
    let dir = tempfile::tempdir().unwrap();
    for (given, expected) in [
        ("Subject: a\n\nb\n", "Subject: a\r\n\r\nb\r\n"),
        ("Subject: a\r\n\r\nb\r\n", "Subject: a\r\n\r\nb\r\n"),
        ("Subject: a\n\nb", "Subject: a\r\n\r\nb\r\n"),
        ("\u{feff}Subject: a\n", "Subject: a\r\n"),
        ("\u{feff}no field\n", "\u{feff}no field\r\n"),
        ("From : a\n", "From : a\r\n"),
        ("\n", "\r\n"),
    ] {
        let path = written(dir.path(), "a.eml", given.as_bytes());
        for supply in [Supply::Path(path), reader(given.as_bytes())] {
            let source = only(supply);
            assert_eq!(text(&source), expected, "{given:?}");
            assert!(!source.has_nul && source.flags.is_empty() && source.date.is_none());
        }
    }
    assert!(only(reader(b"Subject: a\n\n\0")).has_nul);
}

#[test]
fn what_is_no_message_is_an_error_and_the_next_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let good = written(dir.path(), "good", b"Subject: a\n\nb\n");
    let paths = [written(dir.path(), "empty", b""), dir.path().join("none"), dir.path().into(), good.clone()];
    let found: Vec<_> = Intake::new(paths.into_iter().map(Supply::Path), Form::Any).collect();
    let told: Vec<String> =
        found.iter().map(|found| found.as_ref().map_or_else(ToString::to_string, |it| it.label.clone())).collect();
    assert_eq!(told.len(), 4);
    assert!(told[0].contains("empty: no message"), "{told:?}");
    assert!(told[1].contains("No such file"), "{told:?}");
    assert!(told[2].contains("no Maildir"), "{told:?}");
    assert_eq!(told[3], good.to_str().unwrap());
    rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("fifo"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    let mut fifo = Intake::new([Supply::Path(dir.path().join("fifo"))], Form::Any);
    assert!(fifo.next().unwrap().unwrap_err().to_string().contains("not a regular file"));
}

#[test]
fn large_files_are_read_where_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let given = large();
    let source = only(Supply::Path(written(dir.path(), "large", &given)));
    assert!(matches!(source.text, Text::File(_)));
    let expected = String::from_utf8(given.clone()).unwrap().replace('\n', "\r\n") + "\r\n";
    assert!(text(&source) == expected);
    // The same through a pipe.
    assert!(text(&only(reader(&given))) == expected);
    let marked = [b"\xef\xbb\xbf", given.as_slice(), b"\0\n"].concat();
    let source = only(Supply::Path(written(dir.path(), "marked", &marked)));
    assert!(source.has_nul && text(&source).starts_with("Subject"));
}

#[test]
fn a_file_that_changes_ends_before_its_last_octet() {
    let dir = tempfile::tempdir().unwrap();
    let given = large();
    let path = written(dir.path(), "large", &given);
    let change = |change: &dyn Fn(&File)| {
        fs::write(&path, &given).unwrap();
        let source = only(Supply::Path(path.clone()));
        let mut reader = source.open();
        let mut first = [0; 10];
        reader.read_exact(&mut first).unwrap();
        // As a writer that hides its traces does.
        let about = fs::metadata(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        change(&file);
        file.set_modified(about.modified().unwrap()).unwrap();
        let mut rest = Vec::new();
        let error = reader.read_to_end(&mut rest).unwrap_err();
        assert!(error.to_string().contains("was written to"), "{error}");
        assert!(((first.len() + rest.len()) as u64) < source.octets);
        // It stays an error.
        assert!(reader.read(&mut first).is_err());
    };
    change(&|file| file.set_len(given.len() as u64 - 1).unwrap());
    change(&|file| file.set_len(300_000).unwrap());
    change(&|file| file.write_all_at(b"and more", given.len() as u64).unwrap());
    change(&|file| file.write_all_at(b"\n", 500_000).unwrap());
    change(&|file| file.write_all_at(b"X", given.len() as u64 - 1).unwrap());
}

#[test]
fn a_file_that_is_only_touched_is_not_believed_either() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), "large", &large());
    let source = only(Supply::Path(path.clone()));
    File::options().append(true).open(&path).unwrap().set_modified(UNIX_EPOCH).unwrap();
    assert!(matches!(source.for_each_chunk(&mut |_| Ok(())), Err(Error::InvalidInput(_))));
}

#[test]
fn a_file_that_is_gone_can_still_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), "large", &large());
    let source = only(Supply::Path(path.clone()));
    fs::remove_file(path).unwrap();
    assert!(text(&source).ends_with("no end\r\n"));
}

#[test]
fn an_mbox_is_taken_apart() {
    let dir = tempfile::tempdir().unwrap();
    let given =
        b"From a@b Thu Jan  1 00:00:10 1970\nSubject: 1\n\n>From x\n\nFrom b\n\nFrom c\nSubject: 3\nStatus: RO\n\n\0\n";
    let path = written(dir.path(), "mbox", given);
    for (supply, label) in [(Supply::Path(path.clone()), path.to_str().unwrap()), (reader(given), "standard input")] {
        let found: Vec<_> = Intake::new([supply, reader(b"Subject: last\n")], Form::Any).collect();
        assert_eq!(found.len(), 4);
        let first = found[0].as_ref().unwrap();
        assert_eq!(text(first), "Subject: 1\r\n\r\nFrom x\r\n");
        assert_eq!(first.date, Some(UNIX_EPOCH + Duration::from_secs(10)));
        assert_eq!(first.label, format!("{label}: message 1"));
        assert!(found[1].as_ref().unwrap_err().to_string().contains("message 2 is empty"));
        let third = found[2].as_ref().unwrap();
        assert!(third.has_nul && third.date.is_none());
        assert_eq!((first.flags.as_slice(), third.flags.as_slice()), (&[][..], &[MaildirFlag::Seen][..]));
        assert_eq!(text(found[3].as_ref().unwrap()), "Subject: last\r\n");
    }
}

#[test]
fn what_is_asked_for_goes_before_what_it_looks_like() {
    let dir = tempfile::tempdir().unwrap();
    let given = b"From x\nSubject: 1\n\n\nFrom y\nSubject: 2\n";
    let path = written(dir.path(), "mbox", given);
    let count = |supply, form| Intake::new([supply], form).filter(Result::is_ok).count();
    for (form, messages) in [(Form::Any, 2), (Form::Mbox, 2), (Form::Message, 1), (Form::Maildir, 0)] {
        assert_eq!(count(Supply::Path(path.clone()), form), messages, "{form:?}");
        assert_eq!(count(reader(given), form), messages, "{form:?}");
    }
    assert_eq!(count(reader(b"Subject: x\n"), Form::Mbox), 0);
    for name in ["new/1", "cur/2"] {
        written(dir.path(), name, given);
    }
    for (form, messages) in [(Form::Any, 2), (Form::Mbox, 0), (Form::Message, 0), (Form::Maildir, 2)] {
        assert_eq!(count(Supply::Path(dir.path().into()), form), messages, "{form:?}");
    }
}

#[test]
fn the_header_alone() {
    let head = |text: &[u8]| String::from_utf8(only(reader(text)).head().unwrap()).unwrap();
    assert_eq!(head(b"A: b\n\nbody\n\n"), "A: b\r\n\r\n");
    assert_eq!(head(b"A: b\nC: d"), "A: b\r\nC: d\r\n");
    assert_eq!(head(b"\nbody\n\n"), "\r\n");
    for length in 8180..8200 {
        let field = format!("A: {}\r\n\r\n", "x".repeat(length));
        assert!(head(format!("{field}body\n\n").as_bytes()) == field);
    }
    assert_eq!(head(&[b"A: b\n".repeat(100_000), b"\nbody".to_vec()].concat()).len() as u64, SMALL);
}

#[test]
fn a_reader_s_own_error_comes_out_as_it_is() {
    struct Stopped;
    impl Read for Stopped {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(Error::Interrupted(15)))
        }
    }
    for begin in [&b"Subject: x\n"[..], b"From x\nSubject: x\n"] {
        let long = [begin, &b"x\n".repeat(HEAD)].concat();
        let input = Box::new(Cursor::new(long).chain(Stopped));
        let mut intake = Intake::new([Supply::Reader { label: "standard input".into(), input }], Form::Any);
        assert!(matches!(intake.next(), Some(Err(Error::Interrupted(15)))));
        assert!(intake.next().is_none());
    }
}

#[test]
fn a_maildir_has_flags_and_dates() {
    let dir = tempfile::tempdir().unwrap();
    let seen = written(dir.path(), "cur/2.b.host:2,SFaRS", b"Subject: 2\n");
    File::options().append(true).open(&seen).unwrap().set_modified(UNIX_EPOCH + Duration::from_secs(7)).unwrap();
    for name in ["new/1.a.host", "new/2.b.host", "cur/3.c.host:2,", "tmp/4.d.host", "cur/.hidden", "cur/sub/x"] {
        written(dir.path(), name, format!("Subject: {name}\n").as_bytes());
    }
    std::os::unix::fs::symlink(dir.path(), dir.path().join("cur/linked")).unwrap();
    let found = all(Supply::Path(dir.path().into()));
    let texts: Vec<String> = found.iter().map(text).collect();
    // What is in both parts was moved while they were listed.
    assert_eq!(texts, ["Subject: new/1.a.host\r\n", "Subject: 2\r\n", "Subject: cur/3.c.host:2,\r\n"]);
    assert_eq!(found[1].label, seen.to_str().unwrap());
    assert_eq!(found[1].date, Some(UNIX_EPOCH + Duration::from_secs(7)));
    let names: Vec<&str> = found[1].flags.iter().map(|flag| flag.imap_name()).collect();
    assert_eq!(names, ["\\Flagged", "\\Answered", "\\Seen"]);
    assert!(found[0].flags.is_empty() && found[2].flags.is_empty());
}

#[test]
fn a_mail_that_is_moved_while_its_maildir_is_read_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let new = ["new/1.a.host", "new/2.b.host", "new/3.c.host"].map(|name| written(dir.path(), name, b"Subject: x\n"));
    fs::create_dir(dir.path().join("cur")).unwrap();
    let mut intake = Intake::new([Supply::Path(dir.path().into())], Form::Any);
    intake.next().unwrap().unwrap();
    fs::rename(&new[1], dir.path().join("cur/2.b.host:2,S")).unwrap();
    fs::remove_file(&new[2]).unwrap();
    assert_eq!(intake.next().unwrap().unwrap().flags, [MaildirFlag::Seen]);
    assert!(intake.next().unwrap().unwrap_err().to_string().contains("3.c.host"));
    assert!(intake.next().is_none());
}

proptest! {
    #[test]
    fn a_file_gives_what_a_pipe_gives(
        text in prop::collection::vec(prop::sample::select(b"\r\n\0.a\xc3\xa4".to_vec()), 1..200),
        repeat in 0usize..300,
    ) {
        let mut file = tempfile::tempfile().unwrap();
        let given = [b"A: b\n".as_slice(), &text.repeat(repeat + 1)].concat();
        file.write_all(&given).unwrap();
        let stamp = file::Stamp::of(&file).unwrap();
        let (scanned, traits) = FileText::scan(file, 0, stamp, "x").unwrap();
        let piped = only(reader(&given));
        prop_assert_eq!((scanned.octets(), traits.nul.is_some()), (piped.octets, piped.has_nul));
        let (mut one, mut other) = (Vec::new(), Vec::new());
        scanned.open("x").read_to_end(&mut one).unwrap();
        piped.open().read_to_end(&mut other).unwrap();
        prop_assert!(one == other);
    }
}
