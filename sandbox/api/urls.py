from django.urls import path

from sandbox.api import views

urlpatterns = [
    path("sandbox", views.SandboxView.as_view()),
    path("sandbox/clock", views.ClockView.as_view()),
    path("sandbox/clock/advance", views.AdvanceView.as_view()),
    path("sandbox/clock/run", views.RunView.as_view()),
    path("sandbox/clock/freeze", views.FreezeView.as_view()),
    path("sandbox/clock/retry", views.RetryView.as_view()),
    path("sandbox/clock/barrier", views.BarrierView.as_view()),
    path("sandbox/clock/settle", views.SettleView.as_view()),
    path("sandbox/roles", views.RolesView.as_view()),
    path("sandbox/roles/open", views.OpenRoleView.as_view()),
    path("sandbox/roles/close", views.CloseRoleView.as_view()),
    path("rules", views.RulesView.as_view()),
    path("rules/<str:key>", views.RuleView.as_view()),
    path("regions", views.RegionsView.as_view()),
    path("regions/<str:code>", views.RegionView.as_view()),
    path("calendar", views.CalendarView.as_view()),
    path("events", views.EventsView.as_view()),
]
