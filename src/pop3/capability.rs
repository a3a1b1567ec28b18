//! What a server can do: the CAPA reply (RFC 2449 section 5, RFC 2595, RFC 3206, RFC 5034, RFC 6856).

/// The capabilities of a server in one state of a session; they may differ after TLS and after login.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Capabilities {
    /// TOP is there.
    pub top: bool,
    /// USER and PASS are there.
    pub user: bool,
    /// UIDL is there.
    pub uidl: bool,
    /// STLS is there.
    pub stls: bool,
    /// Commands may be sent ahead of replies.
    pub pipelining: bool,
    /// Texts may start with response codes.
    pub resp_codes: bool,
    /// `[AUTH]` and `[SYS/…]` tell a refusal from a failure.
    pub auth_resp_code: bool,
    /// SASL mechanisms, as written.
    pub sasl: Vec<String>,
    /// The least time between logins.
    pub login_delay: Option<LoginDelay>,
    /// How long messages are kept.
    pub expire: Option<Expire>,
    /// UTF8 is there (RFC 6856); with `USER`, credentials may be UTF-8 after it.
    pub utf8: Option<Utf8>,
    /// LANG is there.
    pub lang: bool,
    /// The server's name and version, sanitised.
    pub implementation: Option<String>,
    /// Every line, sanitised, in the server's order.
    pub lines: Vec<String>,
}

/// The LOGIN-DELAY capability.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LoginDelay {
    /// Seconds between logins.
    pub seconds: u32,
    /// The value may differ between users, and is this user's only after login.
    pub per_user: bool,
}

/// The EXPIRE capability.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expire {
    /// Messages are kept.
    Never,
    /// The least number of days; 0 means that what was retrieved may be deleted at QUIT.
    Days(u32),
}

/// The UTF8 capability.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Utf8 {
    /// For messages.
    Messages,
    /// For messages, and for user names and passwords.
    User,
}

impl Capabilities {
    /// Takes one line of the CAPA reply. Keywords are compared caseless; what is unknown or malformed is only listed.
    pub fn add(&mut self, line: &[u8], shown: String) {
        self.lines.push(shown);
        let text = String::from_utf8_lossy(line);
        let mut words = text.split_ascii_whitespace();
        let Some(tag) = words.next() else { return };
        match tag.to_ascii_uppercase().as_str() {
            "TOP" => self.top = true,
            "USER" => self.user = true,
            "UIDL" => self.uidl = true,
            "STLS" => self.stls = true,
            "PIPELINING" => self.pipelining = true,
            "RESP-CODES" => self.resp_codes = true,
            "AUTH-RESP-CODE" => self.auth_resp_code = true,
            "LANG" => self.lang = true,
            "SASL" => self.sasl.extend(words.map(str::to_ascii_uppercase)),
            "LOGIN-DELAY" => {
                self.login_delay = words.next().and_then(|word| word.parse().ok()).map(|seconds| LoginDelay {
                    seconds,
                    per_user: words.next().is_some_and(|word| word.eq_ignore_ascii_case("USER")),
                });
            }
            "EXPIRE" => {
                self.expire = words.next().and_then(|word| match word.eq_ignore_ascii_case("NEVER") {
                    true => Some(Expire::Never),
                    false => word.parse().ok().map(Expire::Days),
                });
            }
            "UTF8" => {
                let user = words.any(|word| word.eq_ignore_ascii_case("USER"));
                self.utf8 = Some(if user { Utf8::User } else { Utf8::Messages });
            }
            "IMPLEMENTATION" => {
                let rest = words.collect::<Vec<_>>().join(" ");
                self.implementation = Some(crate::text::sanitize_capped(rest.as_bytes(), 200));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Capabilities {
        let mut capabilities = Capabilities::default();
        for line in lines {
            capabilities.add(line.as_bytes(), (*line).to_owned());
        }
        capabilities
    }

    #[test]
    fn knows_its_tags_in_any_case_with_arguments() {
        let c = parse(&[
            "top",
            "Uidl",
            "SASL PLAIN scram-sha-1",
            "RESP-CODES",
            "PIPELINING",
            "LOGIN-DELAY 900 USER",
            "EXPIRE 0",
            "UTF8 USER",
            "IMPLEMENTATION Shlemazle-Plotz v302",
            "X-NEW thing",
        ]);
        assert!(c.top && c.uidl && c.resp_codes && c.pipelining && !c.user && !c.stls);
        assert_eq!(c.sasl, ["PLAIN", "SCRAM-SHA-1"]);
        assert_eq!(c.login_delay, Some(LoginDelay { seconds: 900, per_user: true }));
        assert_eq!(c.expire, Some(Expire::Days(0)));
        assert_eq!(c.utf8, Some(Utf8::User));
        assert_eq!(c.implementation.as_deref(), Some("Shlemazle-Plotz v302"));
        assert_eq!(c.lines.len(), 10);
    }

    #[test]
    fn absurd_arguments_are_no_capability() {
        let c = parse(&["LOGIN-DELAY 99999999999999999999", "EXPIRE -1", "EXPIRE", "LOGIN-DELAY", "", "   "]);
        assert_eq!((c.login_delay, c.expire), (None, None));
        assert_eq!(parse(&["EXPIRE never USER"]).expire, Some(Expire::Never));
    }
}
