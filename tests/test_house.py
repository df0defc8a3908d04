"""The house's rules that no linter knows."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READS = {"queries.py", "models.py", "report.py"}  # may ask the database of their own accord
WRITES = {"save", "delete", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
FILES = sorted(
    file
    for app in ("identity", "workorders", "platforms", "simulation", "console")
    for file in (ROOT / app).rglob("*.py")
    if "migrations" not in file.parts
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_world_is_asked_and_written_through_the_unit_of_work(file):
    """A manager stands only where a query is handed to `work.query`, and no record saves or deletes itself."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    asked = {id(one) for call in ast.walk(tree) if _through_work(call) for one in ast.walk(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            assert _of(node.func.value, {"work", "actions"}), f"{file}:{node.lineno} writes past the unit of work"
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"} and id(node) not in asked:
            held = _of(node.value, {"work"})
            assert held or file.name in READS or "api" in file.parts, f"{file}:{node.lineno} asks past it"


def _through_work(node: ast.AST) -> bool:
    """Whether a node is `work.query(…)`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "query"
        and _of(node.func.value, {"work"})
    )


def _of(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names
