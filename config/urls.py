"""All addresses: the board, the API under /api/v1/, its schema and its pages."""

from django.contrib.staticfiles.views import serve
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

urlpatterns = [
    path("", RedirectView.as_view(url="/board/")),
    path("board", RedirectView.as_view(url="/board/")),
    path("board/", include("console.urls")),
    path("api/v1/", include("sandbox.api.urls")),
    path("api/v1/", include("identity.api.urls")),
    path("api/v1/", include("workorders.api.urls")),
    path("api/v1/", include("platforms.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(), name="docs"),
    # the pages' own files, served by the application: embedded there is no other server
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
]
handler400 = "sandbox.api.problems.bad_request"
handler404 = "sandbox.api.problems.not_found"
handler500 = "sandbox.api.problems.server_error"
