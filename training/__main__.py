"""`python -m training [--check]`: learns the weights with which categories are recognised, `seeds/recognition.tsv`.

A linear support vector machine, each category against the rest, over characters and pairs of characters, each as heavy
as it is rare. It learns from texts written one by one (`practice_texts.csv`, `development_texts.csv`) and from words
(`words.tsv`, keywords, the knowledge base), a few at a time; from no sentence of the simulated citizens, so that these
are strangers to it, and from no text held apart.

`--check` compares the digest of all that, and of this file, with the one the weights were made with: floating point
differs from machine to machine, and so would a few of the weights.
"""

import csv
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from sandbox import catalogue  # noqa: E402
from workorders.categories import categories  # noqa: E402
from workorders.knowledge import articles  # noqa: E402
from workorders.places import spans_of_places  # noqa: E402
from workorders.recognition import FILE, MOST, NOTHING, PLAIN, ZERO, Learnt, features, learnt, packed, scored, spelt  # noqa: E402

HERE = Path(__file__).parent
TEXTS = ["practice_texts.csv", "development_texts.csv"]
TOGETHER = 4  # words that make one text
PENALTY, ROUNDS = 1.2, 12
PARTS = 5  # of the texts, each recognised by what was learnt from the others
REMARK = "# 识别类目的权重，由 make train 从 training/ 学得，请勿手改。每行：字或两字、它对各类目的权重、它的稀有程度。"

Text = tuple[str, str]  # and its category
Example = tuple[set[int], str]  # the features of a text, and its category


def texts() -> list[Text]:
    """The texts written one by one."""
    found: list[Text] = []
    for name in TEXTS:
        with (HERE / name).open(encoding="utf-8", newline="") as rows:
            found += [(row["text"], row["category"] or NOTHING) for row in csv.DictReader(rows, strict=True)]
    return found


def examples(written: Iterable[Text]) -> list[Example]:
    """What is learnt from texts, and from the words of each category: a few together, keywords by themselves too."""
    found = [(features(text, spans_of_places(text)), category) for text, category in written]
    for line in (HERE / "words.tsv").read_text(encoding="utf-8").splitlines():
        code, _, words = line.partition("\t")
        category = categories()[code]
        own = [*category.keywords, *category.urgent]
        asked = [word for one in articles().get(code, []) for word in (one.title, *one.words)]
        said = list(dict.fromkeys([*asked, *own, *words.split(" "), category.name]))
        found += [(features("，".join(said[at : at + TOGETHER]), []), code) for at in range(0, len(said), TOGETHER)]
        found += [(features(word, []), code) for word in own]
    return found


def digest(learning: Iterable[Example]) -> str:
    whole = sha256(Path(__file__).read_bytes())
    for found, category in learning:
        whole.update(f"{category} {' '.join(sorted(map(spelt, found)))}\n".encode())
    return whole.hexdigest()[:16]


def learn(learning: Sequence[Example]) -> tuple[list[str], dict[int, str]]:
    """The categories, and the weights of each feature as they are written."""
    codes = sorted({category for _, category in learning})
    seen = Counter(feature for found, _ in learning for feature in found)
    often = sorted((one for one in seen if seen[one] > 1 and spelt(one).isalnum()), key=spelt)
    position = {feature: at for at, feature in enumerate(often)}
    rarity = np.array([1 + np.log((1 + len(learning)) / (1 + seen[one])) for one in position])
    known = [np.array(sorted(position[one] for one in found if one in position), int) for found, _ in learning]
    sides = np.where(np.array(codes) == np.array([[category] for _, category in learning]), 1.0, -1.0)
    weights = _separated(known, [rarity[at] / max(1, np.linalg.norm(rarity[at])) for at in known], sides, len(position))
    weights *= rarity[:, None]
    whole = np.clip(np.rint(weights * 2 * MOST / np.abs(weights).max()), -MOST, MOST).astype(int)
    written = (
        "".join(map(chr, row)) + chr(PLAIN + round(rare**2)) for row, rare in zip(ZERO + whole, rarity, strict=True)
    )
    return codes, dict(zip(position, written, strict=True))


def _separated(known: list[Any], rows: list[Any], sides: Any, width: int) -> Any:
    """The weights that keep each category apart from the rest, by dual coordinate descent for the squared hinge loss
    (Hsieh and others, 2008), all categories at once."""
    weights, dual = np.zeros((width, sides.shape[1])), np.zeros_like(sides)
    slack = 1 / (2 * PENALTY)
    order = np.random.default_rng(0)
    for _ in range(ROUNDS):
        for one in order.permutation(len(rows)):
            at, row, side = known[one], rows[one], sides[one]
            slope = side * (row @ weights[at]) - 1 + slack * dual[one]
            step = np.maximum(dual[one] - slope / (1 + slack), 0) - dual[one]
            dual[one] += step
            weights[at] += np.outer(row, step * side)
    return weights


def tried(written: list[Text]) -> tuple[Any, Any]:
    """How far each text's category stood out, and whether it was right, learnt from the other parts of the texts."""
    margins, right = [], []
    for part in range(PARTS):
        codes, weights = learn(examples(one for at, one in enumerate(written) if at % PARTS != part))
        model = Learnt("", codes, [], {feature: packed(row) for feature, row in weights.items()})
        for text, category in written[part::PARTS]:
            found, margin = scored(model, features(text, spans_of_places(text)))
            if found != NOTHING:
                margins.append(margin)
                right.append(found == category)
    return np.array(margins), np.array(right)


def calibrated(margins: Any, right: Any) -> list[int]:
    """The margins from which on one is right in 1, 2, … 99 of a hundred: a logistic curve through what was tried."""
    x, curve = np.stack([margins / 100, np.ones(len(margins))], 1), np.zeros(2)
    for _ in range(25):
        share = 1 / (1 + np.exp(-x @ curve))
        curve += np.linalg.solve((x * (share * (1 - share))[:, None]).T @ x, x.T @ (right - share))
    steps = np.arange(1, 100) / 100
    return [max(0, round(100 * at)) for at in (np.log(steps / (1 - steps)) - curve[1]) / curve[0]]


def main() -> int:
    written = texts()
    learning = examples(written)
    material = digest(learning)
    if "--check" in sys.argv:
        if learnt().material != material:
            print(f"seeds/{FILE} 不是由现有的 training/ 学得的：请运行 make train 并提交", file=sys.stderr)
            return 1
        return 0
    margins, right = tried(written)
    levels = calibrated(margins, right)
    codes, weights = learn(learning)
    heading = [f"material\t{material}", f"categories\t{' '.join(codes)}", f"margins\t{' '.join(map(str, levels))}"]
    rows = [f"{spelt(feature)}\t{row}" for feature, row in weights.items()]
    catalogue.path(FILE).write_text("\n".join([REMARK, *heading, *rows, ""]), encoding="utf-8")
    print(f"{len(margins)} texts tried, {right.mean():.1%} right; {len(rows)} features")
    for sure in (*range(50, 90, 10), *range(90, 100)):
        certain = margins >= levels[sure - 1]
        print(f"sure by {sure} %: {certain.mean():.1%} of them, {right[certain].mean():.1%} right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
