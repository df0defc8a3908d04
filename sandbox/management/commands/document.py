"""`manage.py document`: the generated documents, written or checked."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from sandbox.documents import documents

DOCS = settings.BASE_DIR / "docs"


class Command(BaseCommand):
    help = "由表格与代码生成 docs/ 中的文件；--check 只核对它们是否最新。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="不写入；有过时的文件则失败")

    def handle(self, **options: Any) -> None:
        stale = []
        for path, text in [
            *((DOCS / name, make()) for name, make in sorted(documents.items())),
            (DOCS / "openapi.yaml", _openapi()),
        ]:
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(path.relative_to(settings.BASE_DIR))
            if not options["check"]:
                path.write_text(text, encoding="utf-8")
        if options["check"] and stale:
            raise CommandError(f"这些文件已过时：{'、'.join(map(str, stale))}。请运行 make docs 并提交")
        for path in stale:
            self.stdout.write(f"写入 {path}")


def _openapi() -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.yaml"
        call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
        return file.read_text(encoding="utf-8")
