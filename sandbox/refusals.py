"""A refusal is a sentence with a code: in Chinese for people, stable for programs."""

from typing import Any


class Refused(Exception):
    """What was asked goes against a rule of the trade, and nothing was changed.

    `code` is stable and for programs; `detail` names the rule; `remedy` says what to do instead;
    `field` names the input at fault; `status` is the HTTP status an interface answers with.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        status: int = 409,
        field: str | None = None,
        remedy: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail, self.code, self.status = detail, code, status
        self.field, self.remedy, self.extra = field, remedy, extra

    def __str__(self) -> str:
        parts = [self.detail, f"({self.code})"]
        if self.remedy:
            parts.append(f"— {self.remedy}")
        return " ".join(parts)


class SandboxBusy(Refused):
    """Another write had its turn for longer than this one could wait."""

    def __init__(self) -> None:
        super().__init__(
            "沙箱正忙：前面的写入尚未完成",
            code="sandbox_busy",
            status=409,
            remedy="请稍后用同一 Idempotency-Key 重试",
            retry_after=1,
        )


class NotFound(Refused):
    """There is no such record in this sandbox (or it belongs to another one, which looks the same)."""

    def __init__(self, what: str, number: str, *, field: str | None = None) -> None:
        super().__init__(
            f"本沙箱中没有{what} {number}",
            code="not_found",
            status=404,
            field=field,
            remedy="请核对编号与所用密钥所属的沙箱",
        )
