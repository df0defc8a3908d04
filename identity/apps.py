from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "identity"
    verbose_name = "统一身份"

    def ready(self) -> None:
        from identity import documents, organisations  # noqa: F401 — documents register themselves
        from sandbox import actors

        actors.unit_exists.append(lambda code: organisations.unit(code) is not None)
