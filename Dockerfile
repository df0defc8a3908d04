# The image of web, worker, beat and migrate: Python, the locked packages and the program, run by nobody's root.
FROM python:3.11-slim-bookworm AS packages
RUN pip install --no-cache-dir uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /srv/yueyan
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin yueyan
ENV PATH=/srv/yueyan/.venv/bin:$PATH PYTHONUNBUFFERED=1 HOME=/tmp
WORKDIR /srv/yueyan
COPY --from=packages /srv/yueyan/.venv .venv
COPY . .
RUN python -m compileall -q config console simulation platforms workorders identity sandbox
USER 10001:10001
EXPOSE 8000
CMD ["python", "manage.py", "serve"]
