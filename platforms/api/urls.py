from django.urls import path

from platforms.api import views

urlpatterns = [
    path("platforms", views.PlatformsView.as_view()),
    path("platforms/graph", views.GraphView.as_view()),
    path("platforms/<str:id>", views.PlatformView.as_view()),
]
