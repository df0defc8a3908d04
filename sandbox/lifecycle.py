"""Lifecycles are tables: who may take which record from where to where, and what it needs.

From the table come the refusal of everything else, the `allowed_actions` in every answer, the diagram in
docs/, and the test of every role × state × action.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices

from sandbox.actors import Actor
from sandbox.refusals import Refused

if TYPE_CHECKING:
    from sandbox.work import Work


@dataclass(frozen=True, slots=True)
class No:
    """Why a guard refuses: a sentence, its stable code and what to do instead."""

    sentence: str
    code: str
    remedy: str = ""


Guard = Callable[["Work", Any, Actor], No | None]


@dataclass(frozen=True)
class Step:
    """One row of the table. `to` None leaves the state as it is; what happens `of_itself` follows from
    another step or from the clock, and nobody can ask for it."""

    action: str
    label: str
    source: str | tuple[str, ...]
    to: str | None
    by: tuple[str, ...]
    unless: tuple[Guard, ...] = ()
    needs: tuple[str, ...] = ()
    of_itself: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


class Lifecycle:
    """The table of one kind of record, whose state is its `state` field."""

    def __init__(
        self,
        name: str,
        label: str,
        *,
        states: type[TextChoices],
        start: str,
        steps: Sequence[Step],
        roles: type[TextChoices],
    ) -> None:
        self.name, self.label, self.states, self.start, self.steps, self.roles = (
            name,
            label,
            states,
            start,
            steps,
            roles,
        )
        self.actions = list(dict.fromkeys(step.action for step in steps))
        self.asked = list(dict.fromkeys(step.action for step in steps if not step.of_itself))
        self.labels = {step.action: step.label for step in steps}
        self._by_state: dict[tuple[str, str], Step] = {}
        for step in steps:
            for source in map(str, step.sources):
                if (source, step.action) in self._by_state:
                    raise ValueError(f"{name}: {step.action} from {source} stands twice")
                self._by_state[source, step.action] = step

    def find(self, state: str, action: str) -> Step | None:
        return self._by_state.get((state, action))

    def refusal(self, work: Work, record: Any, action: str, actor: Actor) -> Refused | None:
        """Why this actor may not take this step now, or None if they may."""
        step = self._by_state.get((record.state, action))
        if step is None:
            froms = [self.states(s).label for one in self.steps if one.action == action for s in one.sources]
            return Refused(
                f"{self.label}现为“{self.states(record.state).label}”，不能{self.labels.get(action, action)}",
                code="not_in_this_state",
                remedy=f"只有“{'”“'.join(froms)}”的{self.label}可以{self.labels.get(action, action)}",
                state=record.state,
            )
        if actor.role not in step.by:
            names = "、".join(self.roles(role).label for role in step.by)
            return Refused(
                f"{step.label}须由{names}进行",
                code="wrong_role",
                status=403,
                remedy=f"请以 {'、'.join(step.by)} 的身份（Acting-As）重试",
            )
        for guard in step.unless:
            if no := guard(work, record, actor):
                return Refused(no.sentence, code=no.code, remedy=no.remedy or None)
        return None

    def check(self, work: Work, record: Any, action: str, actor: Actor) -> Step:
        """The step, if it may be taken. Raises Refused otherwise; changes nothing."""
        step = self._by_state.get((record.state, action))
        plain = step is not None and not step.unless and actor.role in step.by
        if not plain and (refused := self.refusal(work, record, action, actor)):
            raise refused
        return self._by_state[record.state, action]

    def step(self, work: Work, record: Any, action: str, actor: Actor) -> None:
        """Take the step, or raise Refused and change nothing."""
        self.check(work, record, action, actor)
        self.move(record, action)

    def move(self, record: Any, action: str) -> None:
        """Take a step that has been checked: guards judge a record as it was before it changed."""
        to = self._by_state[record.state, action].to
        if to is not None:
            record.state = str(to)  # plain text, as the database has it

    def allowed(self, work: Work, record: Any, actor: Actor) -> list[dict[str, Any]]:
        """Every action that may be asked for in this state: what it needs, or why this actor may not take it."""
        listed = []
        for (state, action), step in self._by_state.items():
            if state == record.state and not step.of_itself:
                refused = self.refusal(work, record, action, actor)
                listed.append(
                    {
                        "action": action,
                        "label": step.label,
                        "allowed": refused is None,
                        "by": list(step.by),
                        "needs": list(step.needs),
                        "refused": None if refused is None else {"code": refused.code, "detail": refused.detail},
                    }
                )
        return listed

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        lines += [f"    {state.value}: {state.label} {state.value}" for state in self.states]  # type: ignore[attr-defined]
        leaving: set[str] = set()
        for step in self.steps:
            for source in step.sources:
                leaving.add(source) if step.to else None
                lines.append(f"    {source} --> {step.to or source}: {step.label} {step.action}")
        lines += [f"    {state.value} --> [*]" for state in self.states if state.value not in leaving]  # type: ignore[attr-defined]
        return "\n".join(lines)
