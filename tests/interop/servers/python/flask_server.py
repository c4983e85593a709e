"""Flask, on Werkzeug, which reads its forms, and on Werkzeug's own server."""

from flask import Flask, Request, request
from measure import Measure, announce, file_part, text_part
from werkzeug.serving import WSGIRequestHandler, make_server


class Measuring(Request):
    """It keeps no files."""

    def _get_file_stream(self, *_what, **_more):
        return Measure()


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_what):
        pass


def parts():
    """Texts first, then files: they are handed over apart, and by name."""

    for name, text in request.form.items(multi=True):
        yield text_part(name, text)
    for name, file in request.files.items(multi=True):
        yield file_part(name, file.filename, file.content_type, file.stream.done())


application = Flask(__name__)
application.request_class = Measuring


@application.post("/")
def upload():
    chunked = "Transfer-Encoding" in request.headers
    return {"framing": "chunked" if chunked else "length", "parts": list(parts())}


server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
announce(server.port)
server.serve_forever()
