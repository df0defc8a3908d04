from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "sandbox"
    verbose_name = "沙箱"

    def ready(self) -> None:
        from sandbox import (
            actions,  # noqa: F401 — registers the inputs
            calendar,
            catalogue,
            regions,
            rules,
        )

        catalogue.reads(
            "行政区划", "regions.csv", regions.regions, counts=regions.counted, checks=[regions.missing_regions]
        )
        catalogue.reads("镇街", "streets.csv", regions.streets)
        catalogue.reads(
            *("工作日历", "calendar/*.toml", calendar.calendar),
            each=calendar.year_of,
            counts=calendar.counted,
            checks=[calendar.missing_holidays, calendar.miscounted],
        )
        catalogue.reads("规则库", "rules/*.toml", rules.rules, each=rules.listed_in, checks=[rules.gaps])
