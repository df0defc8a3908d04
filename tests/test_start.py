"""What cannot begin ends at once, in one line that names the remedy."""

import errno
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from sandbox.management import servers

ROOT = Path(__file__).resolve().parent.parent
SERVICES = {"up": ["up", "--port", "0"], "serve": ["serve", "--port", "8"]}
COMMANDS = {
    "simulate": ["simulate", "--orders", "1", "--days", "1"],
    "sandbox": ["sandbox", "list"],
    "migrate": ["migrate"],
}
SCALED = {"SECRET_KEY": "a-secret-of-the-tests-that-is-long-enough", "REDIS_URL": "redis://127.0.0.1:1/0"}


def manage(folder: Path, *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    """A command with its files in a folder of its own."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    }
    env = {**kept, "YUEYAN_VAR": str(folder), **given}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def assert_one_line(done, *words):
    assert done.returncode == 1
    assert_said(done.stderr.strip(), words)


def assert_said(sentence, words):
    assert len(sentence.splitlines()) == 1, sentence
    assert all(word in sentence for word in words), sentence


@pytest.fixture
def refusal(django_db_blocker, monkeypatch):
    """What a command ends with in this process, once the process looks for its database in another folder."""

    def told(folder: Path, *arguments: str) -> str:
        monkeypatch.setitem(connection.settings_dict, "NAME", folder / "yueyan.sqlite3")
        connection.close()
        try:
            with django_db_blocker.unblock(), pytest.raises(CommandError) as caught:
                call_command(*arguments)
        finally:
            connection.close()
        return str(caught.value)

    return told


@pytest.fixture(scope="module")
def ahead(tmp_path_factory):
    """A folder whose database a newer program has written to."""
    folder = tmp_path_factory.mktemp("ahead")
    assert manage(folder, "migrate").returncode == 0
    with sqlite3.connect(folder / "yueyan.sqlite3") as database:
        said = "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-01-01')"
        database.executemany(said, [("sandbox", "0999_later"), ("console", "0001_initial")])
    return folder


AHEAD = ["数据库比程序新", "sandbox.0999_later", "共 2 个", "请换用写入它的那一版程序，或从升级前的备份恢复"]
NONE = ["连接不上数据库：", "请检查 DATABASE_URL"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_database_that_is_ahead_of_the_program_is_left_alone(ahead, name):
    assert_one_line(manage(ahead, *SERVICES[name], **SCALED), *AHEAD)


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_leave_it_alone_too(ahead, name, refusal):
    assert_said(refusal(ahead, *COMMANDS[name]), AHEAD)


def no_database(folder):
    (folder / "yueyan.sqlite3").write_text("this is no database at all, though it has the name of one\n" * 100)
    return folder


@pytest.mark.parametrize("name", SERVICES)
def test_a_file_that_is_no_database_is_said(tmp_path, name):
    assert_one_line(manage(no_database(tmp_path), *SERVICES[name], **SCALED), *NONE)


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_say_so_too(tmp_path, name, refusal):
    assert_said(refusal(no_database(tmp_path), *COMMANDS[name]), NONE)


def test_a_server_nobody_answers_at_is_said_without_the_password(tmp_path):
    done = manage(tmp_path, "simulate", DATABASE_URL="postgres://yueyan:secret-word@127.0.0.1:1/yueyan")

    assert_one_line(done, "连接不上数据库：", "127.0.0.1", "请检查 DATABASE_URL，并确认数据库已启动")
    assert "secret-word" not in done.stderr


@pytest.mark.parametrize(
    ("given", "arguments", "words"),
    [
        ({"SECRET_KEY": ""}, [], ["没有设 SECRET_KEY", "openssl rand -hex 32"]),
        ({"REDIS_URL": ""}, [], ["没有设 REDIS_URL", "单机请用 manage.py up"]),
        ({}, ["--workers", "0"], ["--workers 须为 1 至 256 的整数，现为 0"]),
        ({}, ["--threads", "1000"], ["--threads 须为 1 至 256 的整数，现为 1000"]),
        ({}, [], ["还没有迁移到本程序的版本", "请先运行 manage.py migrate"]),
    ],
)
def test_a_web_service_does_not_begin_without_what_it_needs(tmp_path, given, arguments, words):
    assert_one_line(manage(tmp_path, "serve", *arguments, **{**SCALED, **given}), *words)


def test_a_port_in_use_is_said(ahead, tmp_path):
    assert manage(tmp_path, "migrate").returncode == 0

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = manage(tmp_path, "serve", "--port", port, **SCALED)

    *_, last = done.stderr.strip().splitlines()  # before it, that the broker is away: people need not wait for it
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert last.endswith(f"不能在 127.0.0.1:{port} 监听：端口已被占用。请用 --port 或 YUEYAN_PORT 换一个端口")


ANOTHER_HOST = "请用 --host 换一个本机的地址，如 127.0.0.1"


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("no host", 0, f"不能在 no host:0 监听：没有这个主机名。{ANOTHER_HOST}"),
        ("no..host", 0, f"不能在 no..host:0 监听：没有这个主机名。{ANOTHER_HOST}"),
        ("::no", 0, f"不能在 ::no:0 监听：没有这个主机名。{ANOTHER_HOST}"),
        ("192.0.2.1", 0, f"不能在 192.0.2.1:0 监听：本机没有这个地址。{ANOTHER_HOST}"),
        ("127.0.0.1", 70000, "--port 须为 0 至 65535 的整数，现为 70000"),
        ("127.0.0.1", -1, "--port 须为 0 至 65535 的整数，现为 -1"),
    ],
)
def test_an_address_nobody_can_listen_at_is_said_with_its_remedy(host, port, said):
    with pytest.raises(CommandError) as refused:
        servers.listen(host, port, by=("--host", "--port"))

    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "没有权限使用这个端口。请用 YUEYAN_PORT 换一个端口"),
        (errno.EADDRINUSE, "端口已被占用。请用 YUEYAN_PORT 换一个端口"),
        (errno.ENOBUFS, f"{os.strerror(errno.ENOBUFS)}。请检查 YUEYAN_HOST 与 YUEYAN_PORT"),
    ],
)
def test_another_port_is_advised_only_where_it_helps(number, said, monkeypatch):
    class Refusing(socket.socket):
        def bind(self, address):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr("sandbox.management.servers.socket.socket", Refusing)
    with pytest.raises(CommandError) as refused:
        servers.demand_port("127.0.0.1", 80)

    assert str(refused.value) == f"不能在 127.0.0.1:80 监听：{said}"


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_port_there_is_none_of_is_said_by_up_and_serve(command, database, monkeypatch, settings):
    monkeypatch.setenv("SECRET_KEY", SCALED["SECRET_KEY"])
    settings.CELERY_BROKER_URL = SCALED["REDIS_URL"]

    with pytest.raises(CommandError, match="^--port .*须为 0 至 65535 的整数，现为 70000$"):
        call_command(command, "--port", "70000")


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_a_worker_and_a_beat_need_a_broker_they_share(tmp_path, service):
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "celery", "-A", "config", "--quiet", service]

    done = subprocess.run(
        command, cwd=ROOT, env={**env, "YUEYAN_VAR": str(tmp_path)}, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert "没有设 REDIS_URL：分开的进程须共用一个 Redis" in done.stderr and "Traceback" not in done.stderr
