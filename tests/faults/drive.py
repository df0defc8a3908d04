"""Processes of their own that drive sandboxes.

`python -m tests.faults.drive <slug> [entries in a chunk]` says `driving`, drives, and ends when the clock
stands where it should. `python -m tests.faults.drive` starts such a process for every line `<slug> <entries
in a chunk>` it is given, and says its process id: forked from one that has loaded everything already.
"""

import os
import signal
import sys

import django


def drive(slug: str, chunk: str = "") -> None:
    from sandbox import driver
    from sandbox.models import Sandbox

    sandbox = Sandbox.objects.get(slug=slug)
    if not driver.advance(sandbox, chunk=int(chunk or driver.CHUNK)):
        sys.exit("the clock does not stand where it should")


def fork_for_each_line() -> None:
    from sandbox import regions
    from simulation import profiles, texts
    from workorders import dispatch, recognition

    regions.streets()
    profiles.profile("default")
    texts.patterns()
    recognition.recognise("路灯不亮", "")
    dispatch.dispatch_rules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            try:
                drive(*line.split())
            finally:
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if sys.argv[1:]:
        print("driving", flush=True)
        drive(*sys.argv[1:])
    else:
        fork_for_each_line()
