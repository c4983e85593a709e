"""Reads a body once with python-multipart, and says as `cargo bench --bench parse -- time` does how many seconds that took
and how many octets of content there were.

    python readers.py FILE SLICE
"""

import sys
import time
from pathlib import Path

from python_multipart import MultipartParser

file, slice_length = sys.argv[1], int(sys.argv[2])
body = Path(file).read_bytes()
boundary = body[len("--") : body.index(b"\r\n")]
slices = [body[start : start + slice_length] for start in range(0, len(body), slice_length)]
content = 0
is_whole = False


def take(_data, start, end):
    global content
    content += end - start


def end():
    global is_whole
    is_whole = True


parser = MultipartParser(boundary, {"on_part_data": take, "on_end": end}, max_header_count=128)
began = time.perf_counter()
for octets in slices:
    parser.write(octets)
parser.finalize()
seconds = time.perf_counter() - began
if not is_whole:
    sys.exit("the end was not found")
print(seconds, content)
