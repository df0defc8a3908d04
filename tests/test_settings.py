"""A setting nothing can run with is refused in one sentence, which names it and never shows its value."""

import os
import runpy
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
    ("BEHIND_TLS", "yes"),
]


GOOD = [
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "postgresql://user@host/yueyan"),
    ("REDIS_URL", ""),
    ("YUEYAN_SEEDS", ""),
    ("BEHIND_TLS", ""),
    ("BEHIND_TLS", "0"),
    ("BEHIND_TLS", "1"),
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


@pytest.fixture
def refusal(tmp_path, monkeypatch, capfd):
    """Read the settings with one of them set so, and tell the sentence they end the program with, if they do."""

    def told(name: str, value: str) -> str | None:
        monkeypatch.setenv("YUEYAN_VAR", str(tmp_path))
        monkeypatch.setenv(name, value)
        try:
            runpy.run_path(str(ROOT / "config" / "settings.py"))
        except SystemExit as end:
            return str(end.code)
        finally:
            assert capfd.readouterr() == ("", "")
        return None

    return told


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_setting_something_can_run_with_is_taken_and_an_empty_one_counts_as_none(name, value, refusal):
    assert refusal(name, value) is None


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_setting_nothing_can_run_with_is_refused_in_a_sentence(name, value, refusal):
    said = refusal(name, value)

    assert said is not None and said.startswith(f"环境变量 {name} ") and "\n" not in said
    assert "secret-word" not in said


def test_such_a_sentence_is_all_the_program_says_before_it_ends(tmp_path, refusal):
    name, value = "DATABASE_URL", "postgres://user:secret-word@host:99999999/yueyan"

    done = subprocess.run(
        [sys.executable, "manage.py", "sandbox", "list"],
        cwd=ROOT,
        env={**os.environ, "YUEYAN_VAR": str(tmp_path), name: value},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{refusal(name, value)}\n")
