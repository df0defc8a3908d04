"""Which capabilities the tests have shown: the file that `make test` leaves, and what it comes to.

A capability is shown if at least one test that carries its mark passed and none failed, in the runs made.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from platforms import register
from sandbox.catalogue import SeedError

WHOLE, PARTIAL = "capabilities.json", "capabilities.partial.json"  # in YUEYAN_VAR
AGAIN = "请运行 make test"


@dataclass(frozen=True)
class Results:
    """Tests by capability, as the runs named left them."""

    runs: tuple[str, ...]
    passed: dict[str, list[str]]
    failed: dict[str, list[str]]

    def shown(self, capability: str) -> bool:
        return bool(self.passed.get(capability)) and not self.failed.get(capability)


def results(*, partial: bool = False) -> Results:
    """What the last whole run of the tests left (or the last partial one). Raises SeedError with the remedy."""
    file = Path(settings.VAR_DIR) / (PARTIAL if partial else WHOLE)
    if not file.exists():
        raise SeedError(file, "", "没有测试结果", _instead(partial))
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
        found = Results(
            runs=tuple(str(run) for run in data["runs"]),
            passed={id: list(tests["passed"]) for id, tests in data["capabilities"].items()},
            failed={id: list(tests["failed"]) for id, tests in data["capabilities"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise SeedError(file, "", "不是测试留下的结果", f"请删去它，再{AGAIN[1:]}") from None
    for id in found.passed.keys() - register.capabilities().keys():
        raise SeedError(file, "", f"没有能力 {id}，名录已有改动", AGAIN)
    return found


def _instead(partial: bool) -> str:
    """What to do where the result that was asked for does not lie there."""
    if partial:
        return "请运行 make test ARGS=…，部分运行的结果才在其中"
    if (Path(settings.VAR_DIR) / PARTIAL).exists():
        return f"{AGAIN}；已有一次部分运行的结果，可加 --partial 查看"
    return AGAIN


def tally(found: Results) -> dict[str, Any]:
    """Counts in total, by area and by system, with the ids of those shown and of those a test has failed for."""
    areas: dict[str, dict[str, int]] = {}
    systems: dict[str, dict[str, Any]] = {}
    for system in register.systems().values():
        ids = [one.id for one in system.capabilities if found.shown(one.id)]
        failing = [one.id for one in system.capabilities if found.failed.get(one.id)]
        area = areas.setdefault(system.area, {"systems": 0, "capabilities": 0, "shown": 0})
        area["systems"] += 1
        area["capabilities"] += system.capability_count
        area["shown"] += len(ids)
        systems[system.code] = {
            "area": system.area,
            "capabilities": system.capability_count,
            "shown": len(ids),
            "shown_ids": ids,
            "failing_ids": failing,
        }
    total = {
        "capabilities": len(register.capabilities()),
        "shown": sum(one["shown"] for one in areas.values()),
    }
    return {"total": total, "areas": areas, "systems": systems, "runs": list(found.runs)}
