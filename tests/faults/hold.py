"""A process of its own that holds the turn of a sandbox: `python -m tests.faults.hold <slug>`.

Says `holding` once it has the turn, keeps it until it is given a line, records one event and says `written`.
"""

import os
import sys

import django


def main(slug: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from sandbox.models import Sandbox
    from sandbox.work import Work

    with Work.on(Sandbox.objects.get(slug=slug)) as work:
        print("holding", flush=True)
        sys.stdin.readline()
        work.record("test.written", "sandbox", by="another process")
    print("written", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
