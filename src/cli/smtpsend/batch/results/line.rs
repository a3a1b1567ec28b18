//! What the lines of results mean.

use serde_json::Value;

use super::super::item::Digester;
use super::{Name, Past};
use crate::addr_spec::AddrSpec;

/// What a line says of recipients; `None` if it is none of ours.
pub(super) fn parse(line: &[u8], boot: &str) -> Option<Vec<(u128, Past)>> {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(line) else { return None };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let kind = text("type")?;
    let known = (|| {
        let name = match fields.get("copy") {
            Some(copy) => Name::Copy(copy.as_u64()?),
            None => Name::Own,
        };
        let (id, digest) = (text("id")?, text("digest")?);
        let key = |address: &str| key(id, name, digest, address);
        match kind {
            "planned" | "started" => {
                let past = match kind {
                    // Had it been started, that line would be there.
                    "planned" if text("boot")? == boot => Past::Open,
                    _ => Past::Unknown,
                };
                let recipients = fields.get("recipients")?.as_array()?;
                recipients.iter().map(|address| Some((key(address.as_str()?), past))).collect()
            }
            "recipient" => {
                let past = match text("status")? {
                    "accepted" => Past::Accepted,
                    "refused" => Past::Refused,
                    "unknown" => Past::Unknown,
                    "deferred" | "unsent" => Past::Open,
                    _ => return None,
                };
                Some(vec![(key(text("address")?), past)])
            }
            _ => None,
        }
    })();
    match kind {
        "planned" | "started" => known,
        // A message that could not even be read has no digest.
        "recipient" if fields.contains_key("digest") => known,
        "recipient" | "message" | "error" => Some(Vec::new()),
        _ => None,
    }
}

/// What stands for a recipient of a message.
pub(super) fn key(id: &str, name: Name, digest: &str, address: &str) -> u128 {
    let mut digester = Digester::default();
    match name {
        Name::Own => digester.part(id.as_bytes()),
        Name::Copy(copy) => digester.part(&copy.to_le_bytes()),
    }
    digester.part(if name == Name::Own { b"own" } else { b"copy" });
    digester.part(digest.as_bytes());
    digester.part(canonical(address).as_bytes());
    digester.number()
}

/// Domains are the same in capitals and in either form of an international name.
fn canonical(address: &str) -> String {
    let ascii = AddrSpec::parse(address).and_then(|address| address.ascii_domain());
    match ascii {
        Ok(address) => match address.domain() {
            Some(domain) => format!("{}@{}", address.local(), domain.to_ascii_lowercase()),
            None => address.local().to_owned(),
        },
        Err(_) => address.to_owned(),
    }
}

/// Whether it is, or was going to be, a first line of ours.
pub(super) fn looks_like_ours(line: &[u8]) -> bool {
    let end = line.iter().rposition(|octet| *octet != 0).map_or(0, |at| at + 1);
    let line = line.get(..end).unwrap_or_default();
    [
        "{\"type\":\"planned\"",
        "{\"type\":\"started\"",
        "{\"type\":\"recipient\"",
        "{\"type\":\"message\"",
        "{\"type\":\"error\"",
    ]
    .into_iter()
    .map(str::as_bytes)
    .any(|ours| {
        let length = ours.len().min(line.len());
        line.get(..length) == ours.get(..length)
    })
}
