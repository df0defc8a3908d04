"""`python -m bench [--large] [name …]`: runs the measurements on a private PostgreSQL and prints them as a table.

`--large` runs those that need millions of rows or several workers: some twenty minutes and eight gigabytes of disk.
"""

import argparse
import json
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASURES = {  # where each is: they can be brought in only once the settings name the database
    "driver": "bench.measures:driver_to_ceiling",
    "creates": "bench.creates:to_a_bare_loop",
    "lists": "bench.measures:lists",
    "writes": "bench.measures:writes_during_advance",
    "memory": "bench.measures:memory",
}
LARGE = {
    "workers": "bench.workers:many_on_two",
    "millions": "bench.millions:lists",
    "reports": "bench.millions:reports",
}


def chosen(words: list[str]) -> dict[str, str]:
    """The measures that were asked for; what there is none of ends the program."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and memory on PostgreSQL.")
    every = {**MEASURES, **LARGE}
    parser.add_argument("names", nargs="*", metavar="name", help=f"one or more of {', '.join(every)}")
    parser.add_argument("--large", action="store_true", help=f"the large ones: {', '.join(LARGE)}")
    asked = parser.parse_args(words)
    if unknown := set(asked.names) - every.keys():  # `choices` would refuse that none is named
        parser.error(f"no measure {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    names = asked.names or (LARGE if asked.large else MEASURES)
    return {name: where for name, where in every.items() if name in names}


def main() -> int:
    from tests.run import postgresql

    wanted = chosen(sys.argv[1:])
    with postgresql() as url, tempfile.TemporaryDirectory(prefix="yueyan-bench-") as var:
        if url is None:
            print("bench needs PostgreSQL: install it, or set TEST_DATABASE_URL", file=sys.stderr)
            return 1
        os.environ |= {"DATABASE_URL": url, "YUEYAN_VAR": var, "DJANGO_SETTINGS_MODULE": "config.settings"}
        os.environ.pop("REDIS_URL", None)
        twin = re.sub(r"/[^/]+$", "/yueyan_bench_twin", url)
        import psycopg

        with psycopg.connect(url, autocommit=True) as server:
            server.execute("DROP DATABASE IF EXISTS yueyan_bench_twin WITH (FORCE)")
            server.execute("CREATE DATABASE yueyan_bench_twin")
        try:
            for one in (url, twin):
                subprocess.run(
                    [sys.executable, "manage.py", "migrate", "-v0"],
                    cwd=ROOT,
                    env={**os.environ, "DATABASE_URL": one},
                    check=True,
                )
            import django

            django.setup()
            from sandbox import catalogue

            catalogue.load()  # what a process reads when it starts

            found = []
            for name, where in wanted.items():
                print(f"… {name}", file=sys.stderr, flush=True)
                found += pkgutil.resolve_name(where)(twin)
        finally:
            from django.db import connections

            connections.close_all()
            with psycopg.connect(url, autocommit=True) as server:
                server.execute("DROP DATABASE IF EXISTS yueyan_bench_twin WITH (FORCE)")
    _print(found)
    (ROOT / "bench.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    return 0 if found and all(one["met"] is not False for one in found) else 1


def _print(found: list[dict[str, object]]) -> None:
    print(f"{'measure':<62} {'value':>12} {'unit':<10} {'target':<10} met")
    for one in found:
        met = {True: "yes", False: "NO", None: "–"}[one["met"]]  # type: ignore[index]
        print(
            f"{one['name']:<62} {one['value']:>12} {one['unit']:<10} {one['target'] or '–':<10} {met}  {one.get('spread', '')}"
        )


if __name__ == "__main__":
    sys.exit(main())
