# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_imapctl_global_optspecs
    string join \n a/account= config= state-dir= security= proxy= tunnel= 4/ipv4 6/ipv6 bind= connect-timeout= timeout= deadline= tls-backend= tls-min= tls-name= trust= ca-file= pin= client-cert= client-key= no-verify u/user= authzid= auth= password-command= password-file= password-fd= netrc= token-command= cleartext-auth json json-schema v/verbose transcript= show-secrets log= quiet progress= color= h/help V/version
end

function __fish_imapctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_imapctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_imapctl_using_subcommand
    set -l cmd (__fish_imapctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c imapctl -n "__fish_imapctl_needs_command" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_needs_command" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_needs_command" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_needs_command" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_needs_command" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_needs_command" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_needs_command" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_needs_command" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_needs_command" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_needs_command" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_needs_command" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_needs_command" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_needs_command" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_needs_command" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_needs_command" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_needs_command" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_needs_command" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_needs_command" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_needs_command" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_needs_command" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_needs_command" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_needs_command" -s V -l version -d 'Print version'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "probe" -d 'Connect, and report what the server offers and what its certificate says'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "folders" -d 'List the folders'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "status" -d 'Tell how many messages folders hold, without opening them'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "list" -d 'List messages, the newest first'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "search" -d 'Print the UIDs of the messages that are found'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "threads" -d 'List messages as conversations'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "show" -d 'Print one message, or a part of it'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "parts" -d 'List the parts of one message'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "save" -d 'Write messages, their attachments or one part of them to files'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "folder" -d 'Create, delete, rename and subscribe to folders'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "append" -d 'Put messages into a folder'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "flag" -d 'Set and clear flags'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "copy" -d 'Copy messages to another folder, of another account too'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "move" -d 'Move messages to another folder, of another account too'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "delete" -d 'Move messages to the trash, or delete them for good'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "expunge" -d 'Remove the messages that are marked as deleted'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "acl" -d 'See and set who may do what with a folder'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "quota" -d 'Tell how much of what may be used is used'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "metadata" -d 'See and set annotations of folders and of the server'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "batch" -d 'Run many commands over one connection, one per line'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "raw" -d 'Send commands of the protocol as they stand and print the replies'
complete -c imapctl -n "__fish_imapctl_needs_command" -f -a "watch" -d 'Wait for changes in folders, and tell of each'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l warn-days -d 'Exit with 1 if the certificate expires within this many days' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l tree -d 'Show what lies in what'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l counts -d 'Also count messages, unread ones and octets'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l subscribed -d 'List the folders that are subscribed to, those that are no longer there too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l rights -d 'Also tell what may be done with each folder (RFC 4314)'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand folders" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l search -d 'Look for this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l sort -d 'Sort by arrival, cc, date, from, size, subject, to, display-from or display-to, or several of these; - before a key turns it round' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l limit -d 'List at most this many messages; 0 lists all' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l page -d 'Which page, where a page has as many messages as --limit says' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l preview -d 'Also show how each message\'s text begins'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l save-date -d 'Show when each message came into the folder in place of its date, if the server knows (RFC 8514)'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l search -d 'Look for this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -s f -l folder -d 'A folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l in -d 'Search the folders whose names fit instead: * stands for anything, % for anything within one level' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l sort -d 'Sort by arrival, cc, date, from, size, subject, to, display-from or display-to, or several of these; - before a key turns it round' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l limit -d 'Print at most this many of a folder; 0 prints all' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l search -d 'Look for this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l limit -d 'List at most this many conversations, those with the newest messages; 0 lists all' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l page -d 'Which page, where a page has as many conversations as --limit says' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand threads" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l part -d 'Print one part, such as 2 or 1.2, without its encoding' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l headers -d 'Print the header only, decoded'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l raw -d 'Print the whole message, octet for octet'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l text -d 'Print the text only; of a message that has none, what its HTML says'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l html -d 'Print the HTML only, as it stands'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l mark-seen -d 'Mark the message as seen. Otherwise showing leaves no trace'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand parts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l search -d 'Find the messages by this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l part -d 'Save one part, such as 2 or 1.2, without its encoding' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l to -d 'The directory to write to, made if it is absent. A file that is there is never replaced' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l attachments -d 'Save the attachments, under names made from their own. Without this and --part whole messages are saved'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -f -a "create" -d 'Create folders'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -f -a "delete" -d 'Delete folders, and the mail in them for good'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -f -a "rename" -d 'Rename a folder, and with it what lies below it'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -f -a "subscribe" -d 'Subscribe to folders, so that mail programs show them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and not __fish_seen_subcommand_from create delete rename subscribe unsubscribe" -f -a "unsubscribe" -d 'Unsubscribe from folders'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l special-use -d 'What the folder is for: all, archive, drafts, flagged, important, junk, sent or trash' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l recursive -d 'Delete what lies below them as well'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l force -d 'Delete folders with more than 20 messages too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l recursive -d 'The same for what lies below them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from subscribe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l recursive -d 'The same for what lies below them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand folder; and __fish_seen_subcommand_from unsubscribe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l flags -d 'Give the messages these flags, such as seen,flagged or $Forwarded, beside those that a Maildir or mbox has for them' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l date -d 'When the messages arrived: a date, a time as in RFC 3339, or "header" for what their Date fields say' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l replace -d 'Put the one message in the place of the message with this UID, as a draft is saved again' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l format -d 'What the files are; found out from each unless given' -r -f -a "auto\t'A directory is a Maildir, what begins with "From " an mbox, and all else one message'
eml\t'One message in each file'
maildir\t'Maildirs'
mbox\t'mboxes'"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l dry-run -d 'Read the messages, print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand append" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l search -d 'Find the messages by this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l add -d 'Set these flags: seen, answered, flagged, deleted, draft, or keywords such as $Forwarded' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l remove -d 'Clear these flags' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand flag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l search -d 'Find the messages by this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to -d 'The folder they go to; names such as @archive are understood' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to-account -d 'The account of that folder: one of the configuration file, or a server URL such as imaps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to-security -d 'How the connection to the target is secured, in place of what its URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to-user -d 'The user to log in to the target as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to-password-command -d 'Run this shell command and take the line it prints as the target\'s password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to-password-file -d 'Read the target\'s password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to-ca-file -d 'Trust the authorities in this PEM file and no others for the target' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l create -d 'Create the folder if it is not there'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l to-cleartext-auth -d 'Allow passwords over a connection to the target without TLS'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l search -d 'Find the messages by this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to -d 'The folder they go to; names such as @archive are understood' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to-account -d 'The account of that folder: one of the configuration file, or a server URL such as imaps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to-security -d 'How the connection to the target is secured, in place of what its URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to-user -d 'The user to log in to the target as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to-password-command -d 'Run this shell command and take the line it prints as the target\'s password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to-password-file -d 'Read the target\'s password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to-ca-file -d 'Trust the authorities in this PEM file and no others for the target' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l create -d 'Create the folder if it is not there'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l to-cleartext-auth -d 'Allow passwords over a connection to the target without TLS'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l search -d 'Find the messages by this in IMAP\'s own words instead, such as UNSEEN FROM ann' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l trash -d 'The folder to move the messages to' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l permanent -d 'Remove the messages for good. Messages that are in the trash are removed for good only with this, too'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l force -d 'Remove for good even more than half of a folder and more than 20 messages'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -s f -l folder -d 'The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l uidvalidity -d 'Do nothing if the folder\'s UIDVALIDITY is not this number: then UIDs mean other messages than they did' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l force -d 'Remove even more than half of a folder and more than 20 messages'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand expunge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -f -a "get" -d 'List who may do what with a folder'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -f -a "set" -d 'Set what somebody may do with a folder'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -f -a "delete" -d 'Take everything somebody may do with a folder away, so that only what everybody may do is left'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and not __fish_seen_subcommand_from get set delete rights" -f -a "rights" -d 'Tell what you may do with a folder, or what somebody can be allowed to'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand acl; and __fish_seen_subcommand_from rights" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l root -d 'The quota root, as imapctl prints it, in place of a folder\'s' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l set -d 'Set a limit, such as STORAGE=2G or MESSAGE=1000. It may be given more than once; limits that are not named are lifted' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand quota" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -f -a "get" -d 'Print annotations'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and not __fish_seen_subcommand_from get set" -f -a "set" -d 'Set or remove an annotation'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -s f -l folder -d 'The folder' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l folders -d 'All folders whose names fit: * stands for anything, % for anything within one level' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l depth -d 'Print what lies below the entries as well: 0, 1 or infinity levels of it' -r -f -a "0\t'The entries alone'
1\t'What lies directly below them too'
infinity\t'Everything below them too'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l max-size -d 'Leave values out that are longer than this, such as 64k' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l server -d 'Annotations of the server in place of a folder\'s'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l file -d 'Take the value from this file; - is standard input' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -s f -l folder -d 'The folder' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l unset -d 'Remove the annotation'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l server -d 'An annotation of the server in place of a folder\'s'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l dry-run -d 'Print what would be done, and change nothing'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand metadata; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l fail-fast -d 'Stop at the first command that fails'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand batch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -s f -l folder -d 'Open this folder first; names such as @sent are understood' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand raw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -s f -l folder -d 'A folder to watch; it may be given more than once, and names such as @sent are understood' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l exec -d 'Run this shell command for each event, with the event as JSON on its standard input' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l connections -d 'Use at most this many connections where a server can watch only one folder over each; the rest is looked at in turn' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l poll -d 'Look every so many seconds at folders that cannot be watched' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l renew -d 'Say something on a connection that waits every so many seconds: before routers on the way forget it, and to notice those that have. Servers may hang up after half an hour' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l debounce -d 'Wait until a folder has been quiet for this many seconds before telling what changed in it' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -s a -l account -d 'An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l config -d 'Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l state-dir -d 'Keep state in this directory' -r -f -a "(__fish_complete_directories)"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l security -d 'How the connection is secured, in place of what the URL\'s scheme says' -r -f -a "tls\t'TLS from the first octet'
starttls\t'An upgrade to TLS that must succeed before anything else is said'
plain\t'No TLS'
opportunistic\t'TLS if it is offered, unverified; only without credentials'"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l proxy -d 'Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l tunnel -d 'Run this shell command and talk to its standard input and output in place of a connection' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l bind -d 'Connect from this local address' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l connect-timeout -d 'Give up if resolving, connecting and the TLS handshake take longer than this many seconds together' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l timeout -d 'Give up if the server is silent for this many seconds' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l deadline -d 'Give up if the whole run takes longer than this many seconds. There is no limit unless one is given' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l tls-backend -d 'The TLS library to use, where more than one is built in' -r -f -a "rustls\t'rustls'
native-tls\t'The system\'s library'"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l tls-min -d 'The lowest TLS version to accept' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l tls-name -d 'Ask for this name and expect it in the certificate, in place of the server\'s host name' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l trust -d 'Which authorities to trust: the system\'s, which is the default, or the bundled Mozilla set' -r -f -a "system\t'The system\'s authorities, or the bundled ones where the system has none'
bundled\t'The Mozilla set that is built in'"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l ca-file -d 'Trust the authorities in this PEM file and no others' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l pin -d 'Expect this public key, as probing the server prints it. It may be given more than once' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l client-cert -d 'Present this client certificate, a PEM file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l client-key -d 'The client certificate\'s private key, a PEM file. Without it the key is looked for in the certificate\'s file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -s u -l user -d 'The user to log in as' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l authzid -d 'The identity to act as, where it differs from the user who logs in' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l auth -d 'The mechanisms that are allowed, best first, or "none"' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l password-command -d 'Run this shell command and take the line it prints as the password' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l password-file -d 'Read the password from this file, which nobody else may be able to read' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l password-fd -d 'Read the password from this open file descriptor' -r
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l netrc -d 'Look the password up in ~/.netrc, or in FILE' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l token-command -d 'Run this shell command and take the line it prints as an OAuth 2.0 access token' -r -f -a "(__fish_complete_command)"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l transcript -d 'Write the conversation with the server to this file' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l log -d 'Append one line per message and session to this file, or to the system\'s log with "syslog"' -r -F
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l progress -d 'Show progress on standard error; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l color -d 'Use colour; "auto" does so on a terminal only' -r -f -a "auto\t'On a terminal only'
always\t'Always'
never\t'Never'"
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l no-verify -d 'Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l cleartext-auth -d 'Allow passwords over a connection without TLS, where anyone in between can read them'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l json -d 'Print one JSON object per line'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l json-schema -d 'Print the JSON Schema of those objects and exit'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -s v -l verbose -d 'Show the conversation with the server on standard error. Given twice, message bodies too'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l show-secrets -d 'Do not hide passwords and tokens in the conversation'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -l quiet -d 'Say nothing on standard error but errors'
complete -c imapctl -n "__fish_imapctl_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
