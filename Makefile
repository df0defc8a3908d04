# `make up` runs the province, `make test` passes the tests; both set up what they need first.
PY := .venv/bin/python

.PHONY: setup up test check train bench bench-large docs screenshots
setup: .venv/ready
.venv/ready: pyproject.toml uv.lock
	@command -v uv >/dev/null || { python3 -m venv .venv && .venv/bin/pip install -q uv; }
	@PATH="$$PATH:.venv/bin" uv sync --frozen -q $(if $(wildcard .venv/bin/uv),--inexact) && touch $@
up: setup
	@$(PY) manage.py up $(ARGS)
test: setup
	@$(PY) -m tests.run $(ARGS)
check: setup
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy . && .venv/bin/lint-imports
	@$(PY) manage.py check_seeds && $(PY) -m training --check
	@$(PY) manage.py makemigrations --check --dry-run && $(PY) manage.py document --check
docs: setup
	@YUEYAN_WRITE_EXAMPLES=1 $(PY) -m pytest tests/test_examples.py
	@$(PY) manage.py document
screenshots: setup
	@$(PY) -m tests.console.screenshots
train: setup
	@$(PY) -m training
bench: setup
	@$(PY) -m bench $(ARGS)
bench-large: setup
	@$(PY) -m bench --large $(ARGS)
