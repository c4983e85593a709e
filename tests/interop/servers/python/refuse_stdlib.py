"""Python's own HTTP server, which refuses every upload by its head and closes the connection, with the body unread."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from measure import announce


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = b"too large for http.server\n"
        self.send_response(413)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_what):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
announce(server.server_address[1])
server.serve_forever()
