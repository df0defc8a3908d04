"""`manage.py sandbox`: found, list, wake and delete sandboxes, and give keys to them."""

import argparse
import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sandbox import actions, catalogue, clock, queries
from sandbox.catalogue import SeedError
from sandbox.management.database import prepare
from sandbox.models import Sandbox
from sandbox.moments import CHINA, iso
from sandbox.refusals import NotFound, Refused
from sandbox.vocabulary import Clock

START = "2022-09-01T09:00:00"


class Command(BaseCommand):
    help = "建立、列出、唤醒、删除沙箱，给出密钥。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="建立一个冻结的沙箱，并给出所有者密钥")
        create.add_argument("slug")
        create.add_argument("--seed", type=int, default=1)
        create.add_argument("--start", default=START, help=f"起始时刻（默认 {START}）")
        create.add_argument("--profile", default="default", help="行为设定")
        verbs.add_parser("list", help="列出全部沙箱")
        key = verbs.add_parser("key", help="给出一个密钥（只显示一次）")
        key.add_argument("slug")
        key.add_argument("actor", nargs="?", default=actions.OWNER, help="owner（默认），或如 department:440106-cg")
        verbs.add_parser("wake", help="恢复备份或长久停机之后：运行中的时钟从停下处继续，不补停机的时间")
        delete = verbs.add_parser("delete", help="删除沙箱及其中的一切")
        delete.add_argument("slug")

    def handle(self, **options: Any) -> None:
        prepare()
        try:
            result = getattr(self, f"_{options['verb']}")(options)
        except (Refused, SeedError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))

    def _create(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            start = datetime.fromisoformat(options["start"])
        except ValueError:
            raise CommandError(f"--start {options['start']!r} 不是时刻，例如 {START}") from None
        start = start if start.tzinfo else start.replace(tzinfo=CHINA)
        catalogue.load()
        sandbox = actions.found(options["slug"], seed=options["seed"], start=start, profile=options["profile"])
        return {**_face(sandbox), "key": actions.give_key(sandbox)}

    def _list(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return [_face(sandbox) for sandbox in Sandbox.objects.order_by("id")]

    def _key(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"sandbox": options["slug"], "key": actions.give_key(_named(options["slug"]), options["actor"])}

    def _wake(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        clock.wake_all()
        return [_face(sandbox) for sandbox in Sandbox.objects.filter(clock=Clock.RUNNING).order_by("id")]

    def _delete(self, options: dict[str, Any]) -> dict[str, Any]:
        sandbox = _named(options["slug"])
        actions.delete(sandbox)
        return {"deleted": options["slug"]}


def _named(slug: str) -> Sandbox:
    found = queries.by_slug(slug)
    if found is None:
        raise NotFound("沙箱", slug, field="slug")
    return found


def _face(sandbox: Sandbox) -> dict[str, Any]:
    stands = {"clock": sandbox.clock, "now": iso(sandbox.now), "event_hash": sandbox.head}
    return {"sandbox": sandbox.slug, "seed": sandbox.seed, **stands}
