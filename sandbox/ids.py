"""World ids: `sandbox << 40 | n`, with one n per table in the sandbox.

A row's id is known before it is written, and two sandboxes can never touch each other's rows.
"""

LOCAL_BITS = 40
LOCAL_MASK = (1 << LOCAL_BITS) - 1


def within(sandbox: int, *, after: int = 0) -> dict[str, int]:
    """Which rows of a table are a sandbox's own (those after a number of it), as bounds of their ids.

    For lists: every index that ends in the id leads straight to them, and a database knows how many they are. With
    `sandbox =` beside the bounds PostgreSQL would take a small sandbox's rows for hardly any, and sort all of them.
    """
    first = sandbox << LOCAL_BITS
    return {"id__gt": first | after, "id__lte": first | LOCAL_MASK}


def local(identifier: int) -> int:
    """The number of a row within its sandbox."""
    return identifier & LOCAL_MASK
