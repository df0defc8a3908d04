"""Running `manage.py simulate` inside the test's process: the same command, options and exit code."""

from __future__ import annotations

import io
import json
from typing import Any

from django.core.management import call_command

from sandbox.models import Sandbox
from simulation.management.commands.simulate import Command


def simulate(**options: Any) -> dict[str, Any]:
    """The figures a run reports as JSON."""
    out = io.StringIO()
    call_command("simulate", json=True, stdout=out, stderr=io.StringIO(), **options)
    return json.loads(out.getvalue())


def typed(*arguments: str) -> int:
    """The exit code of `manage.py simulate …` as typed into a shell; its words go to stdout and stderr."""
    try:
        Command().run_from_argv(["manage.py", "simulate", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def sandbox_of(result: dict[str, Any]) -> Sandbox:
    return Sandbox.objects.get(slug=result["sandbox"])
