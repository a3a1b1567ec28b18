//! Messages that are the same in every run, and among them the ones that fetchers have spoilt.

/// A generator that needs no crate and never changes: splitmix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// `count` ordinary messages of some kilobytes, each different, LF line ends.
pub(crate) fn ordinary(count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    (1..=count)
        .map(|number| {
            let mut mail = format!(
                "Return-Path: <sender@example.net>\nMessage-ID: <{number}.{:016x}@example.net>\nFrom: A Sender \
                 <sender@example.net>\nTo: user@example.org\nSubject: number {number}\nDate: Mon, 02 Nov 2026 10:00:00 \
                 +0000\n\n",
                random.next()
            )
            .into_bytes();
            let words = ["alpha", "beta", ".", "..dots", "From here", "mail", "queue"];
            for _ in 0..random.below(60) {
                for _ in 0..=random.below(9) {
                    let word = words[random.below(words.len() as u64) as usize];
                    mail.extend(word.bytes().chain([b' ']));
                }
                mail.push(b'\n');
            }
            mail
        })
        .collect()
}

/// One message for each thing that fetchers have been seen to spoil, LF line ends.
pub(crate) fn nasty() -> Vec<Vec<u8>> {
    let with_body = |number: usize, body: &[u8]| {
        let mut mail = format!("Message-ID: <nasty{number}@example.net>\nSubject: nasty {number}\n\n").into_bytes();
        mail.extend(body);
        mail
    };
    let bodies: Vec<Vec<u8>> = vec![
        b".\n..\n...\n.\n".to_vec(),
        b"\n\n\n".to_vec(),
        b"".to_vec(),
        (0x80..=0xffu8).chain([b'\n']).collect(),
        b"a bare\rcarriage\rreturn\n".to_vec(),
        [vec![b'x'; 100_000], b"\n".to_vec()].concat(),
        [vec![b'.'; 9_000], b"\n".to_vec()].concat(),
        b"From the start\n>From quoted\n>>From twice\nFrom \n".to_vec(),
        b"\x1b]0;title\x07\x1b[2J\x08\x7f\n".to_vec(),
        b"trailing blanks  \t \n \n".to_vec(),
        "Grüße, 日本語 \u{202e} ✓\n".as_bytes().to_vec(),
        b"+OK\n-ERR [AUTH]\n.QUIT\n".to_vec(),
        b"a nul \0 in a line\n".to_vec(),
    ];
    let mut mails: Vec<_> = bodies.iter().enumerate().map(|(number, body)| with_body(number, body)).collect();
    mails.push(b"no header at all, and no empty line\n".to_vec());
    mails.push(b"\nno header, an empty line first\n".to_vec());
    mails.push([b"X-Long: ".to_vec(), b"folded\n\t".repeat(2_000), b"end\n\nbody\n".to_vec()].concat());
    mails
}
