"""`manage.py migrate`, which refuses in one line a database that cannot be reached or is ahead of this program."""

from typing import Any

from django.core.management.commands import migrate

from sandbox.management import database


class Command(migrate.Command):
    def handle(self, *arguments: Any, **options: Any) -> None:
        database.recorded()
        super().handle(*arguments, **options)
