# What stands before the commands of a document. PROGRAM is the program, ANSWERS what the server is told to answer, HOST_PORT
# where it is.
# All of it goes to standard error, in the order in which it is said.
exec >&2 </dev/null

# Ends the output of the step $1, and keeps the exit code for the next one to ask for.
ended() {
    local code=$?
    printf '\036%s %s\037' "$1" $code
    return $code
}

# answer STATUS [HEADER]: what the server says to the next request, or to the one after those that it was told of before.
answer() {
    printf '%s\n' "$*" >>"$ANSWERS"
}

# receiver STEP ADDRESS WORDS...: starts a receiver on a port from the system, and has it called what the document calls it.
receiver() {
    receiver_step=$1 receiver_name=$2
    shift 2
    exec 9< <(exec "$PROGRAM" "$@" --listen 127.0.0.1:0 2>&1)
    receiver_pid=$!
    receiver_port=
    local line
    while IFS= read -r line <&9; do
        if [[ -z $receiver_port ]]; then
            receiver_port=${line%/} receiver_port=${receiver_port##*:}
            export RECEIVED_AT=$receiver_name:127.0.0.1:$receiver_port
        fi
        renamed "$line"
        [[ $line == "or open it"* ]] && break
    done
}

renamed() {
    printf '%s\n' "${1//127.0.0.1:$receiver_port/$receiver_name}"
}

# Ends the receiver if one runs: what it said since belongs to the step that started it.
receiver_stop() {
    [[ -n ${receiver_pid-} ]] || return 0
    kill -TERM "$receiver_pid" 2>/dev/null
    wait "$receiver_pid" 2>/dev/null
    local line
    while IFS= read -r line <&9; do renamed "$line"; done
    exec 9<&-
    receiver_pid=
    unset RECEIVED_AT
    ended "$receiver_step"
}
