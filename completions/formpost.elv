
use builtin;
use str;

set edit:completion:arg-completer[formpost] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'formpost'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'formpost'= {
            cand -F 'Add a part, as curl does: name=text, name=@file, name=<file'
            cand --form 'Add a part, as curl does: name=text, name=@file, name=<file'
            cand --form-string 'Add a text field, its value taken literally (curl''s name for --text)'
            cand --text 'Add a text field, its value taken literally'
            cand --file 'Add a file, its path taken literally; - is standard input'
            cand --json-part 'Add a part of type application/json, checked to be JSON; @PATH reads it from a file'
            cand --field 'The name of the parts that FILE arguments become'
            cand --filename 'The file name to send for the FILE argument'
            cand --type 'The media type to send for FILE arguments'
            cand --boundary 'The boundary, 1 to 70 characters; random otherwise'
            cand -d 'Not in a form: says what to use instead'
            cand --data 'Not in a form: says what to use instead'
            cand --data-raw 'Not in a form: says what to use instead'
            cand --data-binary 'Not in a form: says what to use instead'
            cand --data-ascii 'Not in a form: says what to use instead'
            cand --data-urlencode 'Not in a form: says what to use instead'
            cand -X 'The method'
            cand --request 'The method'
            cand -H 'Add a header field; "Name:" takes one away, "Name;" sends one empty, @FILE reads one a line'
            cand --header 'Add a header field; "Name:" takes one away, "Name;" sends one empty, @FILE reads one a line'
            cand -A 'The User-Agent field'
            cand --user-agent 'The User-Agent field'
            cand -u 'Basic authentication; asks for the password if it is missing'
            cand --user 'Basic authentication; asks for the password if it is missing'
            cand --oauth2-bearer 'Bearer authentication'
            cand --connect-timeout 'Longest time for name, connection and TLS'
            cand -m 'Longest time for all of it; no limit otherwise'
            cand --max-time 'Longest time for all of it; no limit otherwise'
            cand --cacert 'Trust the PEM certificates in FILE, instead of the system''s'
            cand -o 'Write the response''s body to FILE'
            cand --output 'Write the response''s body to FILE'
            cand -D 'Write the response''s head to FILE; - is standard output'
            cand --dump-header 'Write the response''s head to FILE; - is standard output'
            cand --progress 'How to show how far the upload has come'
            cand --dump-body 'Write the body to FILE, exactly as it would be sent; - is standard output'
            cand --form-escape 'Escape quotes and backslashes in names with a backslash, instead of quotes with %22'
            cand --chunked 'Send the body chunked, even if its length is known'
            cand -k 'Take any certificate: whoever sits between can read and change the upload'
            cand --insecure 'Take any certificate: whoever sits between can read and change the upload'
            cand -i 'Write the response''s head in front of its body'
            cand --include 'Write the response''s head in front of its body'
            cand --show-headers 'Write the response''s head in front of its body'
            cand -f 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)'
            cand --fail 'Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)'
            cand --fail-with-body 'curl''s name for what is done anyway'
            cand -s 'No progress, no summary, no messages'
            cand --silent 'No progress, no summary, no messages'
            cand -S 'Error messages even with --silent'
            cand --show-error 'Error messages even with --silent'
            cand -v 'Show both heads, secrets left out'
            cand --verbose 'Show both heads, secrets left out'
            cand -# 'curl''s name for --progress bar'
            cand --progress-bar 'curl''s name for --progress bar'
            cand --no-progress-meter 'curl''s name for --progress none'
            cand --dry-run 'Show the request head, and the parts as a receiver finds them'
            cand --json 'Print --dry-run as JSON'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand inspect 'Take a multipart body apart'
            cand completions 'Print a completion script, or the man page'
        }
        &'formpost;inspect'= {
            cand --content-type 'The Content-Type that the body was sent with'
            cand --extract 'Write the content of each part into a file in DIR'
            cand --json 'Print JSON'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'formpost;completions'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
