#!/usr/bin/env python3
"""What imapctl and its peers do where servers are odd: the table of the README.

    python3 benches/imap_habits.py target/release/imapctl

Each program that is installed meets the same scripted server on loopback; what it shows, asks for and exits with is told, not
judged. Standard library only.
"""

import base64
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

USER, PASSWORD = "ann", "correct-horse"
MESSAGES = {
    number: {
        "subject": f"letter {number}",
        "text": f"This is the text of letter {number}.\r\n".encode(),
    }
    for number in (1, 2, 3)
}
ATTACHMENT = base64.encodebytes(b"attached " * 60).replace(b"\n", b"\r\n")


def message(number):
    about = MESSAGES[number]
    return (
        b"From: Bob <bob@example.net>\r\nTo: ann@example.org\r\nDate: Mon, 7 Feb 2022 21:52:25 +0000\r\n"
        b"Message-ID: <%d@example.net>\r\nSubject: %s\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n%s\r\n--b\r\n'
        b'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="a.bin"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n"
        % (number, about["subject"].encode(), about["text"], ATTACHMENT)
    )


class Server:
    """One session after the other, as `ways` say."""

    def __init__(self, **ways):
        self.ways, self.said, self.octets = ways, [], 0
        self.flags = {1: "", 2: "\\Seen", 3: "\\Deleted"}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            try:
                self.session(peer, peer.makefile("rb"))
            except (OSError, EOFError):
                pass
            peer.close()

    def end(self):
        self.listener.close()

    def session(self, peer, lines):
        say = lambda text: peer.sendall(text if isinstance(text, bytes) else text.encode())
        say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
        while True:
            line = self.command(lines, say)
            tag, _, rest = line.partition(" ")
            self.said.append(rest)
            verb = rest.upper()
            if verb.startswith("AUTHENTICATE") and verb.count(" ") < 2:
                say("+ \r\n")
                self.said.append("AUTHENTICATE " + lines.readline().decode().strip())
            if verb.startswith(("LOGIN", "AUTHENTICATE")) and self.ways.get("refuse"):
                say(f"{tag} NO [AUTHENTICATIONFAILED] no\r\n")
                continue
            try:
                answer = self.answer(verb, rest)
            except Cut as cut:
                octets, more = cut.args
                say(octets)
                for _ in range(more):
                    say(b"x" * (1 << 20))
                raise
            say(answer)
            if verb.startswith("LOGOUT"):
                say(f"{tag} OK bye\r\n")
                return
            say(f"{tag} BAD what is that\r\n" if answer == "?" else f"{tag} OK done\r\n")

    def command(self, lines, say):
        """A line with its literals in place."""
        whole = b""
        while True:
            line = lines.readline()
            if not line:
                raise EOFError
            whole += line
            literal = re.search(rb"\{(\d+)(\+?)\}\r\n$", line)
            if not literal:
                return whole.decode("utf-8", "replace").rstrip("\r\n")
            if not literal[2]:
                say("+ go on\r\n")
            whole += lines.read(int(literal[1]))

    def answer(self, verb, rest):
        if verb.startswith("CAPABILITY"):
            return "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n"
        if verb.startswith("STARTTLS"):
            return "?"
        if verb.startswith(("LIST", "LSUB")):
            kind = verb[:4]
            return f'* {kind} () "/" INBOX\r\n* {kind} () "/" "Entw&APw-rfe"\r\n* {kind} () "/" Archive\r\n'
        if verb.startswith("STATUS"):
            name = rest.split(" ")[1]
            return f"* STATUS {name} (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2)\r\n"
        if verb.startswith(("SELECT", "EXAMINE")):
            return (
                "* 3 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted \\Flagged \\Answered \\Draft)\r\n"
                "* OK [PERMANENTFLAGS (\\Seen \\Deleted \\Flagged \\Answered \\Draft \\*)] ok\r\n"
                "* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n"
            )
        if "SEARCH" in verb.split(" ")[:2]:
            uids = re.search(r"(?:UID|SEARCH) ([0-9:*,]+)", verb.partition("SEARCH")[2] and verb)
            found = [n for n in MESSAGES if not uids or in_set(n, uids[1])]
            return f"* SEARCH {' '.join(map(str, found))}\r\n"
        if "FETCH" in verb.split(" ")[:2]:
            return self.fetch(verb)
        if "STORE" in verb.split(" ")[:2]:
            return ""
        if verb.startswith(("EXPUNGE", "UID EXPUNGE", "UID MOVE", "MOVE", "ID", "NAMESPACE", "ENABLE")):
            return "?" if not verb.startswith("EXPUNGE") else "* 3 EXPUNGE\r\n"
        return "" if verb.startswith(("NOOP", "CLOSE", "LOGOUT", "COPY", "UID COPY", "LOGIN", "AUTH", "CREATE")) else "?"

    def fetch(self, verb):
        words = verb.split(" ")
        wanted = words[2] if words[0] == "UID" else words[1]
        numbers = [n for n in MESSAGES if in_set(n, wanted)]
        if self.ways.get("bomb"):
            raise Cut(b"* 1 FETCH (UID 1 FLAGS () ENVELOPE (NIL {99999999999}\r\n", 300)
        rows = []
        for number in numbers:
            whole = message(number)
            row = [b"UID %d" % number]
            if "FLAGS" in verb:
                row.append(b"FLAGS (%s)" % self.flags[number].encode())
            if "INTERNALDATE" in verb:
                row.append(b'INTERNALDATE "07-Feb-2022 21:52:25 +0000"')
            if "RFC822.SIZE" in verb:
                row.append(b"RFC822.SIZE %d" % len(whole))
            if "ENVELOPE" in verb:
                someone = b'((NIL NIL "bob" "example.net"))'
                subject = MESSAGES[number]["subject"].encode()
                good = b'("Mon, 7 Feb 2022 21:52:25 +0000" "%s" %s %s %s %s NIL NIL NIL "<%d@example.net>")' % (
                    subject, someone, someone, someone, someone, number)
                odd = self.ways.get("odd") and number == 2
                row.append(b"ENVELOPE " + (b'("Mon" "a "quoted" word" oops)' if odd else good))
            if "BODYSTRUCTURE" in verb:
                row.append(
                    b'BODYSTRUCTURE (("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 34 1 NIL NIL NIL NIL)'
                    b'("APPLICATION" "OCTET-STREAM" NIL NIL NIL "BASE64" %d NIL ("ATTACHMENT" ("FILENAME" "a.bin")) NIL NIL)'
                    b' "MIXED" ("BOUNDARY" "b") NIL NIL NIL)' % len(ATTACHMENT))
            for section in dict.fromkeys(re.findall(r"BODY(?:\.PEEK)?\[([^]]*)\]", verb)):
                header, _, body = whole.partition(b"\r\n\r\n")
                octets = {
                    "": whole, "HEADER": header + b"\r\n\r\n", "TEXT": body, "1": MESSAGES[number]["text"], "2": ATTACHMENT,
                    "2.MIME": b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                }.get(section, header + b"\r\n\r\n")
                if self.ways.get("cut") and section == "":
                    half = b"* %d FETCH (UID %d BODY[] {%d}\r\n%s" % (number, number, len(octets), octets[: len(octets) // 2])
                    raise Cut(half, 0)
                self.octets += len(octets)
                row.append(b"BODY[%s] {%d}\r\n%s" % (section.encode(), len(octets), octets))
            rows.append(b"* %d FETCH (%s)\r\n" % (number, b" ".join(row)))
        return b"".join(rows)


class Cut(EOFError):
    """The connection ends after these octets and so many MiB of others."""


def in_set(number, text):
    for piece in text.split(","):
        low, _, high = piece.partition(":")
        bounds = sorted(3 if end == "*" else int(end) for end in (low, high or low))
        if bounds[0] <= number <= bounds[1]:
            return True
    return False


class Imapctl:
    name = "imapctl"

    def __init__(self, path):
        self.path = os.path.abspath(path)

    def run(self, server, *words, user=True, security=("--security", "plain", "--cleartext-auth")):
        with tempfile.TemporaryDirectory() as state:
            secret = os.path.join(state, "password")
            with open(os.open(secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(PASSWORD)
            url = f"imap://{USER}@127.0.0.1:{server.port}"
            return run([self.path, "-a", url, "--state-dir", state, "--password-file", secret, *security, *words])

    def list(self, server): return self.run(server, "list")
    def find(self, server): return self.run(server, "search", "subject:Grüße")
    def verbose(self, server): return self.run(server, "list", "-v")
    def move(self, server): return self.run(server, "move", "1", "--to", "Archive")
    def part(self, server): return self.run(server, "show", "1", "--part", "2")
    def whole(self, server): return self.run(server, "show", "1", "--raw")
    def folders(self, server): return self.run(server, "folders")
    def stripped(self, server): return self.run(server, "list", security=())
    def absent(self, server): return self.run(server, "show", "9", "--raw")


class Himalaya:
    name = "himalaya"

    def run(self, server, *words, extra=""):
        with tempfile.TemporaryDirectory() as home:
            config = os.path.join(home, "config.toml")
            with open(os.open(config, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(
                    f'[accounts.a]\ndefault = true\nemail = "a@example.org"\nimap.server = "imap://127.0.0.1:{server.port}"\n'
                    f'imap.sasl.plain.username = "{USER}"\nimap.sasl.plain.password.raw = "{PASSWORD}"\n{extra}')
            return run(["himalaya", "-c", config, *words], cwd=home)

    def list(self, server): return self.run(server, "envelope", "list")
    def find(self, server): return self.run(server, "envelope", "search", "subject", "Grüße")
    def verbose(self, server): return self.run(server, "--log", "trace", "envelope", "list")
    def move(self, server): return self.run(server, "message", "move", "-t", "Archive", "1")
    def part(self, server): return self.run(server, "attachment", "download", "1")
    def whole(self, server): return self.run(server, "message", "read", "--raw", "1")
    def folders(self, server): return self.run(server, "mailbox", "list")
    def stripped(self, server): return self.run(server, "envelope", "list", extra="imap.starttls = true\n")
    def absent(self, server): return self.run(server, "message", "read", "9")


class Imapfilter:
    name = "imapfilter"

    def run(self, server, script, *words):
        with tempfile.TemporaryDirectory() as home:
            config = os.path.join(home, "config.lua")
            with open(config, "w") as file:
                file.write(
                    f"options.timeout = 10\na = IMAP {{ server = '127.0.0.1', port = {server.port}, "
                    f"username = '{USER}', password = '{PASSWORD}' }}\n{script}")
            return run(["imapfilter", *words, "-c", config], env={"HOME": home, "IMAPFILTER_HOME": home})

    def list(self, server):
        return self.run(server, "for _, m in ipairs(a.INBOX:select_all()) do print(m[1][m[2]]:fetch_field('Subject')) end")
    def find(self, server): return self.run(server, "options.charset = 'UTF-8'\nprint(#a.INBOX:contain_subject('Grüße'))")
    def verbose(self, server):
        with tempfile.NamedTemporaryFile() as log:
            result = self.run(server, "a.INBOX:check_status()", "-d", log.name)
            return result._replace_err(open(log.name, errors="replace").read())
    def move(self, server): return self.run(server, "a.INBOX:contain_subject('letter 1'):move_messages(a.Archive)")
    def part(self, server): return self.run(server, "print(a.INBOX[1]:fetch_part('2'))")
    def whole(self, server): return self.run(server, "print(a.INBOX[1]:fetch_message())")
    def folders(self, server): return self.run(server, "m, f = a:list_all()\nfor _, n in ipairs(m) do print(n) end")
    def stripped(self, server): return self.run(server, "a.INBOX:check_status()")
    def absent(self, server): return self.run(server, "print(a.INBOX[9]:fetch_message())")


class Curl:
    name = "curl"

    def run(self, server, path, *words):
        with tempfile.TemporaryDirectory() as home:
            netrc = os.path.join(home, "netrc")
            with open(os.open(netrc, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
            return run(["curl", "-sS", "--netrc-file", netrc, *words, f"imap://127.0.0.1:{server.port}/{path}"])

    def list(self, server): return self.run(server, "INBOX", "-X", "FETCH 1:* (UID FLAGS ENVELOPE)")
    def find(self, server): return self.run(server, "INBOX?SUBJECT%20Gr%C3%BC%C3%9Fe")
    def verbose(self, server): return self.run(server, "INBOX;UID=1", "-v")
    def move(self, server): return None
    def part(self, server): return self.run(server, "INBOX;UID=1;SECTION=2")
    def whole(self, server): return self.run(server, "INBOX;UID=1")
    def folders(self, server): return self.run(server, "")
    def stripped(self, server): return self.run(server, "INBOX;UID=1", "--ssl-reqd")
    def absent(self, server): return self.run(server, "INBOX;UID=9")


class Result:
    def __init__(self, exit, out, err, memory):
        self.exit, self.out, self.err, self.memory = exit, out, err, memory

    def _replace_err(self, err):
        self.err = err
        return self


def run(words, cwd=None, env=None):
    """Its peak memory in MiB is the kernel's account of an ended child, and at least what this script held when it began."""
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd, env={**os.environ, **(env or {})})
    timer = threading.Timer(60, child.kill)
    timer.start()
    _, status, usage = os.wait4(child.pid, 0)
    timer.cancel()
    out.seek(0), err.seek(0)
    exit = os.waitstatus_to_exitcode(status)
    return Result(exit, out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace"), usage.ru_maxrss // 1024)


def with_server(program, verb, look, **ways):
    server = Server(**ways)
    result = getattr(program, verb)(server)
    server.end()
    return "-" if result is None else look(result, server)


def shown(result):
    rows = sum(f"letter {number}" in result.out for number in MESSAGES)
    return f"{rows} of 3, exit {result.exit}"


def charset(result, server):
    search = next((said for said in server.said if "SEARCH" in said.upper().split(" ")[:2]), None)
    if search is None:
        return f"downloads and looks itself, exit {result.exit}"
    return ("yes" if "UTF-8" in search.upper() else "no") + (", exit %d" % result.exit if result.exit else "")


def hides(result, _):
    told = [PASSWORD, base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()]
    text = result.out + result.err
    return "no" if any(secret in text for secret in told) else "yes"


def expunges(result, server):
    bare = any(said.upper().startswith(("EXPUNGE", "CLOSE")) for said in server.said)
    return ("yes" if bare else "no") + f", exit {result.exit}"


def asked(result, server):
    fetches = " ".join(said for said in server.said if "FETCH" in said.upper())
    return "no" if re.search(r"BODY(\.PEEK)?\[\]|RFC822(?!\.SIZE)", fetches) else "yes"


def name(result, _):
    return "yes" if "Entwürfe" in result.out else "no"


def sent(result, server):
    clear = any(said.upper().startswith(("LOGIN", "AUTHENTICATE")) for said in server.said)
    return ("sends the password" if clear else "refuses") + f", exit {result.exit}"


ROWS = [
    ("one row of three does not parse: shown", "list", lambda r, _: shown(r), {"odd": True}),
    ("a literal of 93 GiB is announced: memory, exit", "list", lambda r, _: f"{r.memory} MiB, {r.exit}", {"bomb": True}),
    ("the connection ends inside a message", "whole", lambda r, _: f"exit {r.exit}", {"cut": True}),
    ("a message that is not there", "absent", lambda r, _: f"exit {r.exit}", {}),
    ("login refused", "list", lambda r, _: f"exit {r.exit}", {"refuse": True}),
    ("a search for Grüße names its charset", "find", charset, {}),
    ("folder names are shown decoded", "folders", name, {}),
    ("one part comes without the whole message", "part", asked, {}),
    ("move at a server without MOVE and UIDPLUS: expunges what others marked", "move", expunges, {}),
    ("STARTTLS is asked for and not offered", "stripped", sent, {}),
    ("hides the password in its transcript", "verbose", hides, {}),
]


def main():
    programs = [Imapctl(sys.argv[1] if len(sys.argv) > 1 else "target/release/imapctl"), Himalaya(), Imapfilter(), Curl()]
    programs = [program for program in programs if shutil.which(getattr(program, "path", program.name))]
    print("| |", " | ".join(program.name for program in programs), "|")
    print("|---" * (len(programs) + 1) + "|")
    for text, verb, look, ways in ROWS:
        cells = [with_server(program, verb, look, **ways) for program in programs]
        print("|", " | ".join([text, *cells]), "|", flush=True)


if __name__ == "__main__":
    main()
