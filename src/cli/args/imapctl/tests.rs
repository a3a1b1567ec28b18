//! imapctl's command line.

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::super::{Invocation, SecurityChoice};
use super::*;
use crate::imap::{Flag, Mailbox, SpecialUse, UidSet};

fn try_parse(line: &str) -> Result<Imapctl, clap::Error> {
    let words = shlex::split(&format!("imapctl {line}")).unwrap();
    Invocation::parse(words).map(|invocation| invocation.args)
}

fn parse(line: &str) -> Imapctl {
    try_parse(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn folder(name: &str) -> FolderName {
    FolderName::parse(name).unwrap()
}

fn refusal(line: &str) -> String {
    try_parse(line).map(|args| panic!("{line}: {args:?}")).unwrap_err().to_string()
}

#[test]
fn every_command_as_people_write_it() {
    for (line, name) in [
        ("probe --warn-days 21", "probe"),
        ("folders 'Work/*' --tree --counts --subscribed --rights", "folders"),
        ("status INBOX @sent Entwürfe", "status"),
        ("list from:ann is:unread --sort -date,from --limit 50 --page 2 -f Archive", "list"),
        ("search --search UNSEEN FROM ann", "search"),
        ("threads subject:'q 3' --limit 0", "threads"),
        ("show 7 --part 1.2 --mark-seen --uidvalidity 3", "show"),
        ("parts 7 -f @drafts", "parts"),
        ("save 1:5,9 --attachments --to out", "save"),
        ("folder create A A/B --special-use archive --dry-run", "folder"),
        ("folder delete A --recursive --force", "folder"),
        ("folder rename A B", "folder"),
        ("folder subscribe A --recursive", "folder"),
        ("folder unsubscribe A", "folder"),
        ("append a.eml ~/Maildir box --flags seen,'$Forwarded' --date header -f X", "append"),
        ("append --replace 7 --format eml -f @drafts -", "append"),
        ("flag 7 '20:*' --add seen,\\\\Flagged --remove Junk", "flag"),
        ("flag is:unread older:30d --add seen --dry-run", "flag"),
        ("copy 7 --to @archive --to-account other --to-security plain --to-cleartext-auth", "copy"),
        ("move from:list --to Lists --create", "move"),
        ("delete 7 --permanent --force --trash Bin", "delete"),
        ("expunge 4,7:9 --force --dry-run", "expunge"),
        ("expunge", "expunge"),
        ("acl get INBOX", "acl"),
        ("acl set INBOX anyone -lr", "acl"),
        ("acl set INBOX -ann lr", "acl"),
        ("acl delete INBOX ann --dry-run", "acl"),
        ("acl rights INBOX", "acl"),
        ("quota", "quota"),
        ("quota --root user.ann --set STORAGE=2G --set MESSAGE=9", "quota"),
        ("metadata get /private/comment --depth infinity --max-size 64k", "metadata"),
        ("metadata set /shared/comment hello --server", "metadata"),
        ("metadata set /private/comment --unset -f X", "metadata"),
        ("batch - --fail-fast", "batch"),
        ("raw UID FETCH 1 FLAGS", "raw"),
        ("raw -f INBOX", "raw"),
        ("watch -f INBOX -f @sent --exec ./hook --connections 2 --poll 30 --debounce 2", "watch"),
    ] {
        assert_eq!(parse(line).command.name(), name, "{line}");
    }
    let command = Imapctl::command();
    assert_eq!(command.get_subcommands().count(), 22, "each is above");
}

#[test]
fn a_commands_options_may_stand_before_it() {
    let args = parse("-f Sent --limit 3 list from:ann -a work");
    assert_eq!(args.connect.account.as_deref(), Some("work"));
    assert!(matches!(args.command, Command::List(list) if list.limit == 3 && list.folder.folder == folder("Sent")));
    assert!(matches!(parse("--to list -v move 7").command, Command::Move(args) if args.to == folder("list")));
    for line in ["--special-use sent folder create X", "folder --special-use sent create X"] {
        let Command::Folder(FolderCommand::Create(create)) = parse(line).command else { panic!("{line}") };
        assert_eq!(
            (create.special_use, create.folders.as_slice()),
            (Some(SpecialUse::Sent), &[Mailbox::parse("X").unwrap()][..])
        );
    }
    assert_eq!(parse("--security plain probe").connect.security, Some(SecurityChoice::Plain));
}

#[test]
fn queries_and_uids() {
    let Command::Flag(flag) = parse("flag 1:5,9 '20:*' --add seen").command else { panic!() };
    assert_eq!(flag.selection.selected().unwrap(), Selected::Uids(UidSet::parse("1:5,9,20:*").unwrap()));
    let Command::Search(search) = parse("search --search UNSEEN 'SUBJECT \"a b\"' --limit 2").command else { panic!() };
    assert_eq!(search.query.selected(), Selected::Keys("UNSEEN SUBJECT \"a b\"".into()));
    let Command::List(list) = parse("list not:to:list 'or:(a:… b:…)'").command else { panic!() };
    assert_eq!(list.query.selected(), Selected::Query(vec!["not:to:list".into(), "or:(a:… b:…)".into()]));
}

#[test]
fn flags_are_a_list() {
    let Command::Flag(flag) = parse("flag 7 --add seen,'\\Flagged' --add Junk --remove a").command else { panic!() };
    assert_eq!(flag.add, [Flag::Seen, Flag::Flagged, Flag::parse("Junk").unwrap()]);
    assert_eq!(flag.remove, [Flag::parse("a").unwrap()]);
}

#[test]
fn what_is_refused() {
    for line in [
        "",
        "lst",
        "imaps://h",
        "list --limit -1",
        "list --page 0",
        "list --sort colour",
        "list from:a --search UNSEEN",
        "list -f ''",
        "list -f \"a\nb\"",
        "show",
        "show 0",
        "show 7 8",
        "show x",
        "show 7 --raw --html",
        "show 7 --part 1 --headers",
        "show 7 --part 0",
        "show 7 --uidvalidity 0",
        "save 7",
        "save --to x",
        "save 7 --to x --part 1 --attachments",
        "folder",
        "folder create",
        "folder create X --special-use inbox",
        "folder rename A",
        "append --date yesterday",
        "append --format pst",
        "append --flags ''",
        "flag 7",
        "flag --add seen",
        "flag 7 --add ''",
        "flag 7 --add recent",
        "flag 7 --add '\\Junk'",
        "list -f @snet",
        "show 4294967296",
        "copy 7",
        "move --to X",
        "delete",
        "acl",
        "acl set INBOX ann",
        "quota INBOX --root x",
        "quota --set MESSAGE",
        "metadata get comment",
        "metadata get /private/comment --server -f X",
        "metadata set /private/comment",
        "metadata set /private/comment x --unset",
        "batch",
        "raw \"NOOP\nLOGOUT\"",
        "watch --connections 0",
        "watch --exec ''",
        "watch --poll 0",
    ] {
        refusal(line);
    }
    assert!(refusal("lst").contains("'list'"));
}

#[test]
fn help_in_all_its_forms() {
    for line in ["--help", "-h", "help", "help list", "folder create --help", "acl --help"] {
        assert_eq!(try_parse(line).unwrap_err().kind(), ErrorKind::DisplayHelp, "{line}");
    }
}
