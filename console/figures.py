"""Published figures beside the indicators: which figure of the register stands beside which indicator, and the
English of its words (`seeds/indicators.toml`). The figure itself is the register's."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from console.words import Words
from platforms import register
from platforms.vocabulary import AsOf, Measure
from sandbox import catalogue
from sandbox.catalogue import SeedError
from workorders.indicators import INDICATORS

_FIGURE = catalogue.Shape({"indicator": str, "figure": str}, {})
_TABLES = catalogue.Shape({"documents": dict, "english": dict, "figure": list}, {})


@dataclass(frozen=True, slots=True)
class Published:
    figure: register.Figure
    document: str  # that prints it
    english: Mapping[str, str]

    def shown(self, words: Words) -> dict[str, str]:
        """The figure as printed, with its scope, its date, where it is printed and what is to be known about it."""
        one = self.figure
        unit = one.printed_unit or one.unit
        metric, document = self._in(words, one.metric), self._in(words, self.document)
        if one.measure:
            metric = words.say("figure", "measured", metric=metric, measure=words.label(Measure, one.measure))
        return {
            "value": f"{one.value.removesuffix(unit)} {unit}",
            "metric": metric,
            "scope": self._in(words, one.scope),
            "as_of": words.say("figure", self._dated, as_of=one.as_of),
            "source": words.say("figure", "source", document=document, section=one.source.split(maxsplit=1)[1]),
            "note": self._in(words, one.note),
        }

    @property
    def _dated(self) -> str:
        """How its date is told: what was added up was added up until then."""
        until = self.figure.measure == Measure.TOTAL and self.figure.as_of_basis == AsOf.PRINTED
        return "until" if until else self.figure.as_of_basis

    def _in(self, words: Words, text: str) -> str:
        return self.english[text] if text and words.language == "en" else text


@cache
def figures() -> dict[str, list[Published]]:
    """The figures of each indicator in the order of the file. Raises SeedError."""
    file = catalogue.path("indicators.toml")
    data = catalogue.toml(file)
    _TABLES.check(file, "文件", data)
    documents, english = data["documents"], data["english"]
    for name in ("documents", "english"):
        catalogue.Shape(dict.fromkeys(data[name], str), {}).check(file, f"[{name}]", data[name])
    indicators = [one.code for one in INDICATORS]
    found: dict[str, list[Published]] = {}
    seen: set[str] = set()
    for where, row in catalogue.tables(file, data, "figure", _FIGURE, beside=["documents", "english"]):
        indicator, code = row["indicator"], row["figure"]
        if indicator not in indicators:
            known = "、".join(indicators)
            raise SeedError(file, where, f"没有指标 {indicator}", f"可用：{known}", key="indicator")
        if code not in register.figures():
            raise SeedError(file, where, f"没有数字 {code}", f"见 {register.FOLDER}/figures.csv 的 id 列", key="figure")
        catalogue.once(file, where, f"{indicator} {code}", seen, key="figure")
        seen.add(f"{indicator} {code}")
        figure = register.figures()[code]
        document = figure.source.split()[0]
        if document not in documents:
            raise SeedError(file, "[documents]", f"没有 {document} 的名称", f"数字 {code} 出自它，请补上")
        for text in filter(None, (documents[document], figure.metric, figure.scope, figure.note)):
            if text not in english:
                raise SeedError(file, "[english]", f"没有“{text}”的英文", f"数字 {code} 要用到，请补上")
        found.setdefault(indicator, []).append(Published(figure, documents[document], english))
    return found
