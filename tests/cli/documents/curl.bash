#!/bin/bash
# curl as a document's commands find it: with the way to the servers that are there for them.
rest=${PATH#*:}
exec env PATH="$rest" curl ${RECEIVED_AT:+--connect-to "$RECEIVED_AT"} --connect-to ":443:127.0.0.1:$HOST_PORT" "$@"
