from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "identity"
    verbose_name = "统一身份"

    def ready(self) -> None:
        from identity import documents, organisations, personas  # noqa: F401 — documents register themselves
        from sandbox import actors, catalogue

        catalogue.reads(
            *("组织机构", "organisations.toml", organisations.units),
            counts=organisations.counted,
            checks=[organisations.responsible_for_nothing, organisations.same_names],
        )
        catalogue.reads("测试人物", "personas.toml", personas.personas)
        actors.unit_exists.append(lambda code: organisations.unit(code) is not None)
