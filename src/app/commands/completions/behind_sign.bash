    # The name of a file behind a sign, as in -F photo=@a.jpg, unless it is one that bash would expand or that has a meaning in
    # -F. Readline takes what begins with the last sign for the word, and of a quoted one what is in the quotes; what stands in
    # front of that is left out of what it is given.
    local line="${COMP_LINE:0:COMP_POINT}" quote sign path kept name
    local option='(^|[[:space:]])(-[SHORT][[:space:]]*|--(LONG)(=|[[:space:]]+))'
    local quoted='(["'\''])(([^"'\''=]*=)?[@<])([^"'\''$`\]*)$'
    local plain='()(([^[:space:]"'\''$`\=]*=)?[@<])(([^[:space:]"'\''$`\;&|<>()]|\\.)*)$'
    if [[ "$line" =~ $option$quoted || "$line" =~ $option$plain ]]; then
        quote="${BASH_REMATCH[5]}" sign="${BASH_REMATCH[6]}" path="${BASH_REMATCH[8]}"
        kept="$sign$path"
        kept="${kept%"$2"}"
        [[ "$quote" ]] || path="${path//\\/}"
        [[ "$path" == "~"* ]] && return 0
        while IFS= read -r name; do
            [[ "$name" == *[\;,\"]* || ("$quote" && "$name" == *["$quote"'$`\!']*) ]] && continue
            [[ -d "$name" ]] && name+=/
            [[ "$quote" ]] || printf -v name %q "$name"
            name="$sign$name"
            [[ "$name" == "$kept"* ]] && COMPREPLY+=("${name#"$kept"}")
        done < <(compgen -f -- "$path")
        [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == */ ]] && compopt -o nospace 2>/dev/null
        return 0
    fi

