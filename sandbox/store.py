"""How a unit of work reaches the database: whole tables at a time, in few statements.

New rows go by COPY on PostgreSQL and by one prepared statement on SQLite; changed rows by one UPDATE from
a temporary table, leaving out the columns that are written once (a model names them in `written_once`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from itertools import islice
from operator import itemgetter
from sys import intern
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError, connection, models
from django.db.models.base import ModelState
from psycopg.copy import QueuedLibpqWriter
from psycopg.types.datetime import TimestamptzLoader

Row = tuple[Any, ...]
_NO_WRITES = {"25006", "25P03"}  # PostgreSQL: a standby's transaction, and one that was idle too long


def away(error: BaseException) -> bool:
    """Whether an error means that the database is away, or takes no writes for now: nobody's fault."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") in _NO_WRITES
    return isinstance(error, OperationalError | InterfaceError)


@cache
def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def instant_text(value: datetime, iso: str) -> str:
    """An instant as this database takes it in text (PostgreSQL takes the ISO form): made once for many rows."""
    if on_postgresql():
        return iso
    return value.astimezone(UTC).isoformat(" ")[:19]


def _sqlite_instant(value: datetime | str | None) -> str | None:
    return value if value is None or isinstance(value, str) else value.astimezone(UTC).isoformat(" ")[:19]


def _sqlite_day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


_KINDS = (
    models.IntegerField, models.CharField, models.TextField, models.BooleanField, models.DateField, models.ForeignKey
)  # fmt: skip


def _plain(value: Any) -> Any:
    """A choice as the text or number the database has for it: what is plain compares and is written fastest."""
    return value.value if isinstance(value, Enum) else value


class Table:
    """One model's table: its columns, and which of them may change."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        if strange := [field.name for field in fields if not isinstance(field, _KINDS)]:
            raise TypeError(f"{model.__name__}: rows are written and loaded without Django; teach this table {strange}")
        self.model = model
        self.name = model._meta.db_table
        self.label = model._meta.label_lower
        self._defaults = {field.attname: _plain(field.get_default()) for field in fields}
        self._width = len(fields) + 1  # with `_state`
        self._keys = {field.name: field.attname for field in fields if isinstance(field, models.ForeignKey)}
        self.columns = [str(field.column) for field in fields]
        names = ", ".join(f'"{column}"' for column in self.columns)
        self.copy_in = f'COPY "{self.name}" ({names}) FROM STDIN'
        self._names = [field.attname for field in fields]
        # codes and choices: few values in many rows
        self._recurring = [
            field.attname
            for field in fields
            if isinstance(field, models.CharField) and (field.choices or (field.max_length or 255) <= 12)
        ]
        self._row = itemgetter(*self._names)
        once = {"id", "sandbox", *getattr(model, "written_once", ())}
        changing = [field for field in fields if field.name not in once]
        self.changing = [str(field.column) for field in changing]
        # the id first: it says which row, and stands last in SQLite's UPDATE
        self._change = itemgetter("id", *[field.attname for field in changing])
        self._sqlite = {
            field.column: _sqlite_instant if isinstance(field, models.DateTimeField) else _sqlite_day
            for field in fields
            if isinstance(field, models.DateField)
        }

    # straight from the instance's dict: descriptors of foreign keys would cost a call each
    def row(self, record: Any) -> Row:
        """All columns of a record."""
        found: Row = self._row(record.__dict__)
        return found

    def change(self, record: Any) -> Row:
        """The id of a record and the columns that may change."""
        found: Row = self._change(record.__dict__)
        return found

    def make(self, values: dict[str, Any]) -> Any:
        """A new record from its fields: what the model's own constructor does, at a third of its cost."""
        record = self.model.__new__(self.model)
        record._state = ModelState()
        state = record.__dict__
        for name, column in self._keys.items():
            if name in values:
                target = values.pop(name)
                values[column] = None if target is None else target.pk
        state.update(self._defaults)
        state.update(values)
        if len(state) > self._width:
            raise TypeError(f"{self.name} has no field {', '.join(values.keys() - self._defaults.keys())}")
        return record

    def load(self, ids: Iterable[int]) -> Iterator[Any]:
        """Records by their ids, in bulk: what Django's own loading does, at about half its cost."""
        names = ", ".join(f'"{column}"' for column in self.columns)
        remaining = iter(ids)
        while some := list(islice(remaining, 500)):
            with connection.cursor() as cursor:
                if on_postgresql():  # psycopg's own reading of instants, in whose place Django puts a slower one
                    cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
                    cursor.execute(f'SELECT {names} FROM "{self.name}" WHERE id = ANY(%s)', [some])
                    rows = cursor.fetchall()
                else:
                    marks = ", ".join(["%s"] * len(some))
                    cursor.execute(f'SELECT {names} FROM "{self.name}" WHERE id IN ({marks})', some)
                    rows = map(self._from_sqlite, cursor.fetchall())
            for row in rows:
                record = self.model.__new__(self.model)
                record._state = state = ModelState()
                state.adding, state.db = False, connection.alias
                values = record.__dict__
                values.update(zip(self._names, row, strict=True))
                for name in self._recurring:  # one text for all records that have it
                    values[name] = intern(values[name])
                yield record

    def _from_sqlite(self, row: Row) -> Row:
        return tuple([one.replace(tzinfo=UTC) if one.__class__ is datetime else one for one in row])

    def _for_sqlite(self, columns: Sequence[str], rows: Iterable[Row]) -> Iterable[Row]:
        converted = [(at, self._sqlite[column]) for at, column in enumerate(columns) if column in self._sqlite]
        for row in rows:
            values = list(row)
            for at, convert in converted:
                values[at] = convert(values[at])  # type: ignore[arg-type]
            yield tuple(values)

    def insert(self, rows: Iterable[Row]) -> None:
        """Append rows, each a tuple of all columns."""
        with connection.cursor() as cursor:
            if on_postgresql():
                with connection.wrap_database_errors, cursor.copy(self.copy_in) as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(self.columns))
                names = ", ".join(f'"{column}"' for column in self.columns)
                _sqlite_many(
                    cursor,
                    f'INSERT INTO "{self.name}" ({names}) VALUES ({marks})',
                    self._for_sqlite(self.columns, rows),
                )

    def update(self, objects: Sequence[Any]) -> None:
        """Write what changed in rows that are there already."""
        with connection.cursor() as cursor:
            if on_postgresql():
                self.stage(cursor, ["id", *self.changing], map(self.change, objects))
                sets = ", ".join(f'"{column}" = s."{column}"' for column in self.changing)
                cursor.execute(f'UPDATE "{self.name}" t SET {sets} FROM "{self.staged}" s WHERE t.id = s.id')
                cursor.execute(f'TRUNCATE "{self.staged}"')
            else:
                sets = ", ".join(f'"{column}" = ?' for column in self.changing)
                rows = self._for_sqlite(["id", *self.changing], map(self.change, objects))
                _sqlite_many(
                    cursor, f'UPDATE "{self.name}" SET {sets} WHERE id = ?', (row[1:] + row[:1] for row in rows)
                )

    def delete(self, prefix: dict[str, Any], column: str, values: Sequence[int]) -> None:
        """Remove the rows with these values in a column, among those with the given others."""
        where = " AND ".join(f'"{name}" = %s' for name in prefix)
        with connection.cursor() as cursor:
            for start in range(0, len(values), 5000):
                some = list(values[start : start + 5000])
                if on_postgresql():
                    cursor.execute(
                        f'DELETE FROM "{self.name}" WHERE {where} AND "{column}" = ANY(%s)', [*prefix.values(), some]
                    )
                else:
                    marks = ", ".join(["%s"] * len(some))
                    cursor.execute(
                        f'DELETE FROM "{self.name}" WHERE {where} AND "{column}" IN ({marks})',
                        [*prefix.values(), *some],
                    )

    def upsert(self, rows: Sequence[Row], key: Sequence[str], add: str = "") -> None:
        """Write rows by a natural key: what is there is replaced, but `add` names a column that is added to."""
        names = ", ".join(f'"{column}"' for column in self.columns)
        keep = {"sandbox_id", *key, *(["id"] if add else [])}
        sets = ", ".join(
            f'"{column}" = "{self.name}"."{column}" + excluded."{column}"'
            if column == add
            else f'"{column}" = excluded."{column}"'
            for column in self.columns
            if column not in keep
        )
        conflict = ", ".join(f'"{column}"' for column in ["sandbox_id", *key])
        with connection.cursor() as cursor:
            if on_postgresql():
                self.stage(cursor, self.columns, rows)
                cursor.execute(
                    f'INSERT INTO "{self.name}" ({names}) SELECT {names} FROM "{self.staged}" '
                    f"ON CONFLICT ({conflict}) DO UPDATE SET {sets}"
                )
                cursor.execute(f'TRUNCATE "{self.staged}"')
            else:
                marks = ", ".join("?" * len(self.columns))
                _sqlite_many(
                    cursor,
                    f'INSERT INTO "{self.name}" ({names}) VALUES ({marks}) ON CONFLICT ({conflict}) DO UPDATE SET {sets}',
                    self._for_sqlite(self.columns, rows),
                )

    @property
    def staged(self) -> str:
        return f"staged_{self.name}"

    def stage(self, cursor: Any, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Bring rows into a temporary table of this connection (PostgreSQL)."""
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.execute(f"SELECT to_regclass('pg_temp.{self.staged}')")
        if cursor.fetchone()[0] is None:  # AS, not LIKE: without NOT NULL, as some columns stay out
            cursor.execute(
                f'CREATE TEMP TABLE "{self.staged}" ON COMMIT DELETE ROWS AS SELECT * FROM "{self.name}" LIMIT 0'
            )
        with connection.wrap_database_errors, cursor.copy(f'COPY "{self.staged}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


def _sqlite_many(cursor: Any, statement: str, rows: Iterable[Row]) -> None:
    with connection.wrap_database_errors:
        cursor.cursor.connection.executemany(statement, rows)


class Stream:
    """Rows that go to a table while the world goes on (PostgreSQL): a COPY that stays open until the database is
    asked anything else. On SQLite, which writes in this very thread, they are written at once.

    `line` writes a row as a line of PostgreSQL's text format: what knows its columns is three times as fast as
    what does not.
    """

    def __init__(self, into: Table, line: Callable[[Row], str]) -> None:
        self._into, self._line = into, line
        self._open: ExitStack | None = None
        self._copy: Any = None

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def send(self, rows: Iterable[Row]) -> None:
        """Append rows; on PostgreSQL a second thread passes them on."""
        if not on_postgresql():
            self._into.insert(rows)
            return
        if self._open is None:
            with ExitStack() as opening:
                opening.enter_context(connection.wrap_database_errors)
                cursor = opening.enter_context(connection.cursor())
                self._copy = opening.enter_context(
                    cursor.cursor.copy(self._into.copy_in, writer=QueuedLibpqWriter(cursor.cursor))
                )
                opening.enter_context(connection.execute_wrapper(self._ended_first))
                self._open = opening.pop_all()
        self._copy.write("".join(map(self._line, rows)))

    def end(self) -> None:
        """Wait until all rows are in. Raises what the database has against them."""
        if self._open is not None:
            stack, self._open, self._copy = self._open, None, None
            stack.close()

    def abandon(self, error: BaseException) -> None:
        """Send nothing more: the transaction is rolled back."""
        if self._open is not None:
            stack, self._open, self._copy = self._open, None, None
            stack.__exit__(type(error), error, error.__traceback__)

    def _ended_first(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.end()
        return execute(*args)


@cache
def table(model: type[models.Model]) -> Table:
    return Table(model)
