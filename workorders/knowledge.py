"""The knowledge base (知识库), and how sure the intelligent agent (智能客服) is that an article answers a question."""

from dataclasses import dataclass
from functools import cache

from sandbox import catalogue
from sandbox.work import Work
from workorders.categories import categories
from workorders.recognition import recognise_category
from workorders.vocabulary import RequestType

THRESHOLD = "workorder.intelligent_answer_confidence"
_ARTICLE = catalogue.Shape({"code": str, "category": str, "title": str, "words": list, "answer": str}, {})


@dataclass(frozen=True, slots=True)
class Article:
    """One article: what is asked, in which words people ask it, and the answer."""

    code: str
    category: str
    title: str
    words: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Found:
    article: Article
    confidence: int  # per cent


@cache
def articles() -> dict[str, list[Article]]:
    """The articles by category."""
    questions()
    file = catalogue.path("knowledge.toml")
    found: dict[str, list[Article]] = {}
    seen: set[str] = set()
    for where, row in catalogue.tables(file, catalogue.toml(file), "article", _ARTICLE, beside=["questions"]):
        catalogue.once(file, where, row["code"], seen)
        seen.add(row["code"])
        category = categories().get(row["category"])
        if category is None or category.not_accepted is not None:
            raise catalogue.SeedError(
                file, where, f"类目 {row['category']} 不存在或不予受理", "见 categories.toml，请改为受理的类目"
            )
        words = catalogue.words(file, where, "words", row["words"])
        if not words or not row["answer"]:
            raise catalogue.SeedError(file, where, "words 或 answer 是空的", "请写出问法与答复")
        article = Article(row["code"], row["category"], row["title"], words, row["answer"])
        found.setdefault(row["category"], []).append(article)
    return found


def counted() -> dict[str, int]:
    return {"条目": sum(map(len, articles().values())), "类目": len(articles())}


@cache
def questions() -> tuple[str, ...]:
    """Words that show that somebody asks, rather than complains or reports."""
    file = catalogue.path("knowledge.toml")
    return catalogue.words(file, "questions", "questions", catalogue.toml(file).get("questions"))


def find(text: str) -> Found | None:
    """The article that answers a text best: as sure as its category was recognised, and as clearly as the
    article's own words stand out against the next best."""
    category, confidence = recognise_category(text)
    scored = [(sum(len(word) for word in one.words if word in text), one) for one in articles().get(category, ())]
    scored.sort(key=lambda scored: (-scored[0], scored[1].code))
    if not scored or not scored[0][0]:
        return None
    best, rival = scored[0][0], scored[1][0] if len(scored) > 1 else 0
    return Found(scored[0][1], confidence * best // (best + rival + 1))


def answering(work: Work, text: str, type: str = "") -> Found | None:
    """The article from which the intelligent agent answers, if this sandbox has it switched on (its threshold is
    not 0), somebody asks a question, and it is sure enough."""
    threshold = work.rules.value(THRESHOLD, work.now)
    if not threshold or type not in ("", RequestType.CONSULTATION):
        return None
    if not type and not any(word in text for word in questions()):
        return None
    found = find(text)
    return found if found is not None and found.confidence >= threshold else None
