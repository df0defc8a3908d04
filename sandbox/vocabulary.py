"""The ground's words."""

from django.db.models import TextChoices


class Clock(TextChoices):
    """What a sandbox's clock is doing."""

    FROZEN = "frozen", "冻结"
    RUNNING = "running", "运行"
    WAITING = "waiting", "等待确认"
    HALTED = "halted", "因错停止"
