"""Shown by 3: a run of thousands archives every order, and is the same byte for byte however it is cut into
chunks, on either database, and beside whatever other sandboxes there are."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from sandbox import catalogue
from sandbox.models import Event, Sandbox
from sandbox.moments import CHINA, instant
from sandbox.vocabulary import Clock
from simulation.models import Call, Story
from tests.rows import everything
from tests.sandbox.audit import assert_sound, calls_come
from tests.simulation.running import sandbox_of, simulate, typed
from workorders.models import WorkOrder

KNOWN = json.loads((Path(__file__).parent / "known_hashes.json").read_text(encoding="utf-8"))
RUN = KNOWN["run"]
START = instant(2022, 9, 1, 20)


def _all_rows(sandbox):
    own = [list(table.objects.filter(sandbox=sandbox).order_by("id").values()) for table in (Story, Call)]
    return json.dumps([everything(sandbox), own], default=str, ensure_ascii=False, sort_keys=True).encode()


@pytest.fixture
def neighbour(province):
    """Somebody else's sandbox in the middle of its life: calls came, and much is booked."""
    calls_come(province, 30, days=1)
    province.advance(hours=30)
    assert Event.objects.filter(sandbox=province.sandbox).count() > 100
    return province.sandbox


@pytest.mark.parametrize("chunk", [1, 100, 5000])
def test_a_run_has_the_known_hash_whatever_its_chunks_and_leaves_its_neighbour_alone(neighbour, chunk):
    before = _all_rows(neighbour)

    result = simulate(**RUN, chunk=chunk)

    assert result["archived"] == result["orders"] == RUN["orders"]
    assert catalogue.fingerprint() == KNOWN["catalogue"], f"seeds/ has changed: {KNOWN['comment']}"
    assert result["event_hash"] == KNOWN["event_hash"], f"the same seeds gave another world; {KNOWN['comment']}"
    assert _all_rows(neighbour) == before


def test_the_hash_is_that_of_the_events_and_the_counters_say_what_the_orders_say(database):
    result = simulate(orders=60, days=2, seed=11)

    sandbox = sandbox_of(result)
    assert_sound(sandbox)
    assert result["event_hash"] == sandbox.head
    assert result["events"] == Event.objects.filter(sandbox=sandbox).count()
    assert result["states"] == {"archived": WorkOrder.objects.filter(sandbox=sandbox).count()}


def test_another_seed_is_another_world(database):
    assert simulate(orders=20, days=1, seed=1)["event_hash"] != simulate(orders=20, days=1, seed=2)["event_hash"]


def test_another_start_is_another_world(database):
    one, other = (simulate(orders=20, days=1, start=start)["event_hash"] for start in ("2022-09-05", "2022-09-06"))

    assert one != other


def test_people_call_by_the_hours_of_the_day_whenever_the_run_begins(database):
    result = simulate(orders=300, days=2, start=START.isoformat())

    received = Event.objects.filter(sandbox=sandbox_of(result), type="work_order.received").order_by("number")
    moments = [event.at.astimezone(CHINA) for event in received]
    by_day, by_night = (sum(moment.hour in hours for moment in moments) for hours in (range(9, 18), range(0, 6)))
    assert moments == sorted(moments)
    assert moments[0] >= START and moments[-1] < START + timedelta(days=2)
    assert moments[-1] - moments[0] > timedelta(hours=46), "over the whole two days"
    assert by_day > 10 * by_night > 0


@pytest.fixture(scope="module")
def thousands(database):
    return simulate(orders=2000, days=5, seed=3)


def test_thousands_of_orders_are_all_archived_and_end_in_every_way(thousands):
    assert thousands["orders"] == thousands["archived"] == 2000
    assert set(thousands["endings"]) == {"rejected", "answered", "withdrawn", "closed"}
    assert all(thousands["endings"].values()), thousands["endings"]
    assert sum(thousands["endings"].values()) == 2000
    assert thousands["clock"] == Clock.FROZEN
    assert thousands["halted"] is None


def test_the_report_gives_figures_that_fit_together(thousands):
    assert {"orders", "archived", "events", "event_hash", "transitions", "transitions_per_second", "kpi"} <= set(
        thousands
    )
    assert thousands["events"] > thousands["transitions"] > 5 * thousands["orders"]
    assert thousands["transitions_per_second"] == pytest.approx(
        thousands["transitions"] / thousands["seconds"], rel=0.01
    )
    without_seats = {"connection", "connection_all", "answered_within"}  # this profile does not count its seats
    assert {code for code, one in thousands["kpi"].items() if not one["denominator"]} == without_seats
    for one in (one for code, one in thousands["kpi"].items() if code not in without_seats):
        assert one["rate"] == round(one["numerator"] / one["denominator"], 4)
        assert one["formula"]


@pytest.mark.parametrize(
    ("indicator", "least", "most"),
    [
        ("on_time_sign", 0.96, 0.999),
        ("on_time_contact", 0.95, 0.995),
        ("on_time_answer", 0.95, 0.99),
        ("first_dispatch_accuracy", 0.90, 0.98),
        ("intelligent_dispatch", 0.35, 0.7),
        ("return", 0.01, 0.08),
        ("redo", 0.01, 0.08),
        ("response", 0.95, 0.999),
        ("resolution", 0.92, 0.995),
        ("satisfaction", 0.93, 0.999),
    ],
)
def test_a_hotline_director_would_believe_the_rates(thousands, indicator, least, most):
    assert least <= thousands["kpi"][indicator]["rate"] <= most


def test_units_that_are_not_on_duty_work_in_office_hours_on_working_days(thousands):
    sandbox = sandbox_of(thousands)
    urgent = set(WorkOrder.objects.filter(sandbox=sandbox, urgent=True).values_list("number", flat=True))
    answers = Event.objects.filter(sandbox=sandbox, type="work_order.answered").exclude(subject__in=urgent)

    hours = {event.at.astimezone(CHINA).hour for event in answers}

    assert hours <= set(range(8, 20)), "an hour's overtime is the most anybody does"
    assert len(hours) > 8, "they do not all answer at the same time of the day"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--orders", "0"], "--orders 须为不小于 1 的整数"),
        (["--orders", "-5"], "--orders 须为不小于 1 的整数"),
        (["--days", "-1"], "--days 须为不小于 1 的整数"),
        (["--chunk", "0"], "--chunk 须为不小于 1 的整数"),
        (["--profile", "no-such"], "没有行为设定 no-such"),
        (["--profile", "../rules/12345"], "没有行为设定"),
        (["--days", "4000"], "超出工作日历"),
        (["--start", "2027-12-30"], "超出工作日历"),
        (["--start", "1999-01-01"], "须在工作日历之内"),
        (["--start", "tomorrow"], "不是时刻"),
        (["--start", "9999-12-31T23:59:59-12:00"], "不是时刻"),
        (["--seed", "-1"], "种子须为"),
        (["--seed", str(1 << 63)], "种子须为"),
        (["--slug", "not a slug"], "沙箱的名字须为"),
        (["--slug", "x" * 41], "沙箱的名字须为"),
        (["--calls", "/no/such/file.csv"], "没有文件 /no/such/file.csv"),
        (["--calls", "seeds/regions.csv"], "没有“来电时间”一列"),
        (["--calls", "seeds/calls/README.md"], "不认识 README.md 的格式"),
        (["--calls", "seeds/calls/sample-200.csv", "--columns", "what"], "看不懂"),
    ],
)
def test_a_bad_option_is_answered_in_one_line_and_nothing_is_written(database, capsys, arguments, says):
    before = _sandboxes()

    code = typed("--orders", "5", *arguments)

    said = capsys.readouterr()
    assert code == 1
    assert says in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert said.out == ""
    assert _sandboxes() == before


def test_a_name_that_is_taken_is_not_taken_again(world, capsys):
    before = _all_rows(world.sandbox)

    code = typed("--orders", "5", "--slug", world.sandbox.slug)

    assert code == 1
    assert "slug_taken" in capsys.readouterr().err
    assert _all_rows(world.sandbox) == before


def test_people_read_the_figures_with_their_formulas(database, capsys):
    code = typed("--orders", "10", "--days", "1")

    said = capsys.readouterr().out
    assert code == 0
    assert "工单 10，已归档 10" in said
    assert "按时答复率" in said and "（按时答复 / 答复）" in said
    assert "事件摘要" in said


def _sandboxes():
    connection.close()  # the command closed the connections it had, as a process does at its end
    return list(Sandbox.objects.order_by("pk").values_list("pk", "version"))
