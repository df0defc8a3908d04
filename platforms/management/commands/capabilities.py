"""`manage.py capabilities`: which capabilities of the register a test has shown, by area and system."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platforms import register, shown
from platforms.vocabulary import Area
from sandbox.catalogue import SeedError


class Command(BaseCommand):
    help = "按领域与系统列出：名录中的哪些能力已由通过的测试证明（先运行 make test）。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="只输出 JSON")
        parser.add_argument("--partial", action="store_true", help="看最近一次部分运行（make test ARGS=…）的结果")

    def handle(self, **options: Any) -> None:
        try:
            register.read()
            found = shown.results(partial=options["partial"])
            tally = shown.tally(found)
        except SeedError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(tally, ensure_ascii=False, indent=2))
            return
        total = tally["total"]
        self.stdout.write(
            f"名录 {len(tally['systems'])} 个系统、{total['capabilities']} 项能力，已由测试证明 {total['shown']} 项"
            f"{'（部分运行）' if options['partial'] else ''}。运行：{'；'.join(found.runs)}"
        )
        for area, count in tally["areas"].items():
            self.stdout.write(f"\n{Area(area).label} {area} {count['shown']}/{count['capabilities']}")
            for system in register.systems().values():
                if system.area == area:
                    self._system(system, tally["systems"][system.code])

    def _system(self, system: register.System, count: dict[str, Any]) -> None:
        self.stdout.write(f"  {system.name} {system.code} {count['shown']}/{count['capabilities']}")
        for one in system.capabilities:
            if one.id in count["shown_ids"]:
                self.stdout.write(f"    ✓ {one.id} {one.statement}")
            elif one.id in count["failing_ids"]:
                self.stdout.write(f"    ✗ {one.id} {one.statement}（有测试未通过）")
