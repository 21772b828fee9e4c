"""Every address of the house."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from core.api import views as core_views
from studiozens.media import media

handler400 = "core.api.exceptions.bad_request"
handler403 = "core.api.exceptions.forbidden"
handler404 = "core.api.exceptions.not_found"
handler500 = "core.api.exceptions.server_error"

# The busiest first: they are tried in this order.
api = [
    path("", include("finances.api.urls")),
    path("", include("spa.api.urls")),
    path("", include("notifications.api.urls")),
    path("", include("users.api.urls")),
    path("", include("core.api.urls")),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/redoc", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    path("health/live", core_views.live, name="health-live"),
    path("health/ready", core_views.ready, name="health-ready"),
    path("metrics", core_views.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]
if settings.ENVIRONMENT != "production":
    urlpatterns.append(path("media/<slug:folder>/<slug:name>.webp", media, name="media"))
