# The names of files behind a sign, as in -F photo=@a.jpg, unless they have a meaning in -F.
function __fish_formpost_behind_sign
    set -l typed (commandline -ct)
    if string match -q -r '^["\']' -- $typed
        set typed (string sub -s 2 -- $typed)
    else
        set typed (string unescape -- $typed)
        set -q typed[1]; or return
    end
    # The option may stand in the same word.
    set typed (string replace -r '^(--[a-z-]+=|-[A-Za-z])' '' -- $typed)
    set -l sign (string match -r '^(?:[^=]*=)?[@<]' -- $typed); or return
    for path in (__fish_complete_path (string sub -s (math 1 + (string length -- $sign)) -- $typed))
        string match -q -r '[;,"]' -- $path; or string join '' -- $sign $path
    end
end

# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_formpost_global_optspecs
    string join \n F/form= form-string= text= file= json-part= field= filename= type= form-escape boundary= spool chunked r/recursive hidden no-ignore follow-links include= exclude= files-from= 0/null shard= each j/jobs= journal= failed= fail-fast T/upload-file= data-binary= enctype= G/get compress= content-digest= X/request= H/header= A/user-agent= e/referer= b/cookie= idempotency-key= u/user= oauth2-bearer= digest n/netrc netrc-file= netrc-optional K/config= connect-timeout= m/max-time= stall-timeout= response-timeout= limit-rate= expect100-timeout= resolve= connect-to= 4/ipv4 6/ipv6 interface= unix-socket= k/insecure cacert= E/cert= key= pass= x/proxy= U/proxy-user= noproxy= proxy-header= p/proxytunnel proxy-cacert= proxy-insecure L/location location-trusted max-redirs= retry= retry-delay= retry-max-time= retry-all-errors o/output= D/dump-header= i/show-headers f/fail s/silent S/show-error v/verbose w/write-out= checksum= progress= report= dry-run json as-curl dump-body= url= h/help V/version
end

function __fish_formpost_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s -i (__fish_formpost_global_optspecs) -- $cmd '' 2>/dev/null
    or return
    if contains -- "$argv[1]" try receive inspect journal completions
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_formpost_using_subcommand
    set -l cmd (__fish_formpost_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c formpost -n "__fish_formpost_needs_command" -s F -l form -d 'Add a part: name=text, name=@file, name=<file' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_needs_command" -l form-string -d 'Add a text field, its value taken literally (curl\'s name for --text)' -r
complete -c formpost -n "__fish_formpost_needs_command" -l text -d 'Add a text field, its value taken literally' -r
complete -c formpost -n "__fish_formpost_needs_command" -l file -d 'Add a file, its path taken literally; - is standard input' -r
complete -c formpost -n "__fish_formpost_needs_command" -l json-part -d 'Add a part of type application/json, checked to be JSON; @PATH reads it from a file' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_needs_command" -l field -d 'The name of the parts that FILE arguments become' -r
complete -c formpost -n "__fish_formpost_needs_command" -l filename -d 'The file name to send: NAME for a single FILE; or relative for the path to each, basename for its end' -r
complete -c formpost -n "__fish_formpost_needs_command" -l type -d 'The media type to send for FILE arguments; otherwise it follows from their names' -r
complete -c formpost -n "__fish_formpost_needs_command" -l boundary -d 'The boundary, 1 to 70 characters; random otherwise' -r
complete -c formpost -n "__fish_formpost_needs_command" -l include -d 'Of directories and lists, send only what matches GLOB' -r
complete -c formpost -n "__fish_formpost_needs_command" -l exclude -d 'Of directories and lists, leave out what matches GLOB, included or not' -r
complete -c formpost -n "__fish_formpost_needs_command" -l files-from -d 'Send what FILE lists, too, one path a line; - is standard input' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l shard -d 'Send the K-th of N shares of the files, each file in one of them: 1/4, 2/4, 3/4 and 4/4 are all' -r
complete -c formpost -n "__fish_formpost_needs_command" -s j -l jobs -d 'Send N files at a time, 1024 at the most' -r
complete -c formpost -n "__fish_formpost_needs_command" -l journal -d 'Write down what became of each file, and go on from there' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l failed -d 'Write the paths of the files that were not done to FILE, for --files-from; with -0 a NUL behind each' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -s T -l upload-file -d 'Send FILE as the whole body, by PUT' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l data-binary -d 'Send DATA as it is, by POST; @FILE sends a file, @- standard input' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_needs_command" -l enctype -d 'Encode the form otherwise, as browsers do: for forms without files' -r -f -a "multipart\t'multipart/form-data'
urlencoded\t'application/x-www-form-urlencoded'
text\t'text/plain, for people to read'"
complete -c formpost -n "__fish_formpost_needs_command" -l compress -d 'Compress the body while it is sent; few servers take that, and they say so' -r -f -a "gzip\t'RFC 1952'
zstd\t'RFC 8878'"
complete -c formpost -n "__fish_formpost_needs_command" -l content-digest -d 'Send a Content-Digest of the whole body (RFC 9530), by SHA-256 or SHA-512' -r -f -a "sha256\t''
sha512\t''"
complete -c formpost -n "__fish_formpost_needs_command" -s X -l request -d 'The method; otherwise POST, with -T PUT, with -G GET' -r
complete -c formpost -n "__fish_formpost_needs_command" -s H -l header -d 'Add a header field; @FILE reads one a line' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_needs_command" -s A -l user-agent -d 'The User-Agent field; otherwise it is formpost and the version' -r
complete -c formpost -n "__fish_formpost_needs_command" -s e -l referer -d 'The Referer field: where the upload comes from' -r
complete -c formpost -n "__fish_formpost_needs_command" -s b -l cookie -d 'Send cookies: NAME=VALUE, several with semicolons, or those that FILE has for the URL' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l idempotency-key -d 'Send an Idempotency-Key, random without KEY, by which a server that knows it can tell a repeat' -r
complete -c formpost -n "__fish_formpost_needs_command" -s u -l user -d 'Name and password; asks if there is no password' -r
complete -c formpost -n "__fish_formpost_needs_command" -l oauth2-bearer -d 'Send TOKEN as Bearer authentication' -r
complete -c formpost -n "__fish_formpost_needs_command" -l netrc-file -d 'Take them from FILE instead' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -s K -l config -d 'Read options from FILE, secrets for example' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l connect-timeout -d 'Longest time for name, connection and TLS' -r
complete -c formpost -n "__fish_formpost_needs_command" -s m -l max-time -d 'Longest time from connecting to the end of the answer, redirects included; no limit otherwise' -r
complete -c formpost -n "__fish_formpost_needs_command" -l stall-timeout -d 'Longest pause while the connection takes nothing' -r
complete -c formpost -n "__fish_formpost_needs_command" -l response-timeout -d 'Longest time from the last byte to the answer' -r
complete -c formpost -n "__fish_formpost_needs_command" -l limit-rate -d 'Send no faster than this many bytes a second: 500, 64K, 10M; no limit otherwise' -r
complete -c formpost -n "__fish_formpost_needs_command" -l expect100-timeout -d 'Ask the server first (Expect: 100-continue), and wait this long for its word; off otherwise' -r
complete -c formpost -n "__fish_formpost_needs_command" -l resolve -d 'Take ADDRESS for HOST at PORT, and ask no name server; several with commas, * is any host' -r
complete -c formpost -n "__fish_formpost_needs_command" -l connect-to -d 'Connect to HOST2 and PORT2 instead; empty is any, or the same' -r
complete -c formpost -n "__fish_formpost_needs_command" -l interface -d 'Connect from this network interface, or from this address of the machine' -r
complete -c formpost -n "__fish_formpost_needs_command" -l unix-socket -d 'Connect to the socket PATH of this machine, whatever the URL\'s host' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l cacert -d 'Trust the PEM certificates in FILE, instead of the system\'s' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -s E -l cert -d 'Show the server the PEM certificate in FILE, with its key if that is in there, too' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l key -d 'The key for --cert: PEM, in PKCS#1, PKCS#8 or SEC 1' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l pass -d 'The password of the key; asked for if it is missing' -r
complete -c formpost -n "__fish_formpost_needs_command" -s x -l proxy -d 'Go through a proxy: http (if nothing is said), https, socks4, socks4a, socks5 or socks5h' -r
complete -c formpost -n "__fish_formpost_needs_command" -s U -l proxy-user -d 'Name and password for the proxy; asks for the password if it is missing' -r
complete -c formpost -n "__fish_formpost_needs_command" -l noproxy -d 'Reach these hosts without a proxy: names, those below them, addresses, networks; * is all' -r
complete -c formpost -n "__fish_formpost_needs_command" -l proxy-header -d 'Add a header field for an HTTP proxy; with a connection through it (CONNECT) the server does not see it' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_needs_command" -l proxy-cacert -d 'Trust the PEM certificates in FILE for an https proxy, instead of the system\'s' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l max-redirs -d 'Follow N redirects at the most; -1 is no limit' -r
complete -c formpost -n "__fish_formpost_needs_command" -l retry -d 'Repeat up to N times what failed' -r
complete -c formpost -n "__fish_formpost_needs_command" -l retry-delay -d 'Wait this long before each repeat; otherwise about 1 second, doubled each time, or what the server asks for' -r
complete -c formpost -n "__fish_formpost_needs_command" -l retry-max-time -d 'Begin no repeat after this long; no limit otherwise' -r
complete -c formpost -n "__fish_formpost_needs_command" -s o -l output -d 'Write the response\'s body to FILE' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -s D -l dump-header -d 'Write the response\'s head to FILE; - is standard output' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -s w -l write-out -d 'Write FORMAT to standard output once it is over, also when it failed; @FILE reads it, @- from standard input' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_needs_command" -l checksum -d 'Print a checksum of each file and of the body, computed while they are sent' -r -f -a "sha256\t''
sha512\t''
md5\t'Finds accidents; whoever wants to can make two files with the same one'"
complete -c formpost -n "__fish_formpost_needs_command" -l progress -d 'How to show how far the upload has come' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar, wherever it goes'
plain\t'A whole line every 5 seconds'
none\t'Nothing'"
complete -c formpost -n "__fish_formpost_needs_command" -l report -d 'Write a line of JSON about the upload to FILE' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l dump-body -d 'Write the body to FILE, exactly as it would be sent; - is standard output' -r -F
complete -c formpost -n "__fish_formpost_needs_command" -l url -d 'The URL, for a config; all other arguments are FILEs then' -r -f
complete -c formpost -n "__fish_formpost_needs_command" -l form-escape -d 'Escape quotes and backslashes in names with a backslash, instead of quotes with %22'
complete -c formpost -n "__fish_formpost_needs_command" -l spool -d 'Read pipes to their ends before connecting, so that they have a length and can be sent again'
complete -c formpost -n "__fish_formpost_needs_command" -l chunked -d 'Send the body chunked, even if its length is known'
complete -c formpost -n "__fish_formpost_needs_command" -s r -l recursive -d 'Send what is in directories, too'
complete -c formpost -n "__fish_formpost_needs_command" -l hidden -d 'Send hidden files and directories in directories, too'
complete -c formpost -n "__fish_formpost_needs_command" -l no-ignore -d 'Send what .gitignore, .ignore and Git\'s other lists leave out, too'
complete -c formpost -n "__fish_formpost_needs_command" -l follow-links -d 'Send what symbolic links in directories lead to, too'
complete -c formpost -n "__fish_formpost_needs_command" -s 0 -l null -d 'The lists have a NUL behind each path and not a line\'s end, as find -print0 writes them'
complete -c formpost -n "__fish_formpost_needs_command" -l each -d 'Send each file in a request of its own'
complete -c formpost -n "__fish_formpost_needs_command" -l fail-fast -d 'Begin no other file once one has failed'
complete -c formpost -n "__fish_formpost_needs_command" -s G -l get -d 'Send the form\'s fields by GET, in the URL\'s query, encoded as browsers encode them'
complete -c formpost -n "__fish_formpost_needs_command" -l digest -d 'Digest authentication: the password is not sent, and the upload goes out once'
complete -c formpost -n "__fish_formpost_needs_command" -s n -l netrc -d 'Take the user name and the password from ~/.netrc'
complete -c formpost -n "__fish_formpost_needs_command" -l netrc-optional -d 'Take them from ~/.netrc, if there is one, or from --netrc-file'
complete -c formpost -n "__fish_formpost_needs_command" -s 4 -l ipv4 -d 'Connect over IPv4 only; otherwise over whatever answers first'
complete -c formpost -n "__fish_formpost_needs_command" -s 6 -l ipv6 -d 'Connect over IPv6 only'
complete -c formpost -n "__fish_formpost_needs_command" -s k -l insecure -d 'Take any certificate: whoever sits between can read and change the upload'
complete -c formpost -n "__fish_formpost_needs_command" -l tlsv1.2 -d 'Speak TLS 1.2 or later, which is the default'
complete -c formpost -n "__fish_formpost_needs_command" -l tlsv1.3 -d 'Speak TLS 1.3 or later'
complete -c formpost -n "__fish_formpost_needs_command" -s p -l proxytunnel -d 'Have an HTTP proxy make a connection (CONNECT) for http:// URLs, too'
complete -c formpost -n "__fish_formpost_needs_command" -l proxy-insecure -d 'Take any certificate of an https proxy'
complete -c formpost -n "__fish_formpost_needs_command" -s L -l location -d 'Follow redirects that stay on the same server'
complete -c formpost -n "__fish_formpost_needs_command" -l location-trusted -d 'Send the upload to other hosts, too, without credentials and given headers; implies -L'
complete -c formpost -n "__fish_formpost_needs_command" -l retry-all-errors -d 'Repeat even when it is not known whether the server kept the upload'
complete -c formpost -n "__fish_formpost_needs_command" -s i -l show-headers -d 'Write the response\'s head in front of its body'
complete -c formpost -n "__fish_formpost_needs_command" -s f -l fail -d 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)'
complete -c formpost -n "__fish_formpost_needs_command" -s s -l silent -d 'No progress, no summary, no messages'
complete -c formpost -n "__fish_formpost_needs_command" -s S -l show-error -d 'Error messages even with --silent'
complete -c formpost -n "__fish_formpost_needs_command" -s v -l verbose -d 'Show both heads, secrets left out'
complete -c formpost -n "__fish_formpost_needs_command" -l dry-run -d 'Show the request and its parts; send nothing'
complete -c formpost -n "__fish_formpost_needs_command" -l json -d 'Print --dry-run as JSON'
complete -c formpost -n "__fish_formpost_needs_command" -l as-curl -d 'Print the same request as a curl command for sh'
complete -c formpost -n "__fish_formpost_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_needs_command" -s V -l version -d 'Print version'
complete -c formpost -n "__fish_formpost_needs_command" -a "try" -d 'Watch an upload work, with no server at hand'
complete -c formpost -n "__fish_formpost_needs_command" -a "receive" -d 'Take uploads on an address, into a directory'
complete -c formpost -n "__fish_formpost_needs_command" -a "inspect" -d 'Take a multipart body apart'
complete -c formpost -n "__fish_formpost_needs_command" -a "journal" -d 'Look into journals, and merge them'
complete -c formpost -n "__fish_formpost_needs_command" -a "completions" -d 'Print a completion script, or a man page'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s F -l form -d 'Add a part: name=text, name=@file, name=<file' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_using_subcommand try" -l form-string -d 'Add a text field, its value taken literally (curl\'s name for --text)' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l text -d 'Add a text field, its value taken literally' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l file -d 'Add a file, its path taken literally; - is standard input' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l json-part -d 'Add a part of type application/json, checked to be JSON; @PATH reads it from a file' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_using_subcommand try" -l field -d 'The name of the parts that FILE arguments become' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l filename -d 'The file name to send: NAME for a single FILE; or relative for the path to each, basename for its end' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l type -d 'The media type to send for FILE arguments; otherwise it follows from their names' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l boundary -d 'The boundary, 1 to 70 characters; random otherwise' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l include -d 'Of directories and lists, send only what matches GLOB' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l exclude -d 'Of directories and lists, leave out what matches GLOB, included or not' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l files-from -d 'Send what FILE lists, too, one path a line; - is standard input' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand try" -l shard -d 'Send the K-th of N shares of the files, each file in one of them: 1/4, 2/4, 3/4 and 4/4 are all' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -s X -l request -d 'The method; otherwise POST, with -T PUT, with -G GET' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -s H -l header -d 'Add a header field; @FILE reads one a line' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_using_subcommand try" -s A -l user-agent -d 'The User-Agent field; otherwise it is formpost and the version' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -s e -l referer -d 'The Referer field: where the upload comes from' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -s b -l cookie -d 'Send cookies: NAME=VALUE, several with semicolons, or those that FILE has for the URL' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand try" -l idempotency-key -d 'Send an Idempotency-Key, random without KEY, by which a server that knows it can tell a repeat' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -s u -l user -d 'Name and password; asks if there is no password' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l oauth2-bearer -d 'Send TOKEN as Bearer authentication' -r
complete -c formpost -n "__fish_formpost_using_subcommand try" -l netrc-file -d 'Take them from FILE instead' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand try" -s K -l config -d 'Read options from FILE, secrets for example' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand try" -s o -l output -d 'Write the response\'s body to FILE' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand try" -s D -l dump-header -d 'Write the response\'s head to FILE; - is standard output' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand try" -s w -l write-out -d 'Write FORMAT to standard output once it is over, also when it failed; @FILE reads it, @- from standard input' -r -a "(__fish_formpost_behind_sign)"
complete -c formpost -n "__fish_formpost_using_subcommand try" -l checksum -d 'Print a checksum of each file and of the body, computed while they are sent' -r -f -a "sha256\t''
sha512\t''
md5\t'Finds accidents; whoever wants to can make two files with the same one'"
complete -c formpost -n "__fish_formpost_using_subcommand try" -l progress -d 'How to show how far the upload has come' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar, wherever it goes'
plain\t'A whole line every 5 seconds'
none\t'Nothing'"
complete -c formpost -n "__fish_formpost_using_subcommand try" -l form-escape -d 'Escape quotes and backslashes in names with a backslash, instead of quotes with %22'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l spool -d 'Read pipes to their ends before connecting, so that they have a length and can be sent again'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l chunked -d 'Send the body chunked, even if its length is known'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s r -l recursive -d 'Send what is in directories, too'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l hidden -d 'Send hidden files and directories in directories, too'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l no-ignore -d 'Send what .gitignore, .ignore and Git\'s other lists leave out, too'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l follow-links -d 'Send what symbolic links in directories lead to, too'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s 0 -l null -d 'The lists have a NUL behind each path and not a line\'s end, as find -print0 writes them'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l digest -d 'Digest authentication: the password is not sent, and the upload goes out once'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s n -l netrc -d 'Take the user name and the password from ~/.netrc'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l netrc-optional -d 'Take them from ~/.netrc, if there is one, or from --netrc-file'
complete -c formpost -n "__fish_formpost_using_subcommand try" -l json -d 'Print what the server saw as JSON'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s i -l show-headers -d 'Write the response\'s head in front of its body'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s f -l fail -d 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s s -l silent -d 'No progress, no summary, no messages'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s S -l show-error -d 'Error messages even with --silent'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s v -l verbose -d 'Show both heads, secrets left out'
complete -c formpost -n "__fish_formpost_using_subcommand try" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l listen -d 'Where to listen' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -s d -l dir -d 'Where files go' -r -f -a "(__fish_complete_directories)"
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l count -d 'Stop after N uploads' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l on-exist -d 'What to do if a file\'s name is taken' -r -f -a "rename\t'Another name: photo (1).jpg'
error\t'The upload is refused with 409'
overwrite\t'The old file is replaced'"
complete -c formpost -n "__fish_formpost_using_subcommand receive" -s K -l config -d 'Read options from FILE, secrets for example' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l max-file-size -d 'Longest file; no limit otherwise' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l max-body-size -d 'Longest body; no limit otherwise' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l max-parts -d 'Most parts of a form' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l max-field-size -d 'Longest text field' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l allow-field -d 'A name that parts may have; any otherwise' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l token -d 'What a client has to know' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l cert -d 'The certificate chain, in PEM, for HTTPS' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l key -d 'The certificate\'s key, in PEM' -r -F
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l reject -d 'Refuse every upload, once BYTES of it came' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l fail -d 'Answer the first N uploads with STATUS' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l reset-after -d 'Reset the connection once that many bytes came' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l delay -d 'Wait before each answer' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l slow -d 'Read no faster than this' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l redirect -d 'Answer every upload with a redirection' -r
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l discard -d 'Keep nothing: count, hash and forget'
complete -c formpost -n "__fish_formpost_using_subcommand receive" -l once -d 'Stop after the first upload'
complete -c formpost -n "__fish_formpost_using_subcommand receive" -s v -l verbose -d 'Show parts, and what is odd about them'
complete -c formpost -n "__fish_formpost_using_subcommand receive" -s s -l silent -d 'No line for each request'
complete -c formpost -n "__fish_formpost_using_subcommand receive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_using_subcommand inspect" -l content-type -d 'The Content-Type that the body was sent with' -r
complete -c formpost -n "__fish_formpost_using_subcommand inspect" -l extract -d 'Write the content of each part into a file in DIR' -r -f -a "(__fish_complete_directories)"
complete -c formpost -n "__fish_formpost_using_subcommand inspect" -l json -d 'Print JSON'
complete -c formpost -n "__fish_formpost_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and not __fish_seen_subcommand_from show merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and not __fish_seen_subcommand_from show merge" -f -a "show" -d 'Show how many files met with which outcome, and name those that are not done'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and not __fish_seen_subcommand_from show merge" -f -a "merge" -d 'Bring journals together in a new one'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and __fish_seen_subcommand_from show" -l failed -d 'Print just the paths of files that the server does not have'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and __fish_seen_subcommand_from show" -l unknown -d 'Print just the paths of files that the server may have: nobody knows'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and __fish_seen_subcommand_from show" -s 0 -l null -d 'End each path with NUL instead of a line break, which may be part of a path'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_using_subcommand journal; and __fish_seen_subcommand_from merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c formpost -n "__fish_formpost_using_subcommand completions" -f -a "bash zsh fish powershell elvish man man-try man-receive man-inspect man-journal man-completions"
