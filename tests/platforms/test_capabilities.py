"""What the marks `capability` are held to, what a run leaves, and what `manage.py capabilities` makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from platforms import register
from tests import capabilities

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
import pytest, subprocess, sys, threading, urllib.request
from django.core.management import call_command
from django.test import Client
from playwright import sync_api

def ask():
    assert Client().get("/api/v1/platforms").status_code == 401
"""


UNUSED = ["cacheprovider", "schemathesis", "faker", "hypothesispytest"]  # plugins that take long to start


class Run:
    """One run of pytest over a test file of its own, with the plugin, as `make test` makes them."""

    def __init__(self, folder: Path, text: str, *arguments: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        (folder / "test_some.py").write_text(HEAD + text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir", str(folder)]
        done = subprocess.run(
            [*command, *(f"-pno:{one}" for one in UNUSED), str(folder / "test_some.py"), *arguments],
            cwd=ROOT,
            env={**os.environ, "YUEYAN_TEST_BACKEND": "sqlite", "YUEYAN_VAR": str(folder), "DATABASE_URL": ""},
            capture_output=True,
            text=True,
        )
        self.code, self.said = done.returncode, done.stdout + done.stderr

    @property
    def notes(self) -> dict[str, dict[str, list[str]]] | None:
        found = capabilities.read(self.folder)
        return found and {
            one: {verdict: sorted(name.split("::")[-1] for name in names) for verdict, names in tests.items()}
            for one, tests in found.items()
        }


def marked(body: str, id: str = "yueshengxin-04", name: str = "some", given: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f'\n@pytest.mark.capability("{id}")\ndef test_{name}({given}):\n{lines}\n'


def test_an_unknown_id_ends_the_run_before_any_test_though_another_was_selected(tmp_path):
    run = Run(tmp_path, marked("ask()", "yueshengxin-99") + marked("ask()", name="other"), "-k", "other")

    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "test_some.py::test_some: there is no capability 'yueshengxin-99' in seeds/systems/." in run.said
    assert "Correct the id, or remove the mark." in run.said
    assert run.notes is None


def test_a_mark_without_an_id_ends_the_run(tmp_path):
    run = Run(tmp_path, "\n@pytest.mark.capability\ndef test_some():\n    ask()\n")

    assert run.code == pytest.ExitCode.USAGE_ERROR and 'capability("yueshengxin-01")' in run.said


def test_a_run_notes_only_what_it_ran(tmp_path):
    run = Run(tmp_path, marked("ask()", name="one") + marked("ask()", "yueshengxin-05", "two"), "-k", "two")

    assert (run.code, run.notes) == (0, {"yueshengxin-05": {"passed": ["test_two"], "failed": []}}), run.said


SERVER = """import http.server
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    {call}
    server.shutdown()"""
URL = 'f"http://127.0.0.1:{server.server_address[1]}/"'
CHROMIUM = shutil.which("chromium")
PAGE = (
    SERVER.replace(
        "{call}",
        """with sync_api.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path={chromium}, args=['--no-sandbox'])
        browser.new_page().goto({url})
        browser.close()""",
    )
    .replace("{chromium}", repr(CHROMIUM))
    .replace("{url}", URL)
)
SENDING = """room = type(sys)('workorders.sending')
exec('import urllib.request\\ndef send(url): urllib.request.urlopen(url).close()', room.__dict__)
"""
FIXTURES = """
@pytest.fixture
def asked():
    ask()

@pytest.fixture
def falls():
    yield
    assert False
"""
# what a test does, and what of each is noted
ACTING = {
    "asks by the test client": "ask()",
    "calls a command of ours": "with pytest.raises(Exception): call_command('capabilities', '--partial')",
    "runs manage.py": "subprocess.run([sys.executable, 'manage.py', 'nothing'], capture_output=True)",
    "runs manage.py in a shell": "subprocess.run('echo manage.py up', shell=True, capture_output=True)",
    "asks by curl": "subprocess.run(['curl', '--version'], capture_output=True)",
    "asks by urllib": SERVER.replace("{call}", f"urllib.request.urlopen({URL}).close()"),
    "asks by requests": SERVER.replace("{call}", f"import requests; requests.get({URL})"),
    "looks at a page": PAGE,
    "asks from a thread": "one = threading.Thread(target=ask)\none.start()\none.join()",
}
IDLE = {
    "does nothing": "assert True",
    "looks at the code": "from platforms.register import capabilities\nassert capabilities()",
    "calls a command of the framework": "call_command('check')",
    "runs another program": "subprocess.run([sys.executable, '-c', 'pass'], check=True)",
    "has the product send something": SENDING + SERVER.replace("{call}", f"room.send({URL})"),
    "leaves the call to its fixture": "pass",
}
OTHERS = {
    "fails": "ask()\nassert False",
    "falls in the tear-down": "ask()",
    "is skipped": "pytest.skip('not here')",
    "is expected to fail": "ask()\npytest.xfail('known')",
}
GIVEN = {"leaves the call to its fixture": "asked", "falls in the tear-down": "falls"}
CASES = {
    case: (id, "_".join(case.replace(".", "").replace("-", "").split()), body)
    for id, (case, body) in zip(register.capabilities(), {**ACTING, **IDLE, **OTHERS}.items(), strict=False)
}


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    tests = [marked(body, id, name, GIVEN.get(case, "")) for case, (id, name, body) in CASES.items()]
    return Run(tmp_path_factory.mktemp("one"), FIXTURES + "".join(tests))


NEEDS = {"looks at a page": pytest.mark.skipif(not CHROMIUM, reason="no Chromium found")}


@pytest.mark.parametrize("case", [pytest.param(case, marks=NEEDS.get(case, ())) for case in ACTING])
def test_each_way_to_act_counts(case, one_run):
    id, name, _ = CASES[case]

    assert one_run.notes[id] == {"passed": [f"test_{name}"], "failed": []}, one_run.said


@pytest.mark.parametrize("case", IDLE)
def test_a_marked_test_that_made_no_call_fails_the_run(case, one_run):
    id, name, _ = CASES[case]

    assert one_run.code == pytest.ExitCode.TESTS_FAILED
    assert f"marked as showing {id}, but acted through neither API nor page nor command" in one_run.said
    assert one_run.notes[id] == {"passed": [], "failed": [f"test_{name}"]}


@pytest.mark.parametrize(
    ("case", "failed"), [("fails", ["test_fails"]), ("falls in the tear-down", ["test_falls_in_the_teardown"])]
)
def test_a_test_that_fails_has_not_passed(case, failed, one_run):
    assert one_run.notes[CASES[case][0]] == {"passed": [], "failed": failed}


@pytest.mark.parametrize("case", ["is skipped", "is expected to fail"])
def test_a_test_that_came_to_nothing_shows_nothing(case, one_run):
    assert CASES[case][0] not in one_run.notes


# the runs of `make test` together -----------------------------------------------------------------------


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Where `make test` leaves what it showed, and the command looks."""
    settings.VAR_DIR = tmp_path / "var"
    yield tmp_path / "var"


def notes(**tests: str) -> capabilities.Notes:
    """`passed` or `failed` of one test for each capability, named with _ for -."""
    found: capabilities.Notes = {}
    for name, verdict in tests.items():
        one = "-".join(name.rsplit("_", 1))
        found[one] = {"passed": set(), "failed": set(), verdict: {f"tests/test_x.py::test_{name}"}}
    return found


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("capabilities", *arguments, stdout=out)
    return out.getvalue()


def shown(*arguments: str) -> list[str]:
    systems = json.loads(told("--json", *arguments))["systems"].values()
    return [id for one in systems for id in one["shown_ids"]]


def test_a_capability_is_shown_if_a_test_passed_and_none_failed_in_any_run(var):
    parts = {
        "pure": notes(data_customs_01="passed"),
        "SQLite": notes(yueshengxin_01="passed", yueshengxin_02="passed", yueshengxin_03="failed"),
        "PostgreSQL": notes(yueshengxin_01="passed", yueshengxin_02="failed"),
    }

    file = capabilities.keep(var, parts, partial=False)

    assert file == var / "capabilities.json"
    assert shown() == ["yueshengxin-01", "data_customs-01"]
    assert json.loads(told("--json"))["systems"]["yueshengxin"]["failing_ids"] == ["yueshengxin-02", "yueshengxin-03"]


def test_a_partial_run_is_kept_apart_and_erases_nothing(var):
    capabilities.keep(var, {"SQLite": notes(yueshengxin_01="passed", yueshengxin_02="passed")}, partial=False)

    file = capabilities.keep(var, {"SQLite": notes(yueshengxin_02="failed", yueshengxin_05="passed")}, partial=True)

    assert file == var / "capabilities.partial.json"
    assert shown() == ["yueshengxin-01", "yueshengxin-02"]
    assert shown("--partial") == ["yueshengxin-05"]
    assert "（部分运行）" in told("--partial") and "部分" not in told()


def test_runs_of_which_one_broke_off_are_no_whole_one(var):
    capabilities.keep(var, {"SQLite": notes(yueshengxin_01="passed")}, partial=False)

    capabilities.keep(var, {"SQLite": notes(yueshengxin_02="passed"), "PostgreSQL": None}, partial=False)

    assert (shown(), shown("--partial")) == (["yueshengxin-01"], ["yueshengxin-02"])
    assert "运行：SQLite\n" in told("--partial")


def test_a_whole_run_takes_the_place_of_the_one_before(var):
    capabilities.keep(var, {"SQLite": notes(yueshengxin_01="passed")}, partial=False)

    capabilities.keep(var, {"SQLite": notes(yueshengxin_02="passed")}, partial=False)

    assert shown() == ["yueshengxin-02"]


# the command --------------------------------------------------------------------------------------------


def test_the_command_tells_by_area_and_system_what_was_shown(var):
    capabilities.keep(var, {"SQLite": notes(yueshengxin_01="passed", yueshengxin_03="failed")}, partial=False)

    lines = told().splitlines()

    assert lines[0] == "名录 165 个系统、518 项能力，已由测试证明 1 项。运行：SQLite"
    at = lines.index("12345 热线与诉求 workorders 1/41")
    assert lines[at + 1 : at + 4] == [
        "  粤省心（12345政务服务便民热线平台） yueshengxin 1/13",
        "    ✓ yueshengxin-01 电话、政务服务网、粤省事、粤商通均可提诉求，各入口都生成工单",
        "    ✗ yueshengxin-03 系统智能派单，并给出智能派单占比（有测试未通过）",
    ]
    assert "  智慧医院 smart_hospital_app 0/1" in lines
    assert sum(line.startswith("  ") and not line.startswith("   ") for line in lines) == 165


def test_its_json_holds_the_totals_the_areas_and_the_systems(var):
    capabilities.keep(var, {"SQLite": notes(yueshengxin_01="passed", data_customs_01="passed")}, partial=False)

    tally = json.loads(told("--json"))

    assert tally["total"] == {"capabilities": 518, "shown": 2}
    assert list(tally["areas"]) == [
        "identity", "services", "workorders", "data", "platforms", "governance", "security", "simulation"
    ]  # fmt: skip
    assert tally["areas"]["data"] == {"systems": 20, "capabilities": 59, "shown": 1}
    assert tally["systems"]["yueshengxin"] == {
        "area": "workorders", "capabilities": 13, "shown": 1, "shown_ids": ["yueshengxin-01"], "failing_ids": []
    }  # fmt: skip
    for level in ("areas", "systems"):
        assert sum(one["capabilities"] for one in tally[level].values()) == 518
        assert sum(one["shown"] for one in tally[level].values()) == 2
    assert len(tally["systems"]) == 165


def test_without_a_result_it_says_in_one_line_what_to_do_and_ends_with_an_error(var):
    with pytest.raises(CommandError, match=rf"^{var}/capabilities\.json: 没有测试结果。请运行 make test$"):
        told()


def test_where_only_a_partial_result_lies_it_says_how_to_see_it(var):
    capabilities.keep(var, {"SQLite": notes(yueshengxin_01="passed")}, partial=True)

    with pytest.raises(
        CommandError, match=r"没有测试结果。请运行 make test；已有一次部分运行的结果，可加 --partial 查看$"
    ):
        told()
    assert told("--partial").startswith("名录 165 个系统、518 项能力，已由测试证明 1 项（部分运行）。")


DAMAGED = {
    "no JSON": ("{", "不是测试留下的结果"),
    "a list": ("[]", "不是测试留下的结果"),
    "no capabilities": ('{"runs": []}', "不是测试留下的结果"),
    "capabilities without tests": ('{"runs": [], "capabilities": {"yueshengxin-01": 1}}', "不是测试留下的结果"),
    "an id there is not": (
        '{"runs": [], "capabilities": {"yueshengxin-99": {"passed": ["x"], "failed": []}}}',
        "没有能力 yueshengxin-99，名录已有改动。请运行 make test",
    ),
}


@pytest.mark.parametrize(("text", "said"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_result_is_told(text, said, var):
    var.mkdir()
    (var / "capabilities.json").write_text(text, encoding="utf-8")

    with pytest.raises(CommandError, match=said):
        told()


def test_a_partial_result_there_is_none_of_is_told(var):
    with pytest.raises(CommandError, match=r"capabilities\.partial\.json: 没有测试结果。请运行 make test ARGS="):
        told("--partial")
