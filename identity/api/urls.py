from django.urls import path

from identity.api import views

urlpatterns = [
    path("personas", views.PersonasView.as_view()),
    path("personas/<str:id>", views.PersonaView.as_view()),
]
