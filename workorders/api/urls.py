from django.urls import path

from workorders.api import views
from workorders.inputs import ACTIONS, CALL_ACTIONS

urlpatterns = [
    path("workorders", views.WorkOrdersView.as_view()),
    path("workorders/batch", views.WorkOrderBatchView.as_view()),
    path("workorders/<str:number>", views.WorkOrderView.as_view()),
    path("workorders/<str:number>/timeline", views.TimelineView.as_view()),
    *(path(f"workorders/<str:number>/{action}", views.action_view(action)) for action in ACTIONS),
    path("calls", views.CallsView.as_view()),
    *(path(f"calls/<str:call>/{action}", views.call_action_view(action)) for action in CALL_ACTIONS),
    path("knowledge", views.KnowledgeView.as_view()),
    path("categories", views.CategoriesView.as_view()),
    path("dispatch-rules", views.DispatchRulesView.as_view()),
    path("units", views.UnitsView.as_view()),
    path("units/<str:code>", views.UnitView.as_view()),
    path("indicators", views.IndicatorsView.as_view()),
]
