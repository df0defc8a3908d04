from django.apps import AppConfig


class WorkordersConfig(AppConfig):
    name = "workorders"
    verbose_name = "12345 热线"

    def ready(self) -> None:
        from workorders import agenda, documents, indicators, inputs, reactions  # noqa: F401 — register themselves
