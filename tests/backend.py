"""Loaded before Django: makes sure that tests never touch a developer's own files or database.

`tests/run.py` chooses the backend by environment; plain `pytest` runs on SQLite in a folder of its own.
"""

import os
import tempfile

if "YUEYAN_TEST_BACKEND" not in os.environ:
    os.environ["YUEYAN_TEST_BACKEND"] = "sqlite"
    os.environ["YUEYAN_VAR"] = tempfile.mkdtemp(prefix="yueyan-test-")
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)

BACKEND = os.environ["YUEYAN_TEST_BACKEND"]  # sqlite | postgresql
