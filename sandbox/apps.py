from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "sandbox"
    verbose_name = "沙箱"

    def ready(self) -> None:
        from sandbox import actions  # noqa: F401 — registers the inputs
