"""How a simulated agent reads a call nobody knows the story of: its type, and whether it must be refused."""

from functools import cache

from sandbox import catalogue
from workorders.vocabulary import RejectReason, RequestType


@cache
def _words() -> tuple[dict[str, list[str]], dict[int, list[str]]]:
    file = catalogue.path("reading.toml")
    data = catalogue.toml(file)
    catalogue.Shape({"type": dict, "refuse": dict}, {}).check(file, "文件", data)
    if not set(data["type"]) <= set(RequestType.values):
        raise catalogue.SeedError(file, "[type]", "有不认识的诉求类型", f"可用：{'、'.join(RequestType.values)}")
    refuse = {int(reason): words for reason, words in data["refuse"].items() if reason.isdigit()}
    if len(refuse) != len(data["refuse"]) or not set(refuse) <= set(RejectReason.values):
        raise catalogue.SeedError(file, "[refuse]", "有不认识的不予受理事由", "用 RejectReason 的数字")
    return data["type"], refuse


def type_of(text: str) -> str:
    """The type of demand the words suggest, in the order of the file; empty where they suggest none."""
    return next((kind for kind, words in _words()[0].items() if any(word in text for word in words)), "")


def refusal_of(text: str) -> int | None:
    """The reason for which the words call for a refusal, or None."""
    return next((reason for reason, words in _words()[1].items() if any(word in text for word in words)), None)
