"""What the Python servers here share: content that is counted and hashed as it passes, what is said of a part, and lives and
ends by standard input."""

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


def measure_file(file):
    """Reads it from where it stands."""

    measure = Measure()
    while block := file.read(64 * 1024):
        measure.write(block)
    return measure.done()


def text_part(name, text):
    """A text or its bytes, from a reader that hands them over without a type."""

    content = text.encode() if isinstance(text, str) else text
    return {"name": name, "filename": None, "content_type": None, **measure_bytes(content)}


def file_part(name, filename, content_type, measured):
    return {"name": name, "filename": filename, "content_type": content_type, **measured}


def announce(port, end=lambda: os._exit(0)):
    """Says which port it is, and ends the process, or what `end` ends, when standard input does."""

    print(port, flush=True)

    def wait():
        sys.stdin.buffer.read()
        end()

    threading.Thread(target=wait, daemon=True).start()
