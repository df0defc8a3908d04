"""Documents made from tables: apps register a file name under docs/ and the function that writes its text."""

from collections.abc import Callable, Sequence

from sandbox.lifecycle import Lifecycle, Step

documents: dict[str, Callable[[], str]] = {}


def document(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    def register(function: Callable[[], str]) -> Callable[[], str]:
        documents[name] = function
        return function

    return register


def lifecycle_page(lifecycles: Sequence[Lifecycle]) -> str:
    """Every lifecycle as a diagram and as its table."""
    parts = [
        "# 生命周期 Lifecycles",
        "由 `lifecycle.py` 中的表生成，请勿手改；`make docs` 重新生成。",
    ]
    for lifecycle in lifecycles:
        parts += [
            f"## {lifecycle.label} `{lifecycle.name}`",
            f"```mermaid\n{lifecycle.mermaid()}\n```",
            _table(lifecycle),
        ]
    return "\n\n".join(parts) + "\n"


def _table(lifecycle: Lifecycle) -> str:
    lines = ["| 动作 | 由 | 到 | 谁 | 除非 | 须填 |", "|---|---|---|---|---|---|"]
    for step in lifecycle.steps:
        lines.append(
            f"| {step.label} `{step.action}`{'（自动）' if step.of_itself else ''} | {_states(lifecycle, step.sources)} | {_to(lifecycle, step)} "
            f"| {'、'.join(lifecycle.roles(role).label for role in step.by)} "
            f"| {'、'.join(f'`{guard.__name__}`' for guard in step.unless)} "
            f"| {'、'.join(f'`{name}`' for name in step.needs)} |"
        )
    return "\n".join(lines)


def _states(lifecycle: Lifecycle, states: Sequence[str]) -> str:
    return "、".join(lifecycle.states(state).label for state in states)


def _to(lifecycle: Lifecycle, step: Step) -> str:
    return lifecycle.states(step.to).label if step.to else "（不变）"
