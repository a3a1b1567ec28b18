# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_popfetch_global_optspecs
    string join \n a/account= config= state-dir= security= proxy= tunnel= 4/ipv4 6/ipv6 bind= connect-timeout= timeout= deadline= tls-backend= tls-min= tls-name= trust= ca-file= pin= client-cert= client-key= no-verify u/user= authzid= auth= password-command= password-file= password-fd= netrc= token-command= cleartext-auth json json-schema v/verbose transcript= show-secrets log= quiet progress= color= to= keep delete keep-days= keep-newest= delete-seen max-messages= max-size= max-total= newest= filter= pipeline= jobs= dry-run fail-if-none add-received accept-uidl-reset= to-security= to-user= to-password-command= to-password-file= to-ca-file= to-cleartext-auth rcpt= envelope-from= h/help V/version
end

function __fish_popfetch_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_popfetch_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_popfetch_using_subcommand
    set -l cmd (__fish_popfetch_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c popfetch -n "__fish_popfetch_needs_command" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_needs_command" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_needs_command" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_needs_command" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_needs_command" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l to -d 'Deliver to maildir:DIR, mbox:FILE, eml:DIR, pipe:COMMAND, a server or - for standard output. A bare path is a Maildir' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_needs_command" -l keep-days -d 'Delete delivered mail from the server when it was first seen this many days ago' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l keep-newest -d 'Leave the newest messages on the server, this many, and delete older ones that have been delivered' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l max-messages -d 'Fetch at most this many messages' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l max-size -d 'Leave messages larger than this on the server, such as 10M' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l max-total -d 'Fetch no more than this in all, such as 500M' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l newest -d 'Fetch only the newest of the new messages, this many, and skip the older ones' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l filter -d 'Run this command for each message, with the header on standard input, to decide whether to fetch it' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_needs_command" -l pipeline -d 'How many commands to send ahead of their replies: auto, off or a number' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l jobs -d 'How many accounts to fetch at a time' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l accept-uidl-reset -d 'Go on although most of the server\'s message identifiers have changed' -r -f -a "match\t'Find known messages again by size and header'
refetch\t'Take everything as new'
seen\t'Take everything as seen'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l to-security -d 'How the connection to the target is secured, in place of what its URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_needs_command" -l to-user -d 'The user to log in to the target as' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l to-password-command -d 'Run this shell command and take the line it prints as the target\'s password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_needs_command" -l to-password-file -d 'Read the target\'s password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l to-ca-file -d 'Trust the authorities in this PEM file and no others for the target' -r -F
complete -c popfetch -n "__fish_popfetch_needs_command" -l rcpt -d 'The recipient of the mail at the target. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -l envelope-from -d 'The sender in the target\'s envelope, to which reports of failure go; \'<>\', for nobody, if it is not given' -r
complete -c popfetch -n "__fish_popfetch_needs_command" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_needs_command" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_needs_command" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_needs_command" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_needs_command" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_needs_command" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_needs_command" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_needs_command" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_needs_command" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_needs_command" -l keep -d 'Leave mail on the server. This is the default'
complete -c popfetch -n "__fish_popfetch_needs_command" -l delete -d 'Delete mail from the server once it is safely delivered'
complete -c popfetch -n "__fish_popfetch_needs_command" -l delete-seen -d 'Let the deleting options also delete mail that was marked seen, imported or skipped'
complete -c popfetch -n "__fish_popfetch_needs_command" -l dry-run -d 'Ask the server, print what would be done, and change nothing'
complete -c popfetch -n "__fish_popfetch_needs_command" -l fail-if-none -d 'Exit with 1 if there was no new mail'
complete -c popfetch -n "__fish_popfetch_needs_command" -l add-received -d 'Put a Received header before each message'
complete -c popfetch -n "__fish_popfetch_needs_command" -l to-cleartext-auth -d 'Allow passwords over a connection to the target without TLS'
complete -c popfetch -n "__fish_popfetch_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_needs_command" -s V -l version -d 'Print version'
complete -c popfetch -n "__fish_popfetch_needs_command" -f -a "fetch" -d 'Fetch new mail and deliver it'
complete -c popfetch -n "__fish_popfetch_needs_command" -f -a "list" -d 'List the messages on the server'
complete -c popfetch -n "__fish_popfetch_needs_command" -f -a "show" -d 'Print one message as the server has it'
complete -c popfetch -n "__fish_popfetch_needs_command" -f -a "delete" -d 'Delete messages on the server'
complete -c popfetch -n "__fish_popfetch_needs_command" -f -a "probe" -d 'Connect, and report what the server offers and what its certificate says'
complete -c popfetch -n "__fish_popfetch_needs_command" -f -a "state" -d 'Look at and change what is remembered of an account'
complete -c popfetch -n "__fish_popfetch_needs_command" -f -a "raw" -d 'Send commands as they stand and print the replies'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l to -d 'Deliver to maildir:DIR, mbox:FILE, eml:DIR, pipe:COMMAND, a server or - for standard output. A bare path is a Maildir' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l keep-days -d 'Delete delivered mail from the server when it was first seen this many days ago' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l keep-newest -d 'Leave the newest messages on the server, this many, and delete older ones that have been delivered' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l max-messages -d 'Fetch at most this many messages' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l max-size -d 'Leave messages larger than this on the server, such as 10M' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l max-total -d 'Fetch no more than this in all, such as 500M' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l newest -d 'Fetch only the newest of the new messages, this many, and skip the older ones' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l filter -d 'Run this command for each message, with the header on standard input, to decide whether to fetch it' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l pipeline -d 'How many commands to send ahead of their replies: auto, off or a number' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l jobs -d 'How many accounts to fetch at a time' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l accept-uidl-reset -d 'Go on although most of the server\'s message identifiers have changed' -r -f -a "match\t'Find known messages again by size and header'
refetch\t'Take everything as new'
seen\t'Take everything as seen'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l to-security -d 'How the connection to the target is secured, in place of what its URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l to-user -d 'The user to log in to the target as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l to-password-command -d 'Run this shell command and take the line it prints as the target\'s password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l to-password-file -d 'Read the target\'s password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l to-ca-file -d 'Trust the authorities in this PEM file and no others for the target' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l rcpt -d 'The recipient of the mail at the target. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l envelope-from -d 'The sender in the target\'s envelope, to which reports of failure go; \'<>\', for nobody, if it is not given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l keep -d 'Leave mail on the server. This is the default'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l delete -d 'Delete mail from the server once it is safely delivered'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l delete-seen -d 'Let the deleting options also delete mail that was marked seen, imported or skipped'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l dry-run -d 'Ask the server, print what would be done, and change nothing'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l fail-if-none -d 'Exit with 1 if there was no new mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l add-received -d 'Put a Received header before each message'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l to-cleartext-auth -d 'Allow passwords over a connection to the target without TLS'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l headers -d 'Also show who each message is from, its date and its subject'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l number -d 'The message\'s number in this session, in place of its identifier' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l lines -d 'Print the header and this many lines of the body' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l headers -d 'Print the header only'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l warn-days -d 'Exit with 1 if the certificate expires within this many days' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -f -a "list" -d 'List the messages that are remembered, and what became of them'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -f -a "mark-seen" -d 'Take messages as seen without fetching them: the named ones, or all that are on the server'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -f -a "forget" -d 'Forget messages, so that they count as new if they are still on the server: the named ones, or all'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and not __fish_seen_subcommand_from list mark-seen forget import" -f -a "import" -d 'Take over what fetchmail, getmail or mpop remember'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l skipped -d 'Forget only messages that were skipped'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l format -d 'Which program wrote the file; found out from its contents unless given' -r -f -a "fetchmail\t'~/.fetchids'
getmail\t'An oldmail file'
mpop\t'A UIDL file'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand state; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l bind -d 'Connect from this local address' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -s u -l user -d 'The user to log in as' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l json -d 'Print one JSON object per line'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -l quiet -d 'Say nothing on standard error but errors'
complete -c popfetch -n "__fish_popfetch_using_subcommand raw" -s h -l help -d 'Print help (see more with \'--help\')'
