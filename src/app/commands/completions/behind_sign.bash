    # The name of a file behind a sign, as in photo=@a.jpg. Unless it is quoted, Readline takes only what begins with the last
    # sign for the word, so what stands in front of that is left out of what it is given.
    local word kept name in_quotes="" rest='([^[:space:]\\]|\\.)*$' sign='^(["'\'']?(--[a-z-]+=)?([^=]*=)?[@<])(.*)$'
    [[ "${COMP_LINE:0:COMP_POINT}" =~ $rest ]] && word="${BASH_REMATCH[0]}"
    if [[ "$word" != *"$2" ]]; then
        word="$2"
        in_quotes=yes
    fi
    kept="${word%"$2"}"
    [[ "$kept" == *[\"\']* ]] && in_quotes=yes
    if [[ "$word" =~ $sign ]]; then
        local before="${BASH_REMATCH[1]}" path="${BASH_REMATCH[4]}"
        [[ "$in_quotes" ]] || path="${path//\\/}"
        while IFS= read -r name; do
            [[ -d "$name" ]] && name+=/
            [[ "$in_quotes" ]] || printf -v name %q "$name"
            name="$before$name"
            COMPREPLY+=("${name#"$kept"}")
        done < <(compgen -f -- "$path")
        [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == */ ]] && compopt -o nospace 2>/dev/null
        return 0
    fi

