"""pypiserver, over an empty directory: pypi_server.py DIRECTORY. It lets in `me` with the password `hunter2`."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pypiserver
from measure import announce


class Quiet(WSGIRequestHandler):
    def log_message(self, *_what):
        pass


application = pypiserver.app(
    roots=[sys.argv[1]],
    authenticate=["update"],
    password_file=None,
    auther=lambda user, password: (user, password) == ("me", "hunter2"),
)
server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
announce(server.server_port)
server.serve_forever()
