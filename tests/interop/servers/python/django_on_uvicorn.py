"""Django on uvicorn."""

import socket

import uvicorn
from django_application import asgi
from measure import announce

listener = socket.create_server(("127.0.0.1", 0))
announce(listener.getsockname()[1])
uvicorn.Server(uvicorn.Config(asgi, lifespan="off", log_level="error")).run(sockets=[listener])
