"""Phone calls: they wait, are answered once, or are lost."""

import pytest

from sandbox.actors import Actor, Role
from sandbox.canonical import loads
from sandbox.refusals import Refused
from sandbox.replay import replay
from workorders.lifecycle import PHONE_CALL
from workorders.models import PhoneCall

CALLER = {"name": "演安一", "phone": "10000000001"}
DIALLED = {"caller": CALLER, "hotline": "440100"}


def offered(world, hotline="440100"):
    return world.do("phone_calls.offer", actor=Actor(Role.CITIZEN), caller=CALLER, hotline=hotline)


def state_of(call):
    return PhoneCall.objects.get(pk=call.pk).state


def test_a_call_waits_and_is_answered_by_an_agent_with_its_waiting_time(world):
    client = world.client()
    number = client.post("/api/v1/calls", DIALLED, format="json").json()["number"]
    world.advance(seconds=40)

    answer = world.client("agent").post(f"/api/v1/calls/{number}/pick_up").json()

    assert (answer["state"], answer["intelligent"], answer["order_number"]) == ("answered", False, "")
    (event,) = world.events("call.answered")
    assert loads(event.data) == {"hotline": "440100", "waited": 40, "on_time": False}


def test_a_caller_may_give_up(world):
    number = world.client().post("/api/v1/calls", DIALLED, format="json").json()["number"]
    world.advance(seconds=70)

    answer = world.client("citizen").post(f"/api/v1/calls/{number}/give_up").json()

    assert (answer["state"], answer["ended_waiting_at"]) == ("lost", "2022-09-01T09:01:10+08:00")
    assert loads(world.events("call.lost")[0].data) == {"hotline": "440100", "waited": 70}


@pytest.mark.parametrize("state", PHONE_CALL.states.values)
@pytest.mark.parametrize("action", PHONE_CALL.asked)
@pytest.mark.parametrize("role", Role.values)
def test_every_role_in_every_state_may_do_what_the_table_says_and_nothing_else(role, action, state, world):
    call = offered(world)
    if state != "waiting":
        by, how = (Role.AGENT, "pick_up") if state == "answered" else (Role.CITIZEN, "give_up")
        world.do(f"phone_calls.{how}", actor=Actor(by), subject=call.number)
    step = PHONE_CALL.find(state, action)
    before = len(world.events())

    if step is not None and role in step.by:
        world.do(f"phone_calls.{action}", actor=Actor(role), subject=call.number)
        assert state_of(call) == step.to
    else:
        with pytest.raises(Refused):
            world.do(f"phone_calls.{action}", actor=Actor(role), subject=call.number)
        assert (state_of(call), len(world.events())) == (state, before)


@pytest.mark.parametrize("hotline", ["440106", "441999", "450000", "44010", "", 440100, None, "４４０１００"])
def test_there_is_a_hotline_only_in_a_city_and_at_the_provincial_platform(hotline, world):
    answer = world.client().post("/api/v1/calls", {**DIALLED, "hotline": hotline}, format="json")

    assert answer.status_code == 422
    assert world.events("call.offered") == []


@pytest.mark.parametrize("body", [{}, {"hotline": "440100"}, {**DIALLED, "text": "路灯不亮"}, [], "x"])
def test_a_call_is_a_caller_and_a_hotline(body, world):
    assert world.client().post("/api/v1/calls", body, format="json").status_code in (400, 422)


def test_only_a_citizen_dials(world):
    answer = world.client("dispatcher").post("/api/v1/calls", DIALLED, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_role")


@pytest.mark.parametrize("number", ["C9999999", "nothing", "12345-440100-20220901-000001-7", "%00"])
def test_a_call_there_is_not_is_not_found(number, world):
    assert world.client("agent").post(f"/api/v1/calls/{number}/pick_up").status_code == 404


def test_the_list_shows_the_newest_first_and_is_narrowed_by_state_and_hotline(world):
    first, second, elsewhere = offered(world), offered(world), offered(world, "440300")
    world.do("phone_calls.pick_up", actor=Actor(Role.AGENT), subject=first.number)

    def listed(query=""):
        return [one["number"] for one in world.client().get(f"/api/v1/calls{query}").json()["results"]]

    assert listed() == [elsewhere.number, second.number, first.number]
    assert listed("?state=waiting&hotline=440100") == [second.number]
    assert world.client().get("/api/v1/calls?state=ringing").status_code == 422


def test_neither_events_nor_answers_say_who_called(world):
    call = offered(world)

    shown = world.client().get("/api/v1/calls").content.decode()

    assert CALLER["phone"] not in shown and CALLER["name"] not in shown
    assert all("P0000001" not in event.data for event in world.events() if event.subject == call.number)


def test_where_seats_are_not_counted_a_simulated_agent_answers_at_once(province):
    assert state_of(offered(province)) == "answered"


def test_a_replay_hears_the_same_calls(world):
    one, other = offered(world), offered(world)
    world.advance(seconds=20)
    world.do("phone_calls.pick_up", actor=Actor(Role.AGENT), subject=one.number)
    world.do("phone_calls.give_up", actor=Actor(Role.CITIZEN), subject=other.number)

    copy = replay(world.sandbox, f"{world.sandbox.slug}-again")

    assert copy.head == world.hash
