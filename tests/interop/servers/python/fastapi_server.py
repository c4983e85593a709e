"""FastAPI, on Starlette and python-multipart, which reads its forms, and on uvicorn."""

import socket

import uvicorn
from fastapi import FastAPI, Request
from measure import announce, file_part, measure_file, text_part

application = FastAPI()


def part(name, value):
    if isinstance(value, str):
        return text_part(name, value)
    return file_part(name, value.filename, value.content_type, measure_file(value.file))


@application.post("/")
async def upload(request: Request):
    chunked = "Transfer-Encoding" in request.headers
    async with request.form() as form:
        parts = [part(name, value) for name, value in form.multi_items()]
    return {"framing": "chunked" if chunked else "length", "parts": parts}


listener = socket.create_server(("127.0.0.1", 0))
announce(listener.getsockname()[1])
uvicorn.Server(uvicorn.Config(application, log_level="error")).run(sockets=[listener])
