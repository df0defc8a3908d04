"""World ids: `sandbox << 40 | n`, with one n per table in the sandbox.

A row's id is known before it is written, and two sandboxes can never touch each other's rows.
"""

LOCAL_BITS = 40
LOCAL_MASK = (1 << LOCAL_BITS) - 1


def local(identifier: int) -> int:
    """The number of a row within its sandbox."""
    return identifier & LOCAL_MASK
