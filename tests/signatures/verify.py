"""Verifies every DKIM signature of the message on standard input; arguments are NAME=RECORD, instead of the DNS."""
import sys

import dkim

records = dict(argument.split("=", 1) for argument in sys.argv[1:])


def answer(name, timeout=5):
    record = records.get(name.decode().rstrip("."))
    return record.encode() if record else None


def verdict(verifier, index):
    try:
        return "good" if verifier.verify(index, dnsfunc=answer) else "bad"
    except dkim.ValidationError as error:
        # The body does not match its hash.
        return "bad" if "body hash mismatch" in str(error) else str(error)


verifier = dkim.DKIM(sys.stdin.buffer.read(), minkey=1024)
count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
print("\n".join(verdict(verifier, index) for index in range(count)))
