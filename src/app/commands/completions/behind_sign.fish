# The names of files behind a sign, as in photo=@a.jpg.
function __fish_formpost_behind_sign
    set -l typed (string replace -r '^["\']' '' -- (commandline -ct) | string replace -r '^(--[a-z-]+=|-[A-Za-z])' '')
    set -l sign (string match -r '^(?:[^=]*=)?[@<]' -- "$typed"); or return
    set -l path (string sub -s (math (string length -- $sign) + 1) -- "$typed")
    printf "$sign%s\n" (__fish_complete_path "$path")
end

