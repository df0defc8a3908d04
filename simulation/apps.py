from django.apps import AppConfig


class SimulationConfig(AppConfig):
    name = "simulation"
    verbose_name = "模拟"

    def ready(self) -> None:
        from simulation import agenda, reactions, runs  # noqa: F401 — register themselves
