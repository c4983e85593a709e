"""gunicorn's settings, and an application that refuses every upload by its head, with the body unread."""

bind = "127.0.0.1:0"
worker_class = "sync"
workers = 1
# It would stand in the home directory.
control_socket_disable = True
graceful_timeout = 1
wsgi_app = "refuse_gunicorn:application"


def when_ready(server):
    """Says on standard output which port it is."""

    print(server.LISTENERS[0].sock.getsockname()[1], flush=True)


def application(_environ, start_response):
    body = b"too large for this application\n"
    start_response("413 Content Too Large", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
