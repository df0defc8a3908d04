from django.apps import AppConfig


class WorkordersConfig(AppConfig):
    name = "workorders"
    verbose_name = "12345 热线"

    def ready(self) -> None:
        from sandbox import catalogue
        from workorders import (  # noqa: F401 — register themselves
            agenda,
            categories,
            deadlines,
            dispatch,
            documents,
            indicators,
            inputs,
            knowledge,
            places,
            reactions,
            recognition,
        )

        catalogue.reads(
            "诉求分类",
            "categories.toml",
            categories.categories,
            counts=categories.counted,
            checks=[dispatch.without_a_unit],
        )
        catalogue.reads(
            *("派单规则", "dispatch.toml", dispatch.dispatch_rules),
            checks=[dispatch.unknown_responsibilities, dispatch.sent_astray, deadlines.missing_rules],
        )
        catalogue.reads("知识库", "knowledge.toml", knowledge.articles, counts=knowledge.counted)
        catalogue.reads("地名用词", "places.toml", places.read, counts=places.counted)
        catalogue.reads(
            "识别权重",
            recognition.FILE,
            recognition.learnt,
            counts=recognition.counted,
            checks=[recognition.not_learnt],
        )
