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
    ("DATABASE_URL", "sqlite:///file::memory:?cache=shared"),
    ("DATABASE_URL", "timescale://host/yueyan"),
    ("REDIS_URL", "http://host"),
    ("REDIS_URL", "unix:///tmp/redis.sock"),
    ("REDIS_URL", "redis://:secret-word@host:99999999/0"),
    ("REDIS_URL", "redis://:secret-word@host:0/0"),
    ("REDIS_URL", "redis://:secret-word@host:port/0"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "redis://host/secret-word"),
    ("REDIS_URL", "redis://:secret-word@[::1/0"),
    ("REDIS_URL", "redis+socket://"),
    ("SECRET_KEY", "secret-word"),
    ("ALLOWED_HOSTS", "https://yueyan.example"),
    ("ALLOWED_HOSTS", "yueyan.example:8000"),
    ("ALLOWED_HOSTS", "yueyan.example,,localhost"),
    ("ALLOWED_HOSTS", "粤演"),
    ("YUEYAN_SEEDS", "/nowhere"),
    ("YUEYAN_SEEDS", "/etc/hostname"),
    ("YUEYAN_PORT", "http"),
    ("YUEYAN_PORT", "0"),
    ("YUEYAN_PORT", "65536"),
    ("METRICS_TOKEN", "secret-word"),
    ("METRICS_TOKEN", "secret-word with spaces"),
    ("PROMETHEUS_MULTIPROC_DIR", "/proc/nowhere"),
    ("PROMETHEUS_MULTIPROC_DIR", "/etc/hostname"),
    ("LOG_FORMAT", "xml"),
    ("YUEYAN_VAR", "/proc/nowhere"),
    ("YUEYAN_VAR", "/proc"),
    ("LOG_LEVEL", "loud"),
]


GOOD = [
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "postgresql://user@host/yueyan"),
    ("REDIS_URL", ""),
    ("REDIS_URL", "rediss://host:6380/1"),
    ("REDIS_URL", "redis+socket:///tmp/redis.sock"),
    ("REDIS_URL", "redis://:word@[::1]:6379"),
    ("REDIS_URL", "sentinel://host:26379;sentinel://other:26379"),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "x" * 32),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", ".yueyan.example, localhost,[::1],10.0.0.7"),
    ("YUEYAN_SEEDS", str(ROOT / "seeds")),
    ("YUEYAN_PORT", ""),
    ("YUEYAN_PORT", "8000"),
    ("METRICS_TOKEN", ""),
    ("METRICS_TOKEN", "x" * 16),
    ("PROMETHEUS_MULTIPROC_DIR", ""),
    ("LOG_FORMAT", ""),
    ("LOG_FORMAT", "JSON"),
    ("LOG_LEVEL", ""),
    ("LOG_LEVEL", "info"),
]


def started(name: str, value: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "YUEYAN_VAR": str(folder), name: value}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"], cwd=ROOT, env=env, capture_output=True, text=True
    )


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_setting_something_can_run_with_is_taken_and_an_empty_one_counts_as_none(name, value, tmp_path):
    done = started(name, value, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_setting_nothing_can_run_with_ends_the_program_with_a_sentence(name, value, tmp_path):
    done = started(name, value, tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith(f"环境变量 {name} ") and done.stderr.count("\n") == 1
    assert "secret-word" not in done.stderr
