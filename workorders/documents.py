"""The hotline's generated documents."""

from sandbox.documents import document, lifecycle_page
from workorders.lifecycle import LIFECYCLES


@document("lifecycles.md")
def lifecycles() -> str:
    return lifecycle_page(LIFECYCLES)
