"""The world as data: reading `seeds/`, saying precisely what is wrong with it, and pinning its hash.

Catalogues are read once into memory and keyed by code. A sandbox remembers the hash of the set it was
made with and stores only its own overrides.
"""

import csv
import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from sandbox.canonical import shown
from sandbox.refusals import Refused


class SeedError(Exception):
    """A seed file is wrong: which one, where in it, why, and what to do."""

    def __init__(self, file: Path | str, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {where}: {problem}。{remedy}" if where else f"{file}: {problem}。{remedy}")


def path(name: str) -> Path:
    return Path(settings.SEEDS_DIR) / name


def files(pattern: str) -> list[Path]:
    """The seed files of a pattern, by name; an empty set is an error, since the world needs it."""
    found = sorted(Path(settings.SEEDS_DIR).glob(pattern))
    if not found:
        raise SeedError(path(pattern), "", "没有这样的种子文件", "请恢复 seeds/ 目录，或用 YUEYAN_SEEDS 指向它")
    return found


def profile(name: str) -> Path:
    """The file of a behaviour profile. Raises Refused `unknown_profile`."""
    known = {file.stem: file for file in files("profiles/*.toml")}
    if name not in known:
        raise Refused(
            f"没有行为设定 {shown(name)}",
            code="unknown_profile",
            status=422,
            field="profile",
            remedy=f"可用：{'、'.join(known)}",
        )
    return known[name]


def _text(file: Path) -> str:
    """The text of a seed file; a byte order mark, as some editors write, does no harm."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SeedError(file, "", "文件不存在", "请恢复 seeds/ 目录，或用 YUEYAN_SEEDS 指向它") from None
    except UnicodeDecodeError as error:
        raise SeedError(file, f"第 {error.start} 字节", "不是 UTF-8 文本", "请另存为 UTF-8") from None


def toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise SeedError(file, "", f"不是合法的 TOML（{error}）", "请按所指行列改正") from None


def rows(file: Path, columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers; lines beginning with # are remarks."""
    lines = enumerate(_text(file).split("\n"), 1)
    kept = [(number, _cells(file, number, line)) for number, line in lines if line and not line.startswith("#")]
    heading = kept[0][1] if kept else []
    if heading != columns:
        raise SeedError(file, "表头", f"列应为 {','.join(columns)}", f"现为 {','.join(heading)}，请改正表头")
    for number, cells in kept[1:]:
        if len(cells) != len(columns):
            raise SeedError(
                file, f"第 {number} 行", f"应有 {len(columns)} 列，现有 {len(cells)} 列", "请检查逗号与引号"
            )
        yield number, dict(zip(columns, cells, strict=True))


def _cells(file: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise SeedError(file, f"第 {number} 行", f"不是合法的 CSV（{error}）", "请检查引号") from None


@dataclass(frozen=True)
class Shape:
    """The keys a table of a seed file must and may have, with their types."""

    required: Mapping[str, type | tuple[type, ...]]
    optional: Mapping[str, type | tuple[type, ...]]

    def check(self, file: Path, where: str, row: Any) -> None:
        if not isinstance(row, dict):
            raise SeedError(file, where, "应是一张表", "请写成 [[…]] 形式")
        for key in row.keys() - self.required.keys() - self.optional.keys():
            known = "、".join([*self.required, *self.optional])
            raise SeedError(file, where, f"不认识的键 {key}", f"可用的键：{known}")
        for key in self.required.keys() - row.keys():
            raise SeedError(file, where, f"缺少 {key}", "请补上")
        for key, value in row.items():
            wanted = self.required.get(key) or self.optional[key]
            # a truth value is an int to Python, and a moment a date
            other = (isinstance(value, bool) and wanted is int) or (isinstance(value, datetime) and wanted is date)
            if not isinstance(value, wanted) or other:
                names = wanted.__name__ if isinstance(wanted, type) else " / ".join(kind.__name__ for kind in wanted)
                raise SeedError(file, where, f"{key} 应为 {names}，现为 {type(value).__name__}", "请改正类型")


def tables(
    file: Path, data: dict[str, Any], name: str, shape: Shape, *, beside: Iterable[str] = ()
) -> Iterable[tuple[str, dict[str, Any]]]:
    """The rows of `[[name]]` in a file, each checked, with the words that say where it stands.

    Nothing else may stand in the file but the keys `beside`, so that a misspelt table is not passed over.
    """
    for key in data.keys() - {name, *beside}:
        raise SeedError(file, key, "不认识的表", f"可用：{'、'.join([f'[[{name}]]', *beside])}")
    listed = data.get(name, [])
    if not isinstance(listed, list):
        raise SeedError(file, name, "应是表的列表", f"请写成 [[{name}]]")
    if not listed:
        raise SeedError(file, f"[[{name}]]", "一条也没有", f"请至少写一条 [[{name}]]")
    for position, row in enumerate(listed, 1):
        where = f"[[{name}]] 第 {position} 条"
        shape.check(file, where, row)
        yield where, row


def words(file: Path, where: str, key: str, listed: Any) -> tuple[str, ...]:
    """A list of words of a seed file; an empty word would be found in every text."""
    if not isinstance(listed, list) or not all(isinstance(word, str) and word for word in listed):
        raise SeedError(file, where, f"{key} 应为文字的列表，且没有空的", "请改正")
    return tuple(listed)


def once(file: Path, where: str, code: str, seen: Mapping[str, Any] | set[str]) -> None:
    if code in seen:
        raise SeedError(file, where, f"代码 {code} 重复", "每个代码只能出现一次")


@cache
def fingerprint() -> str:
    """The hash of the whole set of seeds a sandbox is made with (sample calls are inputs, and the printed figures
    beside indicators only something to compare with: nothing that happens depends on them)."""
    root = Path(settings.SEEDS_DIR)
    total = hashlib.sha256()
    for file in sorted(root.rglob("*")):
        parts = file.relative_to(root).parts
        if file.suffix in {".toml", ".csv"} and "calls" not in parts and parts != ("indicators.toml",):
            total.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()[:16]
