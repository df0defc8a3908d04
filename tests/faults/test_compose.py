"""Every command of docker-compose.yml, run here as it stands: a sandbox lives in services of its own."""

import json
import os
import re
import socket
import subprocess
import urllib.request

import psycopg
import pytest

from tests.faults.services import COMPOSE, PROGRAMS, SECRETS, Services, environment, own_database, until
from tests.run import _program

NAME, PHONE, WORDS = "演小明", "10000000001", "石牌东路的路灯不亮三天了晚上走路看不见"
ORDER = {"text": f"广州市天河区{WORDS}，请派人来修。", "type": "complaint", "caller": {"name": NAME, "phone": PHONE}}


@pytest.fixture(scope="module")
def stack(database, tmp_path_factory):
    """All six services, started in the order in which Compose would."""
    with own_database() as url:
        services = Services(tmp_path_factory.mktemp("stack"), url)
        try:
            services.broker_process = services.redis()
            services.migrated = services.run("migrate")
            for name in ("web", "worker", "beat"):
                setattr(services, name, services.start(name))
            for name in ("web", "worker", "beat"):
                until(getattr(services, name).healthy, f"{name} is healthy", services)
            made = services.run("web", "python", "manage.py", "sandbox", "create", "class-3")
            services.key = json.loads(made.stdout)["key"]
            yield services
        finally:
            services.end()


def ask(stack, path, body=None, **headers):
    """What the web service answers the owner, and with which headers."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{stack.web.env['YUEYAN_PORT']}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {stack.key}", "Content-Type": "application/json", **headers},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer), answer.headers


def figure(text, name):
    """One figure of /metrics, all its labels taken together."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))


def measured(process):
    status, text = process.asked("/metrics", {"Authorization": f"Bearer {SECRETS['METRICS_TOKEN']}"})
    assert status == 200
    return text


def test_migrate_comes_to_its_end_and_again_finds_nothing_to_do(stack):
    again = stack.run("migrate")

    assert (stack.migrated.returncode, again.returncode) == (0, 0), stack.migrated.stderr
    assert "Applying sandbox.0001_initial" in stack.migrated.stdout
    assert "Applying" not in again.stdout


def test_the_worker_brings_a_sandbox_to_its_target_on_hints_of_web_and_beat(stack):
    order, _ = ask(stack, "workorders", ORDER)
    ask(stack, "workorders/batch", {"orders": [ORDER] * 400})  # more than the request itself can get done
    before = figure(measured(stack.worker), "yueyan_driver_steps_total")

    ask(stack, "sandbox/clock/advance", {"by": {"days": 45}, "wait": 0}, **{"X-Request-ID": "the-request-that-hinted"})
    until(lambda: ask(stack, "sandbox/clock")[0]["target"] is None, "the clock stands at its target", stack)
    ask(stack, "sandbox/clock/run", {"rate": 36000})
    ran = ask(stack, "sandbox/clock")[0]["now"]
    until(lambda: ask(stack, "sandbox/clock")[0]["now"] > ran, "the running clock goes on: only the beat hints", stack)
    ask(stack, "sandbox/clock/freeze", {})

    assert ask(stack, f"workorders/{order['number']}")[0]["state"] == "archived"
    assert figure(measured(stack.worker), "yueyan_driver_chunk_seconds_count") > 0
    assert figure(measured(stack.worker), "yueyan_driver_steps_total") > before
    assert '"request_id": "the-request-that-hinted"' in stack.worker.said(), "the worker's line names the request"


def test_health_checks_answer_and_fail_where_nothing_answers(stack):
    assert all(getattr(stack, name).healthy() for name in ("web", "worker", "beat"))
    redis_cli, *rest = COMPOSE["redis"]["healthcheck"]["test"][1:]
    for port, code in ((stack.broker_port, 0), (1, 1)):
        env = {"PATH": PROGRAMS, **environment("redis")}
        done = subprocess.run([redis_cli, "-p", str(port), *rest], env=env, capture_output=True)
        assert done.returncode == code
    gone = stack.web.env["YUEYAN_PORT"]
    stack.web.env["YUEYAN_PORT"] = "1"
    try:
        assert not stack.web.healthy()
    finally:
        stack.web.env["YUEYAN_PORT"] = gone


def test_the_databases_health_check_answers(stack):
    program, *rest = COMPOSE["db"]["healthcheck"]["test"][1:]
    at = psycopg.conninfo.conninfo_to_dict(stack.database)

    here = {"PATH": PROGRAMS, "PGPORT": str(at.get("port", 5432))}
    done = subprocess.run([_program(program), *rest], env=here, capture_output=True)
    nobody = subprocess.run([_program(program), *rest], env={**here, "PGPORT": "1"}, capture_output=True)

    assert done.returncode == 0 and nobody.returncode != 0


def test_what_is_not_for_everybody_is_not_told(stack):
    assert stack.web.asked("/metrics")[0] == 403
    assert stack.worker.asked("/metrics", {"Authorization": "Bearer another-token-of-nobody"})[0] == 403
    assert stack.worker.asked("/api/v1/sandbox")[0] == 404, "a worker serves nothing else"
    assert stack.web.asked("/healthz") == (200, '{"alive":true}')


def test_all_processes_of_the_web_service_count_together(stack):
    before = figure(measured(stack.web), "yueyan_request_seconds_count")

    for _ in range(20):
        ask(stack, "regions?limit=1")

    assert figure(measured(stack.web), "yueyan_request_seconds_count") == before + 20
    assert 'route="api/v1/regions",status="200"' in measured(stack.web)


def test_the_log_is_lines_of_json_that_name_the_request_and_no_person(stack):
    _, headers = ask(stack, "workorders", ORDER, **{"X-Request-ID": "an-id_of-mine"})

    lines = {name: _lines(getattr(stack, name)) for name in ("web", "worker", "beat")}
    mine = [line for line in lines["web"] if line.get("request_id") == "an-id_of-mine"]
    assert headers["X-Request-ID"] == "an-id_of-mine"
    assert [(line["route"], line["status"], line["sandbox"], line["role"]) for line in mine] == [
        ("api/v1/workorders", 201, "class-3", "citizen")
    ]
    assert mine[0]["milliseconds"] > 0
    assert any(line.get("steps") and line["sandbox"] == "class-3" for line in lines["worker"])
    said = "".join(getattr(stack, name).said() for name in ("web", "worker", "beat"))
    for secret in (NAME, PHONE, WORDS, stack.key, *SECRETS.values()):
        assert secret not in said


def _lines(process):
    """A process's log, line by line; what Celery says of running as root, as tests may, is left aside."""
    return [json.loads(line) for line in process.said().splitlines() if line.startswith("{") or os.geteuid() != 0]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_port_in_use_is_said_in_one_line(stack, name):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        second = stack.start(name, port)
        code = second.process.wait(60)

    assert code == 1
    by = "--port 或 YUEYAN_PORT" if name == "web" else "YUEYAN_PORT"
    *_, last = second.said().strip().splitlines()
    assert last.endswith(f"不能在 127.0.0.1:{port} 监听：端口已被占用。请用 {by} 换一个端口")
    assert "Traceback" not in second.said()


@pytest.mark.parametrize("name", ["migrate", "web", "worker", "beat"])
def test_a_database_that_is_ahead_is_refused_in_one_line(stack, name):
    with own_database() as url:
        other = Services(stack.folder, url)
        other.broker = stack.broker
        assert other.run("migrate").returncode == 0
        with psycopg.connect(url, autocommit=True) as link:
            link.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('sandbox', '0999_later', now())")

        done = other.run(name)

    assert done.returncode == 1
    assert "数据库比程序新：它有本程序没有的迁移（sandbox.0999_later，共 1 个）" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["migrate", "web", "worker", "beat"])
def test_a_database_nobody_answers_at_is_said_in_one_line(stack, name):
    other = Services(stack.folder, "postgres://yueyan:secret-word@127.0.0.1:1/yueyan")
    other.broker = stack.broker

    done = other.run(name)

    assert done.returncode == 1
    assert "连接不上数据库：" in done.stderr and "请检查 DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr and "secret-word" not in done.stderr


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_database_that_was_not_migrated_is_left_alone(stack, name):
    with own_database() as url:
        other = Services(stack.folder, url)
        other.broker = stack.broker

        done = other.run(name)

        with psycopg.connect(url) as link:
            assert link.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,)
    assert done.returncode == 1
    assert "请先运行 manage.py migrate" in done.stderr


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_broker_nobody_answers_at_is_said_in_one_line(stack, name):
    other = Services(stack.folder, stack.database)

    done = other.run(name)

    assert done.returncode == 1
    assert "连接不上 Redis。请检查 REDIS_URL，并确认 Redis 已启动" in done.stderr
    assert "Traceback" not in done.stderr and SECRETS["REDIS_PASSWORD"] not in done.stderr


def test_without_a_broker_people_are_served_and_a_clock_waits_for_it(stack):
    """The broker carries hints only; what it does not take is hinted at again once it is there."""
    stack.broker_process.kill()

    order, _ = ask(stack, "workorders", ORDER)
    ask(stack, "workorders/batch", {"orders": [ORDER] * 400})
    ask(stack, "sandbox/clock/advance", {"by": {"days": 60}, "wait": 0})
    status, told = stack.web.asked("/readyz")
    unsent = figure(measured(stack.web), "yueyan_hints_unsent_total")
    waiting = ask(stack, "sandbox/clock")[0]["target"]
    stack.broker_process = stack.redis()
    until(lambda: ask(stack, "sandbox/clock")[0]["target"] is None, "the clock stands at its target", stack)

    assert status == 503 and unsent == 1 and waiting
    assert json.loads(told)["checks"] == {"database": "ok", "schema": "ok", "broker": "连接不上 Redis"}
    assert ask(stack, f"workorders/{order['number']}")[0]["state"] == "archived"
    for name in ("web", "worker", "beat"):
        until(getattr(stack, name).healthy, f"{name} is healthy again", stack)


def test_a_database_that_goes_away_is_said_and_one_that_comes_back_is_used_again(stack):
    name = psycopg.conninfo.conninfo_to_dict(stack.database)["dbname"]
    order, _ = ask(stack, "workorders", ORDER)

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            ready = stack.web.asked("/readyz")
            answer = stack.web.asked("/api/v1/sandbox", {"Authorization": f"Bearer {stack.key}"})
            lives, up = stack.web.asked("/healthz"), figure(measured(stack.web), "yueyan_database_up")
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    ask(stack, "sandbox/clock/advance", {"by": {"days": 45}, "wait": 0})
    until(lambda: ask(stack, "sandbox/clock")[0]["target"] is None, "the clock stands at its target", stack)

    assert ready[0] == 503 and json.loads(ready[1])["checks"]["database"] == "连接不上数据库"
    assert answer[0] == 503 and json.loads(answer[1])["code"] == "database_away"
    assert lives[0] == 200 and up == 0
    assert figure(measured(stack.web), "yueyan_database_errors_total") >= 1
    assert ask(stack, f"workorders/{order['number']}")[0]["state"] == "archived"


def test_each_stops_at_its_signal_without_a_complaint(stack):
    for name in ("beat", "worker", "web"):
        assert getattr(stack, name).stop() == 0, name
    assert "Traceback" not in "".join(getattr(stack, name).said() for name in ("beat", "worker", "web"))
