"""A process of its own that drives a sandbox: `python -m tests.faults.drive <slug> [entries in a chunk]`.

Says `driving` once it is about to begin, and ends when the clock stands where it should.
"""

import os
import sys

import django


def main(slug: str, chunk: str = "") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from sandbox import driver
    from sandbox.models import Sandbox

    sandbox = Sandbox.objects.get(slug=slug)
    print("driving", flush=True)
    if not driver.advance(sandbox, chunk=int(chunk or driver.CHUNK)):
        sys.exit("the clock does not stand where it should")


if __name__ == "__main__":
    main(*sys.argv[1:])
