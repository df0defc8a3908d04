"""`python -m bench [--large] [name …]`: runs the measurements on a private PostgreSQL and prints them as a table.

`--large` runs those that need millions of rows or several workers: some twenty minutes and eight gigabytes of disk.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    from tests.run import postgresql

    wanted = set(sys.argv[1:]) - {"--large"}
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
            from bench import measures
            from sandbox import catalogue

            catalogue.load()  # what a process reads when it starts

            found = []
            usual = measures.LARGE if "--large" in sys.argv else measures.MEASURES
            for name, measure in {**measures.MEASURES, **measures.LARGE}.items():
                if name in (wanted or usual):
                    print(f"… {name}", file=sys.stderr, flush=True)
                    found += measure(twin)
        finally:
            from django.db import connections

            connections.close_all()
            with psycopg.connect(url, autocommit=True) as server:
                server.execute("DROP DATABASE IF EXISTS yueyan_bench_twin WITH (FORCE)")
    _print(found)
    (ROOT / "bench.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    return 0 if all(one["met"] is not False for one in found) else 1


def _print(found: list[dict[str, object]]) -> None:
    print(f"{'measure':<62} {'value':>12} {'unit':<10} {'target':<10} met")
    for one in found:
        met = {True: "yes", False: "NO", None: "–"}[one["met"]]  # type: ignore[index]
        print(
            f"{one['name']:<62} {one['value']:>12} {one['unit']:<10} {one['target'] or '–':<10} {met}  {one.get('spread', '')}"
        )


if __name__ == "__main__":
    sys.exit(main())
