"""`manage.py check_seeds`: is the world's data in order? Every mistake in one line with file, line and remedy."""

import argparse
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox import catalogue


class Command(BaseCommand):
    help = "核对 seeds/ 下的全部种子文件：每处错误一行，写明文件、行号和改法；有错则退出码为 1。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="只输出 JSON")

    def handle(self, **options: Any) -> None:
        errors, waiting = catalogue.problems()
        read = [] if errors else [(one, one.counted()) for one in catalogue.readers]
        if options["json"]:
            result = {
                "ok": not errors,
                "problems": [_face(error) for error in errors],
                "not_checked": [f"seeds/{one.pattern}" for one in waiting],
                "read": [{"catalogue": one.label, "files": one.pattern, "counts": counts} for one, counts in read],
            }
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            for error in errors:
                self.stdout.write(str(error))
            for reader, counts in read:
                said = "  ".join(f"{word} {number}" for word, number in counts.items())
                self.stdout.write(f"{reader.pattern:<20}{reader.label:　<6}{said}")
        if errors:
            rest = f"；改正之后再核对：{'、'.join(one.pattern for one in waiting)}" if waiting else ""
            raise CommandError(f"{settings.SEEDS_DIR} 有 {len(errors)} 处错误{rest}")


def _face(error: catalogue.SeedError) -> dict[str, Any]:
    return {name: getattr(error, name) for name in ("file", "line", "where", "problem", "remedy")}
