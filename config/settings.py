"""Settings, read from the environment; with nothing set, Yueyan runs embedded with its files under var/.

| variable | meaning | default |
|---|---|---|
| DATABASE_URL | the database | SQLite at var/yueyan.sqlite3 |
| REDIS_URL | Celery's broker | in memory, inside `manage.py up` |
| SECRET_KEY | Django's secret | made once, kept in var/secret_key |
| ALLOWED_HOSTS | host names served, separated by commas | localhost, 127.0.0.1, [::1] |
| BEHIND_TLS | 1: a proxy in front ends TLS and sets X-Forwarded-Proto; the board's cookies are then Secure | 0 |
| YUEYAN_VAR | folder for local files | var/ |
| YUEYAN_SEEDS | folder of the world's data | seeds/ |
| LOG_LEVEL | what is logged to stderr | WARNING |
| LOG_FORMAT | lines of `text`, or `json` | text |
| METRICS_TOKEN | `Authorization: Bearer …` that may read /metrics | none: loopback only |
| PROMETHEUS_MULTIPROC_DIR | folder in which the processes of one service count together | each counts alone |
| YUEYAN_HOST, YUEYAN_PORT | where `manage.py serve` listens, and where a worker and a beat answer /readyz | 127.0.0.1:8000; they do not |
"""

import logging
import os
import re
import secrets
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import dj_database_url


def _refuse(name: str, problem: str, remedy: str) -> NoReturn:
    """A setting nothing can run with ends the program with a sentence (never with its value: it may hold a password)."""
    raise SystemExit(f"环境变量 {name} {problem}。{remedy}")


BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("YUEYAN_VAR") or BASE_DIR / "var")
SEEDS_DIR = Path(os.environ.get("YUEYAN_SEEDS") or BASE_DIR / "seeds")


def _secret_key() -> str:
    if given := os.environ.get("SECRET_KEY"):
        if len(given) < 32:
            _refuse("SECRET_KEY", "太短", "请用至少 32 个随机字符，例如 openssl rand -hex 32 的输出")
        return given
    kept = VAR_DIR / "secret_key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(50))
    return kept.read_text()


try:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    SECRET_KEY = _secret_key()
except OSError as error:
    _refuse("YUEYAN_VAR", f"所指的目录不可读写（{error.strerror}）", "请指向一个可写的目录")
if not (SEEDS_DIR / "rules").is_dir():
    _refuse("YUEYAN_SEEDS", "所指的不是种子目录", "请指向一个像 seeds/ 那样、内有 rules/ 的目录")
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in (os.environ.get("ALLOWED_HOSTS") or "localhost,127.0.0.1,[::1]").split(",")]
for _host in ALLOWED_HOSTS:
    if not re.fullmatch(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]", _host):
        _refuse("ALLOWED_HOSTS", "中有一项不是主机名", "请写成 yueyan.example.org,localhost，不带协议、端口与路径")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "sandbox",
    "identity",
    "workorders",
    "platforms",
    "simulation",
    "console",
]
MIDDLEWARE = [
    "sandbox.watch.Watched",  # first: its three addresses need neither a host's name nor anything below
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]


def _database() -> Any:
    try:
        found = dj_database_url.parse(
            os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'yueyan.sqlite3'}",
            conn_max_age=600,
            conn_health_checks=True,  # a database that was restarted costs nobody a request
        )
    except ValueError:
        _refuse("DATABASE_URL", "不是数据库地址", "请写成 postgres://用户:口令@主机:端口/库 或 sqlite:////目录/文件")
    if found["ENGINE"] not in ("django.db.backends.postgresql", "django.db.backends.sqlite3"):
        _refuse("DATABASE_URL", "所指的数据库不受支持", "请使用 PostgreSQL 或 SQLite")
    if not found["NAME"] or ":memory:" in found["NAME"]:  # every thread would have a database of its own
        _refuse("DATABASE_URL", "没有写明库名或文件", "请写成 postgres://主机/库 或 sqlite:////目录/文件")
    if found["ENGINE"].endswith("postgresql"):
        found.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    return found


DATABASES = {"default": _database()}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = Path(DATABASES["default"]["NAME"]).resolve()  # its lock files have one name too
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=30,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;",
    )

AUTH_USER_MODEL = "identity.Account"
SILENCED_SYSTEM_CHECKS = ["auth.E003"]  # a name is unique within its sandbox, not everywhere
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
APPEND_SLASH = False
BEHIND_TLS = {"": False, "0": False, "1": True}.get(os.environ.get("BEHIND_TLS", ""))
if BEHIND_TLS is None:
    _refuse("BEHIND_TLS", "只能是 0 或 1", "前面有终结 TLS 的反向代理时写 1")
if BEHIND_TLS:  # a proxy that ends TLS sets this header itself, whatever a stranger sent
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_HTTPONLY = True  # the board's forms carry the token themselves; the API knows keys only
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host[:1] not in {"", ".", "*"}]  # behind TLS
CSRF_FAILURE_VIEW = "console.views.forged"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # a batch of 1,000 orders of 2,000 characters fits

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["sandbox.api.credentials.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["sandbox.api.credentials.HasKey"],
    "DEFAULT_RENDERER_CLASSES": ["sandbox.api.shapes.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["sandbox.api.shapes.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "sandbox.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Yueyan 粤演",
    "DESCRIPTION": "A sandbox of Guangdong's digital government: 12345 work orders on a simulated clock.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ClockState": "sandbox.vocabulary.Clock.choices",
        "OrderState": "workorders.lifecycle.OrderState.choices",
        "AssignmentState": "workorders.lifecycle.AssignmentState.choices",
        "PartyKind": "identity.vocabulary.PartyKind.choices",
        "RejectReason": "workorders.vocabulary.RejectReason.choices",
        "RegionLevel": "identity.organisations.LEVELS",
        "PersonaKind": "identity.personas.PersonaKind.choices",
    },
    "PREPROCESSING_HOOKS": ["config.schema.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.schema.with_executed_examples",
    ],
}

IN_MEMORY = "memory://yueyan"  # a host's name spares us kombu's warning that there is none
CELERY_BROKER_URL = os.environ.get("REDIS_URL") or IN_MEMORY


def _broker_is_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0  # reading a port that is none raises
    except ValueError:
        return False
    match parts.scheme:
        case "redis" | "rediss":
            return named and re.fullmatch(r"/?\d*", parts.path) is not None
        case "redis+socket":
            return bool(parts.path)
        case "sentinel":
            return named
    return False


if CELERY_BROKER_URL != IN_MEMORY and not all(map(_broker_is_redis, CELERY_BROKER_URL.split(";"))):  # sentinels
    _refuse("REDIS_URL", "不是 Redis 地址", "请写成 redis://:口令@主机:端口/编号")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"polling_interval": 0.02}
    if CELERY_BROKER_URL == IN_MEMORY
    else {"socket_connect_timeout": 3, "socket_timeout": 10, "socket_keepalive": True}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}  # a lost hint is sent anew by the sweep
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # keeps no file
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "sandbox.tasks.sweep", "schedule": 1.0, "options": {"expires": 1}},
    "tidy": {"task": "sandbox.tasks.tidy", "schedule": 3600.0},
}

HOST = os.environ.get("YUEYAN_HOST") or "127.0.0.1"
PORT = os.environ.get("YUEYAN_PORT") or None
if PORT is not None and not (re.fullmatch(r"[0-9]{1,5}", PORT) and 0 < int(PORT) < 65536):
    _refuse("YUEYAN_PORT", "不是端口", "请写成 1 至 65535 的整数")

METRICS_TOKEN = os.environ.get("METRICS_TOKEN") or None
if METRICS_TOKEN is not None and not re.fullmatch(r"[\x21-\x7e]{16,}", METRICS_TOKEN):
    _refuse("METRICS_TOKEN", "不能作令牌", "请用至少 16 个可见的 ASCII 字符，例如 openssl rand -hex 24 的输出")
if _counted := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    try:
        Path(_counted).mkdir(parents=True, exist_ok=True)
        if not os.access(_counted, os.W_OK | os.X_OK):
            raise PermissionError(13, "不可写")
    except OSError as error:
        _refuse("PROMETHEUS_MULTIPROC_DIR", f"所指的目录不可读写（{error.strerror}）", "请指向一个可写的空目录")
else:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # an empty one would count as one

LOG_LEVEL = (os.environ.get("LOG_LEVEL") or "WARNING").upper()
if LOG_LEVEL not in logging.getLevelNamesMapping():
    _refuse("LOG_LEVEL", "不是日志级别", "可用：DEBUG、INFO、WARNING、ERROR")
LOG_FORMAT = (os.environ.get("LOG_FORMAT") or "text").lower()
if LOG_FORMAT not in ("text", "json"):
    _refuse("LOG_FORMAT", "不是日志格式", "可用：text、json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "sandbox.logs.JsonLine"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # what these would say stands in our own lines, without the addresses and hosts somebody typed
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "CRITICAL"},
        # one line for every task sent, taken and done; `sandbox.tasks` says what came of it
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "_granian": {"level": "WARNING"},
    },
}
