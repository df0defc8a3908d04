"""A setting nothing can run with is refused in one sentence, which names it and never shows its value."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BAD = [
    ("DATABASE_URL", "not-an-address"),
    ("DATABASE_URL", "postgres://user:secret-word@host:99999999/yueyan"),
    ("DATABASE_URL", "postgres://user:secret-word@[::1/yueyan"),
    ("DATABASE_URL", "http://host/yueyan"),
    ("DATABASE_URL", "mysql://user:secret-word@host/yueyan"),
    ("DATABASE_URL", "postgres://"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("DATABASE_URL", "sqlite:///"),
    ("REDIS_URL", "http://host"),
    ("YUEYAN_VAR", "/proc/nowhere"),
    ("LOG_LEVEL", "loud"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_setting_nothing_can_run_with_ends_the_program_with_a_sentence(name, value):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"环境变量 {name} ") and done.stderr.count("\n") == 1
    assert "secret-word" not in done.stderr
