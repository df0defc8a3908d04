from tests.sandbox.test_catalogue import seeds  # noqa: F401 — a copy of the seeds in which a test breaks one thing
