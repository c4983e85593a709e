"""What the Python servers here share: content that is counted and hashed as it passes, and lives and ends by standard input."""

import hashlib
import os
import sys
import threading


class Measure:
    """A file, as far as a form reader needs one, that keeps nothing of what is written to it."""

    def __init__(self):
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, content):
        self._hash.update(content)
        self._size += len(content)
        return len(content)

    def seek(self, *_where):
        return 0

    def done(self):
        return {"size": self._size, "sha256": self._hash.hexdigest()}


def measure_bytes(content):
    measure = Measure()
    measure.write(content)
    return measure.done()


def announce(port):
    """Says which port it is, and ends the process when standard input does."""

    print(port, flush=True)

    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
