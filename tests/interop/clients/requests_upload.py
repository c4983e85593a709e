"""Python's `requests`: requests_upload.py URL FILE...

Sends the form that all clients here send, prints the answer's body, and its status or what went wrong on standard error.
Exit status: 0 for an answer of 2xx, 1 for another, 2 if there was none.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

import requests

# Names twice, and names and texts beyond ASCII. The files follow, all of them under `file`.
TEXTS = [("text", "one"), ("text", "zwei, 中文 🙂"), ("größe", "")]


def main(url, *paths):
    with ExitStack() as stack, requests.Session() as session:
        # Neither a proxy nor a password out of the environment.
        session.trust_env = False
        files = [("file", (Path(path).name, stack.enter_context(open(path, "rb")))) for path in paths]
        try:
            answer = session.post(url, data=TEXTS, files=files, allow_redirects=False, timeout=60)
        except requests.RequestException as error:
            print(f"exception: {error!r}", file=sys.stderr)
            return 2
    sys.stdout.buffer.write(answer.content)
    print(f"status: {answer.status_code}", file=sys.stderr)
    return 0 if 200 <= answer.status_code < 300 else 1


sys.exit(main(*sys.argv[1:]))
