"""The database must be there and stand at this program's schema; what is wrong ends a command in one line."""

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.recorder import MigrationRecorder

from sandbox import catalogue, readiness


def prepare() -> None:
    """For commands that may be the first to run: bring the database to the newest schema, if it is not there yet."""
    if readiness.behind(recorded()):
        call_command("migrate", interactive=False, verbosity=0)


def demand() -> None:
    """For services, which never migrate: sound seeds and the schema of this program."""
    try:
        catalogue.load()
    except catalogue.SeedError as error:
        raise CommandError(str(error)) from None
    if old := readiness.behind(recorded()):
        raise CommandError(f"{old}。请先运行 manage.py migrate")
    connections.close_all()  # what is forked from here on opens its own


def recorded() -> set[tuple[str, str]]:
    """The migrations the database has. Refuses a database that cannot be reached or is ahead of this program."""
    try:
        connection.ensure_connection()
        found = set(MigrationRecorder(connection).applied_migrations())
    except (DatabaseError, InterfaceError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        remedy = "请检查 DATABASE_URL，并确认数据库已启动"
        raise CommandError(f"连接不上数据库：{reason}。{remedy}") from None
    if newer := readiness.ahead(found):
        raise CommandError(f"{newer}。请换用写入它的那一版程序，或从升级前的备份恢复（见 docs/operating.md）")
    return found
