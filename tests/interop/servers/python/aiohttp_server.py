"""aiohttp's own server."""

import asyncio

from aiohttp import web
from measure import announce, file_part, measure_file, text_part


def part(name, value):
    if isinstance(value, web.FileField):
        return file_part(name, value.filename, value.content_type, measure_file(value.file))
    return text_part(name, value)


async def upload(request):
    chunked = "Transfer-Encoding" in request.headers
    form = await request.post()
    parts = [part(name, value) for name, value in form.items()]
    return web.json_response({"framing": "chunked" if chunked else "length", "parts": parts})


async def serve():
    application = web.Application(client_max_size=0)
    application.router.add_post("/", upload)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    announce(runner.addresses[0][1])
    await asyncio.Event().wait()


asyncio.run(serve())
