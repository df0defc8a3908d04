"""One measured value as a row of the table that `python -m bench` prints."""

from typing import Any

Row = dict[str, Any]


def row(name: str, value: float, unit: str, target: str = "", met: bool | None = None, spread: str = "") -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "target": target, "met": met, "spread": spread}


def spread(values: list[float]) -> str:
    return f"min {min(values):.3f}, max {max(values):.3f}, n {len(values)}"
