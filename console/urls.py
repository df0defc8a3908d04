from django.urls import path

from console import views

urlpatterns = [
    path("", views.board, name="board"),
    path("enter", views.enter, name="enter"),
    path("leave", views.leave, name="leave"),
    path("live", views.live, name="live"),
    path("clock/<str:verb>", views.turn_clock, name="clock"),
    path("orders", views.orders, name="orders"),
    path("orders/<str:number>", views.order, name="order"),
]
