"""Roles: played by the simulation, or left open to people; deadlines run on regardless."""

import pytest

from sandbox import canonical
from sandbox.actors import SYSTEM, Actor, Role
from sandbox.models import Sandbox
from sandbox.moments import day_of
from sandbox.refusals import Refused
from simulation.staff import ACT, TO_ACT, WITHDRAW
from tests.conftest import World
from tests.factories import TEXT, UNIT, WorkOrderFactory, act
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come, states
from workorders.models import WorkOrder

OTHER_UNIT = "440106-zj"


def open_role(world, role):
    world.do("sandbox.open_role", actor=SYSTEM, args_role=role) if False else world.do("sandbox.open_role", actor=SYSTEM, role=role)


def close_role(world, role):
    world.do("sandbox.close_role", actor=SYSTEM, role=role)


def booked(world, kind=ACT):
    return [subject for name, subject in agenda_of(world.sandbox) if name == kind]


def dispatched_to(world, unit):
    order = WorkOrderFactory(world=world, accepted=True)
    act(world, order, "dispatch", role=Role.DISPATCHER, unit="") if False else None
    return world.do("work_orders.dispatch", actor=Actor(Role.DISPATCHER), subject=order.number, unit=unit)


def state_of(order):
    return WorkOrder.objects.get(pk=order.pk).state
