"""What people uploaded, handed out by the web server itself. Production has a proxy for this."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve


@require_safe
def media(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """One uploaded picture. Its name is never used again, so nobody need ask twice."""
    answer = serve(request, f"{folder}/{name}.webp", document_root=settings.MEDIA_ROOT)
    # Python before 3.13 does not know the type.
    answer["Content-Type"] = "image/webp"
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
