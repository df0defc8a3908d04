"""The category tree (诉求分类): fifteen fields and their second-level categories, from `seeds/categories.toml`."""

from dataclasses import dataclass
from functools import cache

from sandbox import catalogue
from workorders.vocabulary import RejectReason

_FIELD = catalogue.Shape({"code": str, "name": str, "category": list}, {})
_CATEGORY = catalogue.Shape(
    {"code": str, "name": str, "keywords": list},
    {"urgent": list, "not_accepted": int, "excluded_from_satisfaction": bool},
)


@dataclass(frozen=True, slots=True)
class Category:
    code: str
    name: str
    field: str
    field_name: str
    keywords: tuple[str, ...]  # a word of one category only
    urgent: tuple[str, ...]
    not_accepted: int | None  # the RejectReason, where the hotline refuses the matter
    excluded_from_satisfaction: bool  # 行政调解类、执法办案类: 不片面追求满意率


@cache
def categories() -> dict[str, Category]:
    """Every category by its four digits."""
    file = catalogue.path("categories.toml")
    found: dict[str, Category] = {}
    words: dict[str, str] = {}
    for where, field in catalogue.tables(file, catalogue.toml(file), "field", _FIELD):
        for position, row in enumerate(field["category"], 1):
            at = f"{where} [[field.category]] 第 {position} 条"
            _CATEGORY.check(file, at, row)
            catalogue.once(file, at, row["code"], found)
            if row["code"][:2] != field["code"] or len(row["code"]) != 4:
                raise catalogue.SeedError(
                    file, at, f"代码 {row['code']} 不属于领域 {field['code']}", "前两位须为领域代码", key="code"
                )
            if row.get("not_accepted") not in {None, *RejectReason.values}:
                raise catalogue.SeedError(
                    file, at, f"没有不予受理事由 {row['not_accepted']}", "见 RejectReason", key="not_accepted"
                )
            for word in row["keywords"]:
                if not isinstance(word, str) or len(word) < 2:
                    raise catalogue.SeedError(file, at, f"关键词 {word!r} 太短", "至少两个字", key="keywords")
                if word in words:
                    raise catalogue.SeedError(
                        file, at, f"关键词“{word}”已属于 {words[word]}", "一个词只归一个类目", key="keywords"
                    )
                words[word] = row["code"]
            found[row["code"]] = Category(
                code=row["code"],
                name=row["name"],
                field=field["code"],
                field_name=field["name"],
                keywords=tuple(row["keywords"]),
                urgent=catalogue.words(file, at, "urgent", row.get("urgent", [])),
                not_accepted=row.get("not_accepted"),
                excluded_from_satisfaction=row.get("excluded_from_satisfaction", False),
            )
    return found


def accepted() -> list[Category]:
    """The categories of what the hotline handles."""
    return [one for one in categories().values() if one.not_accepted is None]


def fields() -> set[str]:
    return {one.field for one in categories().values()}


def counted() -> dict[str, int]:
    return {
        "领域": len(fields()),
        "类目": len(categories()),
        "其中受理": len(accepted()),
        "关键词": sum(len(one.keywords) for one in categories().values()),
    }
