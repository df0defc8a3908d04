from django.apps import AppConfig


class SimulationConfig(AppConfig):
    name = "simulation"
    verbose_name = "模拟"

    def ready(self) -> None:
        from sandbox import catalogue
        from simulation import (  # noqa: F401 — register themselves
            agenda,
            calls,
            casting,
            profiles,
            reactions,
            reading,
            runs,
            texts,
        )

        catalogue.reads("行为设定", "profiles/*.toml", profiles.profiles, each=lambda file: profiles.profile(file.stem))
        catalogue.reads("测试人物的行为", "personas.toml", lambda: {**casting.plain(), **casting.forced()})
        catalogue.reads(
            "来电句式", "texts.toml", texts.patterns, counts=texts.counted, checks=[texts.without_a_sentence]
        )
        catalogue.reads("答复用语", "replies.toml", texts.replies)
        catalogue.reads("听话用词", "reading.toml", lambda: reading.is_unclear(""))
        catalogue.reads("来电样例", "calls/*.csv", calls.samples, checks=[calls.unfit_samples])
