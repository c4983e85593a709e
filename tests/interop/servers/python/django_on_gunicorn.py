"""Django on gunicorn."""

import os
import signal

from django_application import wsgi
from gunicorn.app.base import BaseApplication
from measure import announce


class Gunicorn(BaseApplication):
    def load_config(self):
        self.cfg.set("bind", "127.0.0.1:0")
        # It would stand in the home directory.
        self.cfg.set("control_socket_disable", True)
        self.cfg.set("graceful_timeout", 1)
        self.cfg.set("when_ready", self.when_ready)

    def load(self):
        return wsgi

    @staticmethod
    def when_ready(server):
        # Its worker ends with it.
        announce(server.LISTENERS[0].sock.getsockname()[1], end=lambda: os.kill(os.getpid(), signal.SIGTERM))


Gunicorn().run()
