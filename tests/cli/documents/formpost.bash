#!/bin/bash
# The program as a document's commands find it: with the way to the servers that are there for them, or, where commands are
# only checked, with nothing sent.
case ${1-} in
receive)
    [[ -n ${CHECKING-} ]] || exec "$PROGRAM" "$@"
    # Is it one that begins?
    exec 8< <(exec "$PROGRAM" "$@" --listen 127.0.0.1:0 2>&1)
    receiver=$!
    IFS= read -r line <&8
    kill "$receiver" 2>/dev/null
    [[ $line == http* ]] || { printf '%s\n' "$line"; exit 2; }
    exit 0
    ;;
try | inspect | journal | completions) exec "$PROGRAM" "$@" ;;
esac
for word; do
    case $word in
    --dry-run | --as-curl | --dump-body* | -h | --help | -V | --version) exec "$PROGRAM" "$@" ;;
    esac
done
if [[ -n ${CHECKING-} ]]; then
    exec "$PROGRAM" --dry-run "$@"
fi
exec "$PROGRAM" ${RECEIVED_AT:+--connect-to "$RECEIVED_AT"} --connect-to ":443:127.0.0.1:$HOST_PORT" "$@"
