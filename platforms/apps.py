from django.apps import AppConfig


class PlatformsConfig(AppConfig):
    name = "platforms"
    verbose_name = "系统名录"

    def ready(self) -> None:
        from platforms import register
        from sandbox import catalogue

        catalogue.reads("系统名录", "systems/*.toml", register.read, counts=register.counted)
        catalogue.reads("系统间流向", "systems/flows.csv", lambda: list(register.flows()))
        catalogue.reads("公布数字", "systems/figures.csv", register.figures)
