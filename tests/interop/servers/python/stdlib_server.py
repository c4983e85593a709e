"""Python's own HTTP server, which knows nothing of chunks, with defnull's `multipart`, the careful one, in its strict mode."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from measure import Measure, announce
from multipart import PushMultipartParser, parse_options_header

BLOCK = 64 * 1024


def by_length(stream, left):
    while left:
        block = stream.read(min(left, BLOCK))
        if not block:
            raise EOFError(f"{left} bytes are missing")
        left -= len(block)
        yield block


def by_chunks(stream):
    while True:
        size = int(stream.readline(1024), 16)
        if size:
            yield from by_length(stream, size)
        if stream.readline(1024) != b"\r\n":
            raise ValueError("a chunk does not end where it says")
        if not size:
            return


def parts_of(content_type, blocks):
    _, options = parse_options_header(content_type)
    with PushMultipartParser(options["boundary"], strict=True) as parser:
        for block in blocks:
            for event in parser.parse(block):
                if event is None:
                    yield {"name": part.name, "filename": part.filename, "content_type": part.content_type, **measure.done()}
                elif isinstance(event, (bytes, bytearray)):
                    measure.write(event)
                else:
                    part, measure = event, Measure()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        chunked = self.headers["Transfer-Encoding"] == "chunked"
        blocks = by_chunks(self.rfile) if chunked else by_length(self.rfile, int(self.headers["Content-Length"]))
        answer = {"framing": "chunked" if chunked else "length"}
        try:
            answer["parts"] = list(parts_of(self.headers["Content-Type"], blocks))
            status = 200
        except Exception as error:  # whatever it is, the test wants to read it
            answer["error"] = repr(error)
            status = 400
            self.close_connection = True
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_what):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
announce(server.server_address[1])
server.serve_forever()
