"""The marks `@pytest.mark.capability("yueshengxin-01")`, a plugin of pytest.

A marked test says that it shows a capability of the register. Therefore
- an id there is not ends the run before any test, whatever was selected;
- a marked test must act through API, page or command while it runs, or it fails;
- each run notes in `$YUEYAN_VAR/capabilities.part.json` which marked tests passed and which failed. `make test`
  joins the notes of its runs in `var/capabilities.json`, which `manage.py capabilities` reads. A run with
  arguments (`make test ARGS="-k …"`), or one that broke off, is a partial one: it is kept apart, in
  `var/capabilities.partial.json`, and never touches what a whole run has left.
"""

from __future__ import annotations

import functools
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.conf import settings
from django.core.management.base import BaseCommand
from django.core.signals import request_started

PART = "capabilities.part.json"  # what one run noted, in its own folder
WHOLE, PARTIAL = "capabilities.json", "capabilities.partial.json"  # what `manage.py capabilities` reads
TESTS = Path(__file__).resolve().parent
HERE = {"127.0.0.1", "localhost", "::1"}
PROGRAM = re.compile(r"(^|[\s/;(])(manage\.py|curl)\b")
PAGE = {"Page": ["goto", "reload", "click", "fill", "press"], "Locator": ["click", "fill", "press", "select_option"]}

CAME_TO_ITS_END = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}

_calls: list[str] | None = None  # what the marked test that now runs has done through API, page or command


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOTES] = {}
    request_started.connect(_in_process, dispatch_uid="capabilities")
    _notice(BaseCommand, "execute", _command)
    _notice(subprocess.Popen, "__init__", _program)
    _notice(http.client.HTTPConnection, "putrequest", _over_http)


def pytest_unconfigure(config: pytest.Config) -> None:
    request_started.disconnect(dispatch_uid="capabilities")
    for holder, name, plain in _noticed:
        setattr(holder, name, plain)
    _noticed.clear()


# the ids ------------------------------------------------------------------------------------------------


def ids(item: pytest.Item) -> list[str]:
    """The capabilities a test says it shows."""
    found: list[str] = []
    for mark in item.iter_markers("capability"):
        if not mark.args or mark.kwargs or not all(isinstance(one, str) for one in mark.args):
            raise pytest.UsageError(f'{item.nodeid}: write the mark as capability("yueshengxin-01")')
        found += [one for one in mark.args if one not in found]
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    from platforms.register import capabilities  # only now is Django ready

    for item in items:
        for one in ids(item):
            if one not in capabilities():
                raise pytest.UsageError(
                    f"{item.nodeid}: there is no capability {one!r} in seeds/systems/. "
                    "Correct the id, or remove the mark."
                )


# the calls ----------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    global _calls
    marked = ids(item)
    if not marked:
        return (yield)
    _notice_pages()
    _calls = made = []
    try:
        answer = yield
    finally:
        _calls = None
    if not made:
        pytest.fail(
            f"this test is marked as showing {', '.join(marked)}, but acted through neither API nor page nor "
            "command. Let it act through one of them, or remove the mark.",
            pytrace=False,
        )
    return answer


def _did(what: str) -> None:
    if _calls is not None:
        _calls.append(what)


_noticed: list[tuple[Any, str, Any]] = []


def _notice(holder: Any, name: str, seen: Callable[..., None]) -> None:
    """Have `seen` told of every call of a method, which goes on as before."""
    plain = getattr(holder, name)

    @functools.wraps(plain)
    def told(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _calls is not None:
            seen(self, *args, **kwargs)
        return plain(self, *args, **kwargs)

    setattr(holder, name, told)
    _noticed.append((holder, name, plain))


def _in_process(**_: Any) -> None:
    """A request that this process answers: a test client's, or one to a server that runs in a thread of ours."""
    _did("request")


def _command(command: BaseCommand, *_: Any, **__: Any) -> None:
    if type(command).__module__.split(".")[0] in rooms():  # `migrate` and the like show nothing
        _did("command")


def _program(_: Any, args: Any = (), *__: Any, **___: Any) -> None:
    words = args if isinstance(args, str) else " ".join(map(str, args))
    if PROGRAM.search(words):
        _did("program")


def _over_http(connection: Any, *_: Any, **__: Any) -> None:
    """A request by urllib or requests to a server of ours; what the product itself sends out is none."""
    if connection.host in HERE and not _sent_by_the_product(sys._getframe(2)):
        _did("http")


def _sent_by_the_product(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").split(".")[0] in rooms():
            return True
        frame = frame.f_back
    return False


def _notice_pages() -> None:
    """A page in a browser: looked at once a test has brought Playwright in."""
    browser = sys.modules.get("playwright.sync_api")
    for name, methods in PAGE.items() if browser else ():
        holder = getattr(browser, name)
        for method in methods:
            if not any(one[:2] == (holder, method) for one in _noticed):
                _notice(holder, method, _went if method == "goto" else _touched)


def _went(_: Any, url: str, **__: Any) -> None:
    if url.startswith("http"):
        _did("page")


def _touched(*_: Any, **__: Any) -> None:
    _did("page")


@functools.cache
def rooms() -> frozenset[str]:
    """The names of our own apps."""
    return frozenset(name for name in settings.INSTALLED_APPS if (TESTS.parent / name).is_dir()) | {"config"}


# the notes ----------------------------------------------------------------------------------------------

Notes = dict[str, dict[str, set[str]]]  # capability → passed, failed → tests
NOTES = pytest.StashKey[Notes]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    verdict = "failed" if report.failed else "passed" if report.passed and report.when == "call" else None
    if verdict and not hasattr(report, "wasxfail"):
        for one in ids(item):
            tests = item.config.stash[NOTES].setdefault(one, {"passed": set(), "failed": set()})
            tests[verdict].add(item.nodeid)
            if verdict == "failed":  # in its tear-down, after all
                tests["passed"].discard(item.nodeid)
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus in CAME_TO_ITS_END and not session.config.option.collectonly:
        write(Path(settings.VAR_DIR) / PART, [], session.config.stash[NOTES])


def write(file: Path, runs: list[str], notes: Notes) -> None:
    """Put the file in its place whole: whoever reads it meets the old one or the new one."""
    data = {
        "runs": runs,
        "capabilities": {
            one: {verdict: sorted(names) for verdict, names in tests.items()} for one, tests in sorted(notes.items())
        },
    }
    new = file.with_suffix(".new")
    new.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    new.replace(file)


def read(folder: str | Path) -> Notes | None:
    """What a run noted in its folder; None if it did not come to that."""
    file = Path(folder) / PART
    if not file.exists():
        return None
    listed = json.loads(file.read_text(encoding="utf-8"))["capabilities"]
    return {one: {verdict: set(names) for verdict, names in tests.items()} for one, tests in listed.items()}


def join(parts: Iterable[Notes]) -> Notes:
    joined: Notes = {}
    for part in parts:
        for one, tests in part.items():
            for verdict, names in tests.items():
                joined.setdefault(one, {"passed": set(), "failed": set()})[verdict] |= names
    return joined


def keep(var: Path, parts: dict[str, Notes | None], *, partial: bool) -> Path:
    """Join the notes of the runs, named by their titles, and leave them where `manage.py capabilities` looks.

    Runs with arguments, and runs of which one broke off, are partial: they are kept apart from a whole one.
    """
    made = {title: part for title, part in parts.items() if part is not None}
    file = var / (PARTIAL if partial or len(made) < len(parts) else WHOLE)
    var.mkdir(parents=True, exist_ok=True)
    write(file, list(made), join(made.values()))
    return file
