"""Tornado's own server."""

import asyncio

from measure import announce, file_part, measure_bytes, text_part
from tornado.httpserver import HTTPServer
from tornado.httputil import ParseBodyConfig, ParseMultipartConfig, set_parse_body_config
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler


class Upload(RequestHandler):
    def post(self):
        chunked = "Transfer-Encoding" in self.request.headers
        self.write({"framing": "chunked" if chunked else "length", "parts": list(self.parts())})

    def parts(self):
        """Texts first, then files: they are handed over apart, and by name."""

        for name, texts in self.request.body_arguments.items():
            for text in texts:
                yield text_part(name, text)
        for name, files in self.request.files.items():
            for file in files:
                yield file_part(name, file.filename, file.content_type, measure_bytes(file.body))

    def log_exception(self, *_what):
        pass


async def serve():
    set_parse_body_config(ParseBodyConfig(multipart=ParseMultipartConfig(max_parts=1001)))
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/", Upload)], log_function=lambda _handler: None))
    server.add_sockets(sockets)
    announce(sockets[0].getsockname()[1])
    await asyncio.Event().wait()


asyncio.run(serve())
