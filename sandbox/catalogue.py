"""The world as data: reading `seeds/`, saying precisely what is wrong with it, and pinning its hash.

Catalogues are read once into memory and keyed by code. A sandbox remembers the hash of the set it was
made with and stores only its own overrides.
"""

import csv
import difflib
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from sandbox.canonical import shown
from sandbox.refusals import Refused
from sandbox.toml_lines import line_of

_ROW = re.compile(r"第 (\d+) 行")  # of a CSV file
_TABLE = re.compile(r"\[\[([^\]]+)\]\] 第 (\d+) 条|\[([^\[\]]+)\]")  # `[[kind]] 第 2 条`, `[slots]`


class SeedError(Exception):
    """A seed file is wrong: which one, in which line, where in it, why, and what to do: one clear line.

    `where` is written as `tables` and `rows` give it: `[[field]] 第 1 条 [[field.category]] 第 2 条`, `[slots]`,
    `第 7 行`, a table's or key's name, or nothing for a whole file. The line is found from it, and from the `key`
    the problem is about.
    """

    def __init__(
        self, file: Path | str, where: str, problem: str, remedy: str, *, key: str = "", line: int = 0
    ) -> None:
        row = _ROW.fullmatch(where)
        self.path, self.file = Path(file), _short(Path(file))
        self.where, self.problem, self.remedy = where, problem, remedy
        self.line = line or (int(row[1]) if row else _line(self.path, where, key))
        at = f"{self.file}:{self.line}" if self.line else self.file
        said = ": ".join([at, problem] if row or not where else [at, where, problem])
        super().__init__(f"{said}。{remedy}".replace("\r", "").replace("\n", "\\n"))


def _short(file: Path) -> str:
    """A file as it is called from where the program runs."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _line(file: Path, where: str, key: str) -> int:
    """The line of a place in a seed file, 1 for the file as a whole; 0 where there is no such file."""
    if file.suffix not in {".toml", ".csv"} or not file.is_file():
        return 0
    if file.suffix == ".csv":
        return 1
    steps = [(many or one, int(position or 1)) for many, position, one in _TABLE.findall(where)]
    if not steps and not key:
        key = where.strip("[]")
    return line_of(file.read_text(encoding="utf-8-sig", errors="replace"), steps, key) or 1


def path(name: str) -> Path:
    return Path(settings.SEEDS_DIR) / name


@cache
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
    except OSError as error:
        raise SeedError(file, "", f"读不了（{error.strerror}）", "请换成一个可读的普通文件") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SeedError(file, "", "不是 UTF-8 文本", "请另存为 UTF-8", line=line) from None


def lines(file: Path) -> list[str]:
    """The lines of a file that is neither TOML nor CSV."""
    return _text(file).removesuffix("\n").split("\n")


def toml(file: Path) -> dict[str, Any]:
    text = _text(file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = re.search(r"at line (\d+)", str(error))
        line = int(told[1]) if told else text.count("\n") + 1  # “at end of document”
        raise SeedError(file, "", f"不是合法的 TOML（{error}）", "请按所指行列改正", line=line) from None
    except (RecursionError, ValueError) as error:  # nested without end, or a number of thousands of digits
        problem = "嵌套过深" if isinstance(error, RecursionError) else "有过长的数"
        raise SeedError(file, "", f"不是合法的 TOML（{problem}）", "请恢复这个文件") from None


def rows(file: Path, columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers; lines beginning with # are remarks."""
    lines = enumerate(_text(file).split("\n"), 1)
    kept = [(number, _cells(file, number, line)) for number, line in lines if line and not line.startswith("#")]
    first, heading = kept[0] if kept else (1, [])
    if heading != columns:
        raise SeedError(
            file, "表头", f"列应为 {','.join(columns)}", f"现为 {','.join(heading)}，请改正表头", line=first
        )
    if not kept[1:]:
        raise SeedError(file, "", "表头之下一行也没有", "请恢复 seeds/ 目录中的这个文件", line=first)
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
        for key in sorted(row.keys() - self.required.keys() - self.optional.keys()):
            known = "、".join([*self.required, *self.optional])
            raise SeedError(file, where, f"不认识的键 {key}", f"可用的键：{known}", key=key)
        for key in sorted(self.required.keys() - row.keys()):
            raise SeedError(file, where, f"缺少 {key}", "请补上")
        for key, value in row.items():
            wanted = self.required.get(key) or self.optional[key]
            # a truth value is an int to Python, and a moment a date
            other = (isinstance(value, bool) and wanted is int) or (isinstance(value, datetime) and wanted is date)
            if not isinstance(value, wanted) or other:
                names = wanted.__name__ if isinstance(wanted, type) else " / ".join(kind.__name__ for kind in wanted)
                raise SeedError(file, where, f"{key} 应为 {names}，现为 {type(value).__name__}", "请改正类型", key=key)
            if isinstance(value, str) and not value.strip() and key in self.required:
                raise SeedError(file, where, f"{key} 是空的", "请写明", key=key)


def tables(
    file: Path, data: dict[str, Any], name: str, shape: Shape, *, beside: Iterable[str] = ()
) -> Iterable[tuple[str, dict[str, Any]]]:
    """The rows of `[[name]]` in a file, each checked, with the words that say where it stands.

    Nothing else may stand in the file but the keys `beside`, so that a misspelt table is not passed over.
    """
    for key in sorted(data.keys() - {name, *beside}):
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
        raise SeedError(file, where, f"{key} 应为文字的列表，且没有空的", "请改正", key=key)
    return tuple(listed)


def once(
    file: Path, where: str, code: str, seen: Mapping[str, Any] | set[str], *, key: str = "code", what: str = "代码"
) -> None:
    if code in seen:
        raise SeedError(file, where, f"{what} {code} 重复", f"每个{what}只能出现一次", key=key)


def place(file: Path, name: str, **wanted: Any) -> str:
    """The words that say where the row with these values stands: of `[[name]]`, or of `[[outer.name]]` in its outer."""
    outer, nested, inner = name.partition(".")
    for position, row in enumerate(toml(file).get(outer, []), 1):
        for below, one in enumerate(row[inner] if nested else [row], 1):
            if all(one.get(key) == value for key, value in wanted.items()):
                return f"[[{outer}]] 第 {position} 条" + (f" [[{name}]] 第 {below} 条" if nested else "")
    return ""


# the whole set -------------------------------------------------------------------------------------------

Check = Callable[[], Iterable[SeedError]]


@dataclass(frozen=True)
class Reader:
    """What an app reads of `seeds/`: which files, how they are loaded, what is counted in them, and the checks
    that need more than one of them."""

    label: str
    pattern: str
    load: Callable[[], Any]  # raises SeedError
    each: Callable[[Path], Any] | None = None  # reads one file of several, so that a mistake in each is found
    counts: Callable[[], Mapping[str, int]] | None = None
    checks: Sequence[Check] = ()

    def files(self) -> list[Path]:
        return sorted(Path(settings.SEEDS_DIR).glob(self.pattern))

    def counted(self) -> Mapping[str, int]:
        if self.counts:
            return self.counts()
        loaded = self.load()
        return {"条": len(loaded)} if isinstance(loaded, dict | list) else {"文件": len(self.files())}


readers: list[Reader] = []


def reads(label: str, pattern: str, load: Callable[[], Any], **more: Any) -> None:
    """Register a catalogue, in `AppConfig.ready()`: a file under seeds/ that no reader names is a mistake."""
    readers.append(Reader(label, pattern, load, **more))


def load() -> None:
    """Read every catalogue once, before a process serves anybody or founds a world. Raises SeedError."""
    for reader in readers:
        reader.load()


def problems() -> tuple[list[SeedError], list[Reader]]:
    """Everything wrong with `seeds/` that can be told, and the readers that others' mistakes kept from being checked.

    A reader stops at the first mistake of a file; what hangs together is checked as far as its parts could be read.
    """
    found: list[SeedError] = []
    waiting: list[Reader] = []
    for reader in readers:
        errors = [error for file in reader.files() for error in _errors(reader.each, file)] + _errors(reader.load)
        if errors and not {error.path for error in errors} & {*reader.files(), path(reader.pattern)}:
            waiting.append(reader)
        found += errors
    for check in [_unknown_files, *(check for reader in readers for check in reader.checks)]:
        try:
            found.extend(check())
        except SeedError as error:
            found.append(error)
    return list({str(error): error for error in found}.values()), waiting


def _errors(read: Callable[..., Any] | None, *arguments: Any) -> list[SeedError]:
    try:
        if read is not None:
            read(*arguments)
    except SeedError as error:
        return [error]
    return []


def _unknown_files() -> Iterator[SeedError]:
    """A file nobody reads is a misspelt name, or does not belong here (remarks in .md and hidden files do no harm)."""
    root = Path(settings.SEEDS_DIR)
    read = {file for reader in readers for file in reader.files()}
    names = sorted({reader.pattern for reader in readers})
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root)
        if file.is_dir() or file in read or file.suffix == ".md" or any(part.startswith(".") for part in name.parts):
            continue
        near = difflib.get_close_matches(name.as_posix(), names, 1)
        remedy = f"如果是写错了名字，请改为 {near[0]}" if near else f"可用的文件：{'、'.join(names)}"
        yield SeedError(file, "", "没有程序读这个文件", f"{remedy}；否则请移出 seeds/")


@cache
def fingerprint() -> str:
    """The hash of the whole set of seeds a sandbox is made with. Sample calls are inputs, the register describes real
    systems, and printed figures are something to compare with: nothing that happens depends on them."""
    root = Path(settings.SEEDS_DIR)
    total = hashlib.sha256()
    for file in sorted(root.rglob("*")):
        parts = file.relative_to(root).parts
        beside = parts[0] in ("calls", "systems") or parts == ("indicators.toml",)
        if file.suffix in {".toml", ".csv", ".tsv"} and not beside:
            total.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()[:16]
