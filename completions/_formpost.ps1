
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'formpost' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'formpost'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'formpost' {
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Add a part, as curl does: name=text, name=@file, name=<file')
            [CompletionResult]::new('--form', '--form', [CompletionResultType]::ParameterName, 'Add a part, as curl does: name=text, name=@file, name=<file')
            [CompletionResult]::new('--form-string', '--form-string', [CompletionResultType]::ParameterName, 'Add a text field, its value taken literally (curl''s name for --text)')
            [CompletionResult]::new('--text', '--text', [CompletionResultType]::ParameterName, 'Add a text field, its value taken literally')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Add a file, its path taken literally; - is standard input')
            [CompletionResult]::new('--json-part', '--json-part', [CompletionResultType]::ParameterName, 'Add a part of type application/json, checked to be JSON; @PATH reads it from a file')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'The name of the parts that FILE arguments become')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'The file name to send for the FILE argument')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The media type to send for FILE arguments')
            [CompletionResult]::new('--boundary', '--boundary', [CompletionResultType]::ParameterName, 'The boundary, 1 to 70 characters; random otherwise')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-raw', '--data-raw', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-binary', '--data-binary', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-ascii', '--data-ascii', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-urlencode', '--data-urlencode', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'The method')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'The method')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Add a header field; "Name:" takes one away, "Name;" sends one empty, @FILE reads one a line')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header field; "Name:" takes one away, "Name;" sends one empty, @FILE reads one a line')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The User-Agent field')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'The User-Agent field')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Basic authentication; asks for the password if it is missing')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Basic authentication; asks for the password if it is missing')
            [CompletionResult]::new('--oauth2-bearer', '--oauth2-bearer', [CompletionResultType]::ParameterName, 'Bearer authentication')
            [CompletionResult]::new('--idempotency-key', '--idempotency-key', [CompletionResultType]::ParameterName, 'Send an Idempotency-Key, random without KEY, by which a server that knows it can tell a repeat')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Longest time for name, connection and TLS')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Longest time for all of it; no limit otherwise')
            [CompletionResult]::new('--max-time', '--max-time', [CompletionResultType]::ParameterName, 'Longest time for all of it; no limit otherwise')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the PEM certificates in FILE, instead of the system''s')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the response''s body to FILE')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the response''s body to FILE')
            [CompletionResult]::new('-D', '-D ', [CompletionResultType]::ParameterName, 'Write the response''s head to FILE; - is standard output')
            [CompletionResult]::new('--dump-header', '--dump-header', [CompletionResultType]::ParameterName, 'Write the response''s head to FILE; - is standard output')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show how far the upload has come')
            [CompletionResult]::new('--dump-body', '--dump-body', [CompletionResultType]::ParameterName, 'Write the body to FILE, exactly as it would be sent; - is standard output')
            [CompletionResult]::new('--form-escape', '--form-escape', [CompletionResultType]::ParameterName, 'Escape quotes and backslashes in names with a backslash, instead of quotes with %22')
            [CompletionResult]::new('--spool', '--spool', [CompletionResultType]::ParameterName, 'Read pipes to their ends before connecting, so that they have a length and can be sent again')
            [CompletionResult]::new('--chunked', '--chunked', [CompletionResultType]::ParameterName, 'Send the body chunked, even if its length is known')
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'Take any certificate: whoever sits between can read and change the upload')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate: whoever sits between can read and change the upload')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Write the response''s head in front of its body')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Write the response''s head in front of its body')
            [CompletionResult]::new('--show-headers', '--show-headers', [CompletionResultType]::ParameterName, 'Write the response''s head in front of its body')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)')
            [CompletionResult]::new('--fail', '--fail', [CompletionResultType]::ParameterName, 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)')
            [CompletionResult]::new('--fail-with-body', '--fail-with-body', [CompletionResultType]::ParameterName, 'curl''s name for what is done anyway')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'No progress, no summary, no messages')
            [CompletionResult]::new('--silent', '--silent', [CompletionResultType]::ParameterName, 'No progress, no summary, no messages')
            [CompletionResult]::new('-S', '-S ', [CompletionResultType]::ParameterName, 'Error messages even with --silent')
            [CompletionResult]::new('--show-error', '--show-error', [CompletionResultType]::ParameterName, 'Error messages even with --silent')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show both heads, secrets left out')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show both heads, secrets left out')
            [CompletionResult]::new('-#', '-#', [CompletionResultType]::ParameterName, 'curl''s name for --progress bar')
            [CompletionResult]::new('--progress-bar', '--progress-bar', [CompletionResultType]::ParameterName, 'curl''s name for --progress bar')
            [CompletionResult]::new('--no-progress-meter', '--no-progress-meter', [CompletionResultType]::ParameterName, 'curl''s name for --progress none')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the request head, and the parts as a receiver finds them')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print --dry-run as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('try', 'try', [CompletionResultType]::ParameterValue, 'Watch an upload work, with no server at hand')
            [CompletionResult]::new('receive', 'receive', [CompletionResultType]::ParameterValue, 'Take uploads on an address, into a directory')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Take a multipart body apart')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script, or the man page')
            break
        }
        'formpost;try' {
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Add a part, as curl does: name=text, name=@file, name=<file')
            [CompletionResult]::new('--form', '--form', [CompletionResultType]::ParameterName, 'Add a part, as curl does: name=text, name=@file, name=<file')
            [CompletionResult]::new('--form-string', '--form-string', [CompletionResultType]::ParameterName, 'Add a text field, its value taken literally (curl''s name for --text)')
            [CompletionResult]::new('--text', '--text', [CompletionResultType]::ParameterName, 'Add a text field, its value taken literally')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Add a file, its path taken literally; - is standard input')
            [CompletionResult]::new('--json-part', '--json-part', [CompletionResultType]::ParameterName, 'Add a part of type application/json, checked to be JSON; @PATH reads it from a file')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'The name of the parts that FILE arguments become')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'The file name to send for the FILE argument')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The media type to send for FILE arguments')
            [CompletionResult]::new('--boundary', '--boundary', [CompletionResultType]::ParameterName, 'The boundary, 1 to 70 characters; random otherwise')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-raw', '--data-raw', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-binary', '--data-binary', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-ascii', '--data-ascii', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('--data-urlencode', '--data-urlencode', [CompletionResultType]::ParameterName, 'Not in a form: says what to use instead')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'The method')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'The method')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Add a header field; "Name:" takes one away, "Name;" sends one empty, @FILE reads one a line')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header field; "Name:" takes one away, "Name;" sends one empty, @FILE reads one a line')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The User-Agent field')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'The User-Agent field')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Basic authentication; asks for the password if it is missing')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Basic authentication; asks for the password if it is missing')
            [CompletionResult]::new('--oauth2-bearer', '--oauth2-bearer', [CompletionResultType]::ParameterName, 'Bearer authentication')
            [CompletionResult]::new('--idempotency-key', '--idempotency-key', [CompletionResultType]::ParameterName, 'Send an Idempotency-Key, random without KEY, by which a server that knows it can tell a repeat')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the response''s body to FILE')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the response''s body to FILE')
            [CompletionResult]::new('-D', '-D ', [CompletionResultType]::ParameterName, 'Write the response''s head to FILE; - is standard output')
            [CompletionResult]::new('--dump-header', '--dump-header', [CompletionResultType]::ParameterName, 'Write the response''s head to FILE; - is standard output')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show how far the upload has come')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print what the server saw as JSON')
            [CompletionResult]::new('--form-escape', '--form-escape', [CompletionResultType]::ParameterName, 'Escape quotes and backslashes in names with a backslash, instead of quotes with %22')
            [CompletionResult]::new('--spool', '--spool', [CompletionResultType]::ParameterName, 'Read pipes to their ends before connecting, so that they have a length and can be sent again')
            [CompletionResult]::new('--chunked', '--chunked', [CompletionResultType]::ParameterName, 'Send the body chunked, even if its length is known')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Write the response''s head in front of its body')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Write the response''s head in front of its body')
            [CompletionResult]::new('--show-headers', '--show-headers', [CompletionResultType]::ParameterName, 'Write the response''s head in front of its body')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)')
            [CompletionResult]::new('--fail', '--fail', [CompletionResultType]::ParameterName, 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)')
            [CompletionResult]::new('--fail-with-body', '--fail-with-body', [CompletionResultType]::ParameterName, 'curl''s name for what is done anyway')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'No progress, no summary, no messages')
            [CompletionResult]::new('--silent', '--silent', [CompletionResultType]::ParameterName, 'No progress, no summary, no messages')
            [CompletionResult]::new('-S', '-S ', [CompletionResultType]::ParameterName, 'Error messages even with --silent')
            [CompletionResult]::new('--show-error', '--show-error', [CompletionResultType]::ParameterName, 'Error messages even with --silent')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show both heads, secrets left out')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show both heads, secrets left out')
            [CompletionResult]::new('-#', '-#', [CompletionResultType]::ParameterName, 'curl''s name for --progress bar')
            [CompletionResult]::new('--progress-bar', '--progress-bar', [CompletionResultType]::ParameterName, 'curl''s name for --progress bar')
            [CompletionResult]::new('--no-progress-meter', '--no-progress-meter', [CompletionResultType]::ParameterName, 'curl''s name for --progress none')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'formpost;receive' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to listen; port 0 is any free one')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Where files go')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Where files go')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Stop after N uploads')
            [CompletionResult]::new('--on-exist', '--on-exist', [CompletionResultType]::ParameterName, 'What to do with a file whose name is taken')
            [CompletionResult]::new('--max-file-size', '--max-file-size', [CompletionResultType]::ParameterName, 'Longest file; no limit otherwise')
            [CompletionResult]::new('--max-body-size', '--max-body-size', [CompletionResultType]::ParameterName, 'Longest body; no limit otherwise')
            [CompletionResult]::new('--max-parts', '--max-parts', [CompletionResultType]::ParameterName, 'Most parts of a form')
            [CompletionResult]::new('--max-field-size', '--max-field-size', [CompletionResultType]::ParameterName, 'Longest text field')
            [CompletionResult]::new('--allow-field', '--allow-field', [CompletionResultType]::ParameterName, 'A name that parts may have; any otherwise')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'What a client has to know: Authorization: Bearer TOKEN, or ?token=TOKEN')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'The certificate chain, in PEM, for HTTPS')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The certificate''s key, in PEM')
            [CompletionResult]::new('--reject', '--reject', [CompletionResultType]::ParameterName, 'Refuse every upload, once that many bytes of it came')
            [CompletionResult]::new('--fail', '--fail', [CompletionResultType]::ParameterName, 'Answer the first N uploads with STATUS')
            [CompletionResult]::new('--reset-after', '--reset-after', [CompletionResultType]::ParameterName, 'Reset the connection once that many bytes came')
            [CompletionResult]::new('--delay', '--delay', [CompletionResultType]::ParameterName, 'Wait before each answer')
            [CompletionResult]::new('--slow', '--slow', [CompletionResultType]::ParameterName, 'Read no faster than this')
            [CompletionResult]::new('--redirect', '--redirect', [CompletionResultType]::ParameterName, 'Answer every upload with a redirection')
            [CompletionResult]::new('--discard', '--discard', [CompletionResultType]::ParameterName, 'Keep nothing: count, hash and forget')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Stop after the first upload')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show parts, and what is odd about them')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show parts, and what is odd about them')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'No line for each request')
            [CompletionResult]::new('--silent', '--silent', [CompletionResultType]::ParameterName, 'No line for each request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'formpost;inspect' {
            [CompletionResult]::new('--content-type', '--content-type', [CompletionResultType]::ParameterName, 'The Content-Type that the body was sent with')
            [CompletionResult]::new('--extract', '--extract', [CompletionResultType]::ParameterName, 'Write the content of each part into a file in DIR')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'formpost;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
