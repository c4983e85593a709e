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

