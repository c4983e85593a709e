"""Python's `http.client`, which asks for the answer only when it has written the whole body:

    http_client_upload.py URL FILE...
    http_client_upload.py URL --megabytes N     one made-up file of N million bytes

Sends the form that all clients here send, with a Content-Length and a write for each block. A connection that is reset while
it writes is an exception, and the answer is lost, even if it had come: what a refusal has to survive. Prints the answer's
body, and its status or the exception on standard error. Exit status: 0 for an answer of 2xx, 1 for another, 2 if there
was none.
"""

import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

# Names twice, and names and texts beyond ASCII. The files follow, all of them under `file`.
TEXTS = [("text", "one"), ("text", "zwei, 中文 🙂"), ("größe", "")]
BOUNDARY = "http-client-0123456789abcdef"
BLOCK = 64 * 1024


def escape(name):
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def part(head):
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n'.encode()


def blocks_of(path):
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            yield block


def made_up(size):
    while size:
        block = bytes(min(size, BLOCK))
        size -= len(block)
        yield block


def main(url, *what):
    if what[:1] == ("--megabytes",):
        size = int(what[1]) * 1_000_000
        files = [("made-up.bin", size, made_up(size))]
    else:
        files = [(Path(path).name, Path(path).stat().st_size, blocks_of(path)) for path in what]

    # Each piece has its length beside it, so that the sum is known before the first byte is read.
    pieces = []
    for name, text in TEXTS:
        whole = part(f'name="{escape(name)}"') + text.encode() + b"\r\n"
        pieces.append((len(whole), [whole]))
    for name, size, blocks in files:
        head = part(f'name="file"; filename="{escape(name)}"\r\nContent-Type: application/octet-stream')
        pieces += [(len(head), [head]), (size, blocks), (2, [b"\r\n"])]
    end = f"--{BOUNDARY}--\r\n".encode()
    pieces.append((len(end), [end]))

    address = urlsplit(url)
    connection = HTTPConnection(address.hostname, address.port, timeout=60)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(sum(length for length, _ in pieces)),
    }
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    try:
        connection.request("POST", target, (block for _, blocks in pieces for block in blocks), headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        print(f"exception: {error!r}", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(body)
    print(f"status: {answer.status}", file=sys.stderr)
    return 0 if 200 <= answer.status < 300 else 1


sys.exit(main(*sys.argv[1:]))
