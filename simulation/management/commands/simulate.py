"""`manage.py simulate`: live through so many calls, or the calls of a file, until all is archived."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from sandbox import actions, catalogue, driver, queries, turns, wall
from sandbox.calendar import calendar
from sandbox.catalogue import SeedError
from sandbox.management.database import prepare
from sandbox.moments import CHINA
from sandbox.refusals import Refused
from sandbox.vocabulary import Clock
from simulation import calls, report
from simulation.bulk import begin_calls, begin_rows
from simulation.profiles import profile

if TYPE_CHECKING:
    from sandbox.models import Sandbox

DEFAULT_START = "2022-09-01T00:00:00+08:00"
COUNTS = ["orders", "days", "chunk"]


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(CHINA).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise CommandError(f"--start {text!r} 不是时刻，请写成 2022-09-01T08:00:00") from None


class Command(BaseCommand):
    help = "让 N 件诉求在 D 天内到来（或让一份来电文件中的来电到来），运行到全部归档，并给出统计与事件摘要。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, default=1000, help="来电件数（默认 1000）")
        parser.add_argument("--days", type=int, default=3, help="到来的天数（默认 3）")
        parser.add_argument("--seed", type=int, default=1, help="种子：同种子同结果（默认 1）")
        parser.add_argument("--profile", default="default", help="行为设定（seeds/profiles/ 下的文件名）")
        parser.add_argument("--start", metavar="TIME", help=f"起始时刻（默认 {DEFAULT_START}；来电文件默认其首日）")
        parser.add_argument("--chunk", type=int, default=driver.CHUNK, help="每个事务至多多少条日程")
        parser.add_argument("--calls", metavar="FILE", help="来电文件（.csv 或 .xlsx）")
        parser.add_argument("--columns", metavar="time=…,text=…", default="", help="来电文件各列的表头")
        parser.add_argument("--slug", help="沙箱的名字（默认自动）")
        parser.add_argument("--json", action="store_true", help="只输出 JSON")

    def handle(self, **options: Any) -> None:
        for name in COUNTS:
            if options[name] < 1:
                raise CommandError(f"--{name} 须为不小于 1 的整数，现为 {options[name]}")
        options["start"] = _instant(options["start"]) if options["start"] else None
        try:
            catalogue.load()
            profile(options["profile"])
            result = self._calls(options) if options["calls"] else self._orders(options)
        except (Refused, SeedError) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(report.text(result))
        if result["clock"] == Clock.HALTED:
            raise CommandError("时钟因错停止；见 halted 一栏")

    def _orders(self, options: dict[str, Any]) -> dict[str, Any]:
        start = options["start"] or datetime.fromisoformat(DEFAULT_START)
        self._fits(start, options["days"])
        prepare()
        sandbox = self._found(options, start)
        with turns.seat(sandbox.pk):  # so that no worker beside this command drives it too
            begin_calls(sandbox, orders=options["orders"], days=options["days"])
            return self._run(sandbox, options, options["orders"])

    def _calls(self, options: dict[str, Any]) -> dict[str, Any]:
        rows, errors = calls.read(options["calls"], calls.columns(options["columns"]))
        for error in errors:
            self.stderr.write(f"第 {error['row']} 行 {error['column']}：{error['problem']}。{error['remedy']}")
        if not rows:
            raise CommandError(f"{options['calls']} 没有可以运行的行")
        start, rows = calls.shifted(rows, options["start"])
        prepare()
        sandbox = self._found(options, start)
        with turns.seat(sandbox.pk):
            begin_rows(sandbox, rows)
            result = self._run(sandbox, options, len(rows))
        return {**result, "rows": len(rows), "errors": errors, "waiting": report.waiting(sandbox)}

    def _fits(self, start: datetime, days: int) -> None:
        if (calendar().end - start).days < days + 90:
            raise Refused(
                f"{days} 天的来电及其办理超出工作日历的最后一天 {calendar().last}",
                code="beyond_calendar",
                field="days",
                remedy="请缩短天数或提早起始时刻",
            )

    def _found(self, options: dict[str, Any], start: datetime) -> Sandbox:
        slug = options["slug"] or queries.free_slug("simulation")
        return actions.found(slug, seed=options["seed"], start=start, profile=options["profile"])

    def _run(self, sandbox: Sandbox, options: dict[str, Any], orders: int) -> dict[str, Any]:
        began = wall.stopwatch()
        work = driver.Driver(sandbox, chunk=options["chunk"], budget=float("inf"))
        with tqdm(total=orders, unit="件", file=sys.stderr, disable=options["json"] or None, desc="归档") as bar:
            while not work.step():
                if not bar.disable:
                    bar.update(report.archived(sandbox) - bar.n)
            bar.update(report.archived(sandbox) - bar.n)
        seconds = wall.stopwatch() - began
        return report.result(sandbox, seconds=seconds)
