complete -c smtpsend -s f -l from -d 'The sender, for the envelope and for a From field if the message has none: an address, or a name with the address in angle brackets behind it' -r
complete -c smtpsend -l envelope-from -d 'The sender in the envelope alone, to which reports of failure go; \'<>\' if nobody wants any' -r
complete -c smtpsend -l to -d 'A recipient, in the To field too if the message is composed here. It may be given more than once' -r
complete -c smtpsend -l cc -d 'A recipient, in the Cc field too if the message is composed here' -r
complete -c smtpsend -l bcc -d 'A recipient whom the others do not see' -r
complete -c smtpsend -s s -l subject -d 'Write a message with this subject' -r
complete -c smtpsend -l text -d 'Take the text from this file, or from standard input with "-"' -r -F
complete -c smtpsend -l html -d 'Take an HTML version of the text from this file, or from standard input with "-"' -r -F
complete -c smtpsend -l body -d 'The text itself' -r
complete -c smtpsend -l attach -d 'Attach this file. It may be given more than once' -r -F
complete -c smtpsend -l inline -d 'Put this file, an image mostly, where the HTML text says "cid:ID"' -r -F
complete -c smtpsend -s H -l header -d 'Add a header field. It may be given more than once' -r
complete -c smtpsend -l reply-to -d 'Where answers should go' -r
complete -c smtpsend -l in-reply-to -d 'The Message-ID of the message that this one answers' -r
complete -c smtpsend -l notify -d 'When to be told what became of the message: never, or some of success, failure and delay' -r
complete -c smtpsend -l ret -d 'How much of the message a report of failure repeats: full or hdrs' -r
complete -c smtpsend -l envid -d 'A name for this sending, which reports repeat' -r
complete -c smtpsend -l mail-auth -d 'Who submitted the message first, for a server that trusts this client; \'<>\' if that is not known' -r
complete -c smtpsend -l by -d 'Have it delivered within this time, such as 2h, or else be told; with ";r" behind the time, have it returned' -r
complete -c smtpsend -l hold-for -d 'Have the server hold it for this time, such as 90m, or until a time such as 2030-01-02T03:04:05Z' -r
complete -c smtpsend -l priority -d 'Its priority, from -9 to 9' -r
complete -c smtpsend -l 8bit -d 'What to do with octets above 127 if the server does not take them' -r -f -a "auto\t'Send it as it is if that is offered, else encode it unless it is signed'
encode\t'Encode it'
refuse\t'Send it as it is or not at all'"
complete -c smtpsend -l chunking -d 'Send the message in chunks if the server offers it, which saves a round trip' -r -f -a "auto\t'If the server offers it'
off\t'Never'"
complete -c smtpsend -l pipeline -d 'Send commands ahead of their replies if the server offers it' -r -f -a "auto\t'If the server offers it'
off\t'Never'"
complete -c smtpsend -l qualify-domain -d 'Add this domain to addresses that have none, such as root' -r
complete -c smtpsend -l aliases -d 'Look up recipients without a domain in this file, which has the form of aliases(5)' -r -F
complete -c smtpsend -l partial -d 'What to do if the server accepts only some of the recipients: go on with those, or abort and send nothing' -r -f -a "send\t'Send to those that were accepted'
abort\t'Send nothing unless all were accepted'"
complete -c smtpsend -l dkim-key -d 'Sign the message by DKIM with this private key, a PEM file, RSA or Ed25519' -r -F
complete -c smtpsend -l dkim-selector -d 'The selector under which the key\'s public half is published' -r
complete -c smtpsend -l dkim-domain -d 'The domain that signs' -r
complete -c smtpsend -l save -d 'Keep a copy of what was accepted: maildir:DIR, mbox:FILE, eml:DIR, pipe:COMMAND, - for standard output, or a folder on an IMAP server, imaps://USER@HOST/FOLDER, imap://USER@HOST/FOLDER or account:NAME/FOLDER' -r -f -a "(__fish_complete_directories)"
complete -c smtpsend -l save-security -d 'How the connection to the server of --save is secured, in place of what its URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c smtpsend -l save-user -d 'The user to log in to the server of --save as' -r
complete -c smtpsend -l save-password-command -d 'Run this shell command and take the line it prints as the password for the server of --save' -r -f -a "(__fish_complete_command)"
complete -c smtpsend -l save-password-file -d 'Read the password for the server of --save from this file, which nobody else may be able to read' -r -F
complete -c smtpsend -l save-ca-file -d 'Trust the authorities in this PEM file and no others for the server of --save' -r -F
complete -c smtpsend -l batch -d 'Send all messages of a folder, a file of JSON lines (.ndjson), an mbox, or standard input with "-"' -r -F
complete -c smtpsend -l batch-format -d 'What --batch reads; needed with "-", and found out otherwise' -r -f -a "dir\t'A folder of messages, one per file'
ndjson\t'JSON, one object per line'
mbox\t'An mbox'"
complete -c smtpsend -l results -d 'Write what became of each message to this file, and skip what it already says was sent' -r -F
complete -c smtpsend -l jobs -d 'How many connections to send over' -r
complete -c smtpsend -l rate -d 'Send no more than this many messages in a second, as in 10/s, or in a minute, as in 100/m' -r
complete -c smtpsend -l merge -d 'Send one message for each line of this CSV file, made from --template' -r -F
complete -c smtpsend -l template -d 'The message to make them from, a file with {{NAME}} where a column\'s value goes' -r -F
complete -c smtpsend -l queue -d 'Put the message into the queue and return, and let a later --queue-run send it' -r -f -a "always\t'Queue every message, and send none'
on-failure\t'Queue what could not be sent just now'
never\t'Queue nothing'"
complete -c smtpsend -l queue-remove -d 'Remove a message from the queue. It may be given more than once' -r
complete -c smtpsend -l queue-dir -d 'Keep the queue in this directory' -r -f -a "(__fish_complete_directories)"
complete -c smtpsend -l on-unknown -d 'What to do with a queued message whose connection died before the server\'s final word' -r -f -a "retry\t'Send it again'
hold\t'Leave it until somebody decides'"
complete -c smtpsend -l warn-days -d 'With --probe, exit with 1 if the certificate expires within this many days' -r
complete -c smtpsend -l quit-after -d 'Do no more than this stage, and leave by QUIT' -r -f -a "connect\t'The connection, and TLS if it starts with that'
greeting\t'The server\'s greeting'
helo\t'EHLO before TLS'
starttls\t'STARTTLS and the handshake'
ehlo\t'EHLO inside TLS'
auth\t'The login'
mail\t'MAIL'
rcpt\t'RCPT, for every recipient'
data\t'DATA'
dot\t'The message, to its final dot'"
complete -c smtpsend -l drop-after -d 'Do no more than this stage, and drop the connection' -r -f -a "connect\t'The connection, and TLS if it starts with that'
greeting\t'The server\'s greeting'
helo\t'EHLO before TLS'
starttls\t'STARTTLS and the handshake'
ehlo\t'EHLO inside TLS'
auth\t'The login'
mail\t'MAIL'
rcpt\t'RCPT, for every recipient'
data\t'DATA'
dot\t'The message, to its final dot'"
complete -c smtpsend -l verb -d 'Send this command, such as \'VRFY ann\', EXPN, ETRN, HELP or NOOP, and print the reply' -r
complete -c smtpsend -l script -d 'Send this file\'s octets as they are, once connected, and print the replies' -r -F
complete -c smtpsend -l ehlo -d 'The name to greet with, in place of this machine\'s' -r
complete -c smtpsend -l xclient -d 'Tell a server that trusts this client whom it stands for, as in "ADDR=192.0.2.1 NAME=mx.example.org"' -r
complete -c smtpsend -l proxy-protocol -d 'Begin the connection with a header of the PROXY protocol, v1 or v2' -r
complete -c smtpsend -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c smtpsend -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c smtpsend -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c smtpsend -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c smtpsend -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c smtpsend -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c smtpsend -l bind -d 'Connect from this local address' -r
complete -c smtpsend -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c smtpsend -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c smtpsend -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c smtpsend -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c smtpsend -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c smtpsend -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c smtpsend -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c smtpsend -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c smtpsend -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c smtpsend -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c smtpsend -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c smtpsend -s u -l user -d 'The user to log in as' -r
complete -c smtpsend -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c smtpsend -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c smtpsend -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c smtpsend -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c smtpsend -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c smtpsend -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c smtpsend -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c smtpsend -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c smtpsend -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c smtpsend -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c smtpsend -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c smtpsend -s t -l recipients-from-headers -d 'Take the recipients from the To, Cc and Bcc fields of the message as well'
complete -c smtpsend -l require-tls -d 'Have every server on the way use verified TLS, or return the message'
complete -c smtpsend -l force-from -d 'Put the address of --from, or else of the account, in place of what the message has in its From field'
complete -c smtpsend -l save-cleartext-auth -d 'Allow passwords over a connection to the server of --save without TLS'
complete -c smtpsend -l queue-run -d 'Send what is in the queue and due'
complete -c smtpsend -l all-users -d 'With --queue-run, work on the queues of all users; for root'
complete -c smtpsend -l queue-list -d 'List what is in the queue'
complete -c smtpsend -l probe -d 'Connect, and report what the server offers and what its certificate says'
complete -c smtpsend -l dry-run -d 'Print what would be sent, to whom and by which server, and send nothing'
complete -c smtpsend -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c smtpsend -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c smtpsend -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c smtpsend -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c smtpsend -l json -d 'Print one JSON object per line'
complete -c smtpsend -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c smtpsend -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c smtpsend -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c smtpsend -l quiet -d 'Say nothing on standard error but errors'
complete -c smtpsend -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpsend -s V -l version -d 'Print version'
