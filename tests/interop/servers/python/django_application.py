"""A Django of one view, for a WSGI server and for an ASGI server."""

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from measure import file_part, measure_file, text_part


def parts_of(request):
    """Texts first, then files: they are handed over apart, and by name."""

    for name, texts in request.POST.lists():
        yield from (text_part(name, text) for text in texts)
    for name, files in request.FILES.lists():
        for file in files:
            yield file_part(name, file.name, file.content_type, measure_file(file))


def upload(request):
    chunked = "Transfer-Encoding" in request.headers
    return JsonResponse({"framing": "chunked" if chunked else "length", "parts": list(parts_of(request))})


settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="none",
    USE_TZ=True,
)
urlpatterns = [path("", upload)]
asgi = get_asgi_application()
wsgi = get_wsgi_application()
