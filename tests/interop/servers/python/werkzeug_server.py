"""Werkzeug: what Flask reads forms with."""

import json

from measure import Measure, announce, measure_bytes
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_what):
        pass


def parts_of(request):
    """Fields first, then files: Werkzeug hands them over apart, each list in its order."""

    _, options = parse_options_header(request.content_type)
    parser = MultiPartParser(stream_factory=lambda **_what: Measure(), max_form_memory_size=None)
    fields, files = parser.parse(request.stream, options["boundary"].encode("ascii"), request.content_length)
    for name, text in fields.items(multi=True):
        yield {"name": name, "filename": None, "content_type": None, **measure_bytes(text.encode())}
    for name, file in files.items(multi=True):
        yield {"name": name, "filename": file.filename, "content_type": file.content_type, **file.stream.done()}


@Request.application
def application(request):
    chunked = "Transfer-Encoding" in request.headers
    answer = {"framing": "chunked" if chunked else "length"}
    try:
        answer["parts"] = list(parts_of(request))
        status = 200
    except Exception as error:  # whatever it is, the test wants to read it
        answer["error"] = repr(error)
        status = 400
    return Response(json.dumps(answer), status=status, content_type="application/json")


server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
announce(server.port)
server.serve_forever()
