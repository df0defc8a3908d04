from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"
    verbose_name = "看板"

    def ready(self) -> None:
        from console import figures
        from sandbox import catalogue

        catalogue.reads("公布数字对照", "indicators.toml", figures.figures)
