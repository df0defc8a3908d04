"""The words of the register."""

from django.db.models import TextChoices


class Area(TextChoices):
    IDENTITY = "identity", "身份、证照与码"
    SERVICES = "services", "政务服务与平台"
    WORKORDERS = "workorders", "12345 热线与诉求"
    DATA = "data", "数据要素与共享"
    PLATFORMS = "platforms", "基础设施与协同办公"
    GOVERNANCE = "governance", "省域治理与保障"
    SECURITY = "security", "网络与数据安全"
    SIMULATION = "simulation", "月报与统计"


class Maturity(TextChoices):
    """How far a system was when the seed documents were written (September 2022)."""

    LIVE = "live", "在用"
    PILOT = "pilot", "试点"
    PLANNED = "planned", "计划"
    RESEARCH = "research", "研究"
    SUPERSEDED = "superseded", "已由他系统承接"
    CLOSED = "closed", "已结束"
    EXTERNAL = "external", "他方系统"
    NAMED_ONLY = "named_only", "仅载其名"


class Basis(TextChoices):
    """Where a capability comes from."""

    STATED = "stated", "原文所说"
    INFERRED = "inferred", "推定的最小一步"


class LoopBasis(TextChoices):
    """Where the stages of a closed loop come from."""

    PRINTED = "printed", "原文所印"
    NARRATIVE = "narrative", "依原文叙述"
    ASSEMBLED = "assembled", "由本项目补齐"


class Measure(TextChoices):
    TOTAL = "total", "累计"
    MONTH = "month", "当月"


class AsOf(TextChoices):
    """How the date of a figure is known."""

    PRINTED = "printed", "原印"
    PUBLICATION = "publication", "未印，取发布日"
    INFERRED = "inferred", "推定"
