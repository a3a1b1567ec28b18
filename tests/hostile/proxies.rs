//! Through proxies, and through a command, to a scripted peer.

use std::collections::BTreeMap;

use crate::support::dialogue::{Dialogue, Folder, canaries};
use crate::support::proxy::{PROXY_PASSWORD, Proxy, Speaks};

/// A session with one mail; `head` and `first` are added to its head and before its script.
fn session(head: &str) -> String {
    format!(
        "# one mail through something
{head}exit: 0
mail: Subject: a\\n\\ntext a\\n

S: +OK ready
ON CAPA
  S: +OK
  S: SASL PLAIN
  S: UIDL
  S: .
C: AUTH PLAIN {{plain}}
S: +OK
ON LIST
  S: +OK
  S: 1 22
  S: .
C: UIDL
S: +OK
S: 1 uid-a
S: .
C: RETR 1
S: +OK
S: Subject: a
S:
S: text a
S: .
"
    )
}

fn play(text: &str) {
    Dialogue::parse(Folder::Pop3, "proxies", text, BTreeMap::new()).and_then(|dialogue| dialogue.play()).unwrap();
}

#[test]
fn a_proxy_is_told_the_name_and_sees_tls_only() {
    for (speaks, schemes) in [(Speaks::Socks5, &["socks5", "socks5h"][..]), (Speaks::Http, &["http"])] {
        for scheme in schemes {
            for login in [false, true] {
                let proxy = Proxy::listen(speaks, login);
                let user = if login { "proxy%20user@" } else { "" };
                let head = format!(
                    "args: --proxy {scheme}://{user}127.0.0.1:{} -vv\nenv: MAILWIRE_PROXY_PASSWORD={PROXY_PASSWORD}\n",
                    proxy.port()
                );
                let head = canaries(PROXY_PASSWORD).iter().fold(head, |head, canary| {
                    let canary = String::from_utf8_lossy(canary);
                    format!("{head}stderr-lacks: {canary}\ntranscript-lacks: {canary}\n")
                });
                play(&session(&head));
                let asked = proxy.asked();
                assert_eq!(asked.len(), 1, "{asked:?}");
                let by_name = asked[0].starts_with("localhost:");
                // With socks5 the name is resolved here.
                assert_eq!(by_name, *scheme != "socks5", "{scheme}: {asked:?}");
            }
        }
    }
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    for (speaks, scheme) in [(Speaks::Socks5, "socks5h"), (Speaks::Http, "http")] {
        let proxy = Proxy::listen(speaks, true);
        for (user, password) in [("somebody@", PROXY_PASSWORD), ("proxy%20user@", "canary-proxy-wrong"), ("", "x")] {
            let text = format!(
                "# nothing comes of it
args: --proxy {scheme}://{user}127.0.0.1:{} -v
env: MAILWIRE_PROXY_PASSWORD={password}
exit: 69
stderr-contains: proxy
stderr-lacks: {password}
transcript-lacks: {password}
mails: 0
",
                proxy.port()
            );
            // Where no password was given the proxy's own words are its own affair.
            play(&text.replace("stderr-lacks: x\ntranscript-lacks: x\n", ""));
        }
        assert!(proxy.asked().is_empty());
    }
}

#[test]
fn certificates_and_clear_text_count_behind_a_proxy_too() {
    let proxy = Proxy::listen(Speaks::Socks5, false);
    let url = format!("args: --proxy socks5h://127.0.0.1:{}", proxy.port());
    play(&format!(
        "# the name is still that of the server
certificate: wrong-name
{url}
exit: 69
stderr-contains: certificate
mails: 0

NEVER *
"
    ));
    play(&format!(
        "# a proxied connection is not private
security: plain
defaults: none
command: fetch pop3://user@localhost:{{port}} --security plain --password-file password --to Maildir
{url}
exit: 69
stderr-contains: --cleartext-auth

S: +OK ready
NEVER AUTH *
NEVER USER *
ON CAPA
  S: +OK
  S: SASL PLAIN
  S: .
"
    ));
}

#[test]
fn a_tunnel_command_is_private_and_tls_works_inside() {
    // A relay of its own, since no tool for it is everywhere.
    let relay = "exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & cat >&3";
    play(&session(&format!("args: --tunnel \"exec bash -c '{relay}'\"\n")));
    let plain = session(&format!("security: plain\ncleartext: allowed\nargs: --tunnel \"exec bash -c '{relay}'\"\n"));
    play(&plain);
}
