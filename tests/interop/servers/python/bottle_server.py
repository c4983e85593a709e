"""Bottle, on Python's own WSGI server, which leaves chunks to it."""

from wsgiref.simple_server import WSGIRequestHandler, make_server

from bottle import Bottle, request
from measure import announce, file_part, measure_file, text_part

application = Bottle()


def parts():
    """Texts first, then files: they are handed over apart, and by name."""

    for name, text in request.forms.allitems():
        yield text_part(name, text)
    for name, file in request.files.allitems():
        yield file_part(name, file.raw_filename, file.content_type, measure_file(file.file))


@application.post("/")
def upload():
    chunked = "Transfer-Encoding" in request.headers
    return {"framing": "chunked" if chunked else "length", "parts": list(parts())}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_what):
        pass


server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
announce(server.server_port)
server.serve_forever()
