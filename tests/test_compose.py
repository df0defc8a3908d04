"""docker-compose.yml, Dockerfile and .dockerignore, read as they stand; tests/faults/test_compose.py runs the commands."""

import re

import pytest

from tests.faults.services import COMPOSE, ROOT, SECRETS, command, environment, filled_in

OURS = ["migrate", "web", "worker", "beat"]
LASTING = ["db", "redis", "web", "worker", "beat"]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_there_are_a_database_a_broker_and_four_of_ours():
    assert set(COMPOSE) == {"db", "redis", *OURS}
    assert "DATABASE_URL" in COMPOSE["web"]["environment"] and "REDIS_URL" in COMPOSE["web"]["environment"]


@pytest.mark.parametrize("service", LASTING)
def test_what_lasts_is_checked_restarted_and_stopped_with_grace(service):
    described = COMPOSE[service]

    check = described["healthcheck"]
    assert check["test"][0] == "CMD" and len(check["test"]) > 1
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert described["restart"] == "unless-stopped"
    assert described["stop_signal"] in {"SIGTERM", "SIGINT"}
    assert int(described["stop_grace_period"].removesuffix("s")) >= 10
    assert described["logging"]["options"]["max-size"], "a log that fills the disk stops everything"


@pytest.mark.parametrize("service", ["db", "redis", "worker", "beat", "migrate"])
def test_nothing_but_the_web_service_publishes_a_port(service):
    assert "ports" not in COMPOSE[service] and "network_mode" not in COMPOSE[service]


def test_the_web_service_is_published_on_loopback_unless_said_otherwise():
    assert [filled_in(port, SECRETS) for port in COMPOSE["web"]["ports"]] == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_service_begins_without_its_secrets(secret):
    without = {name: value for name, value in SECRETS.items() if name != secret}

    refused = 0
    for service in COMPOSE:
        try:
            environment(service, without), command(service, without) if "command" in COMPOSE[service] else None
        except KeyError as error:
            assert secret in str(error) and "openssl rand" in str(error), "it says what to set, and to what"
            refused += 1

    assert refused


def test_no_password_stands_in_the_file():
    for name in ("PASSWORD", "SECRET", "TOKEN", "AUTH"):
        for given in re.findall(rf"^ *\w*{name}\w*: (.*)$", TEXT, re.MULTILINE):
            assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", given), given
    assert not re.findall(r"://[^$\s]*:[^$\s]+@", TEXT)


def test_migrations_run_once_and_before_the_others():
    assert command("migrate") == ["python", "manage.py", "migrate", "--no-input"]
    assert COMPOSE["migrate"]["restart"] == "no"
    assert COMPOSE["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    for service in ("web", "worker", "beat"):
        assert COMPOSE[service]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "db": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
        }


def test_there_may_be_any_number_of_workers_and_there_is_one_beat():
    assert not any("container_name" in described for described in COMPOSE.values())
    assert COMPOSE["worker"]["deploy"]["replicas"] == 2
    assert COMPOSE["beat"].get("deploy", {}).get("replicas", 1) == 1
    assert "--schedule" not in command("beat"), "its schedule is kept in memory: nothing is written"


def test_the_database_is_kept_and_the_broker_is_not():
    assert [volume.partition(":")[0] for volume in COMPOSE["db"]["volumes"]] == ["db"]
    assert "volumes" not in COMPOSE["redis"]
    assert command("redis")[:5] == ["redis-server", "--save", "", "--appendonly", "no"]


@pytest.mark.parametrize("service", OURS)
def test_ours_may_do_as_little_as_possible(service):
    described = COMPOSE[service]

    assert described["read_only"] is True and described["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in described["security_opt"]
    assert any(place.startswith(environment(service)["YUEYAN_VAR"] + ":") for place in described["tmpfs"])
    assert "privileged" not in described and "user" not in described, "the image's own user"


def test_the_image_is_of_the_locked_packages_and_runs_as_nobodys_root():
    steps = [line for line in DOCKERFILE.splitlines() if re.match(r"[A-Z]+ ", line)]
    last = steps[max(position for position, step in enumerate(steps) if step.startswith("FROM")) :]

    assert any(step == "RUN uv sync --frozen --no-dev" for step in steps)
    assert re.fullmatch(r"USER [1-9]\d+:[1-9]\d+", next(step for step in last if step.startswith("USER")))
    assert not any(step.startswith(("RUN", "COPY", "ADD")) for step in last[last.index("USER 10001:10001") :])
    assert not re.search(r"apt-get|build-essential|gcc|curl ", "\n".join(last)), "nothing to build with is left in it"
    owner = next(place for place in COMPOSE["web"]["tmpfs"] if "uid=" in place)
    assert "uid=10001" in owner and "mode=0700" in owner
    assert not re.search(r"(PASSWORD|SECRET|TOKEN)", DOCKERFILE)


def test_only_what_the_program_needs_goes_into_the_image():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert (ROOT / ".dockerignore").read_text().splitlines()[0] == "*"
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests", "bench", "training"}
    assert packages | {"manage.py", "uv.lock", "pyproject.toml", "seeds", "docs/examples.json"} <= kept
    assert not kept & {"tests", "bench", "var", ".git", ".env", "docs"}
