"""Shapes of the sandbox itself: clock, roles, rules, events, regions."""

from datetime import date
from typing import Any

from rest_framework import serializers

from sandbox import canonical
from sandbox.api.shapes import Body, Instant, PageQuery, Query
from sandbox.calendar import calendar
from sandbox.clock import MAX_RATE
from sandbox.regions import region
from sandbox.vocabulary import Clock


class HaltOut(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="哪一种日程")
    subject = serializers.IntegerField()
    due = serializers.CharField()
    error = serializers.CharField()
    reason = serializers.CharField()


class UntilOut(serializers.Serializer[Any]):
    idle = serializers.BooleanField()
    type = serializers.CharField()
    subject = serializers.CharField()


class ClockOut(serializers.Serializer[Any]):
    """The clock: where it stands, where it is going, how far it lags."""

    state = serializers.ChoiceField(choices=Clock.choices)
    now = Instant()
    target = Instant(allow_null=True)
    lag_seconds = serializers.IntegerField(help_text="落后目标多少模拟秒；0 为已到达")
    rate = serializers.IntegerField(help_text="每真实秒走多少模拟秒；0 为不走")
    until = UntilOut(allow_null=True)
    barrier = serializers.BooleanField()
    waiting_for_event = serializers.IntegerField(allow_null=True)
    halted = HaltOut(allow_null=True)


class CatalogueOut(serializers.Serializer[Any]):
    pinned = serializers.CharField(help_text="建立沙箱时种子数据的指纹")
    current = serializers.CharField(help_text="现在种子数据的指纹；两者不同则重放可能不同")


class SandboxOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    seed = serializers.IntegerField()
    profile = serializers.CharField()
    generation = serializers.IntegerField()
    start = Instant()
    clock = ClockOut()
    open_roles = serializers.ListField(child=serializers.CharField())
    acting_as = serializers.CharField(help_text="这个请求以谁的身份行事")
    last_event = serializers.IntegerField()
    event_hash = serializers.CharField(help_text="最后一个事件的链式摘要")
    catalogue = CatalogueOut()


class UntilIn(Body):
    """Stop at the first event of a type (and a subject), or when nothing is booked any more."""

    type = serializers.CharField(required=False, max_length=60, help_text="事件类型，如 work_order.closed")
    subject = serializers.CharField(required=False, max_length=60, help_text="事件的主体，如工单编号")
    idle = serializers.BooleanField(required=False, help_text="直到没有任何预定的日程")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs or (attrs.get("idle") and len(attrs) > 1) or not any(attrs.values()):
            raise serializers.ValidationError("请给出 type、subject，或者单独的 idle=true", code="until_empty")
        return attrs


class ByIn(Body):
    days = serializers.IntegerField(required=False, min_value=0, max_value=3000)
    hours = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    minutes = serializers.IntegerField(required=False, min_value=0, max_value=6_000_000)
    seconds = serializers.IntegerField(required=False, min_value=0, max_value=360_000_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("请给出 days、hours、minutes 或 seconds", code="span_missing")
        return attrs


class AdvanceIn(Body):
    """Exactly one of `to` and `by`, or `until` (alone, or bounded by one of them)."""

    to = Instant(required=False, help_text="拨到某一时刻")
    by = ByIn(required=False, help_text="拨快一段时间")
    until = UntilIn(required=False, help_text="拨到某个事件发生时")
    wait = serializers.IntegerField(
        required=False, default=20, min_value=0, max_value=60, help_text="至多等多少真实秒；未到的由后台接着拨"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "to" in attrs and "by" in attrs:
            raise serializers.ValidationError("to 与 by 只能给一个", code="to_or_by")
        if not {"to", "by", "until"} & attrs.keys():
            raise serializers.ValidationError("请给出 to、by 或 until", code="target_missing")
        return attrs


class RunIn(Body):
    rate = serializers.IntegerField(min_value=1, max_value=MAX_RATE, help_text="每真实秒走多少模拟秒")


class BarrierIn(Body):
    on = serializers.BooleanField()


class SettleIn(Body):
    event = serializers.IntegerField(min_value=0, max_value=1 << 40, help_text="已收到的最后一个事件的编号")


class RoleIn(Body):
    role = serializers.CharField(max_length=60, help_text="角色，如 dispatcher；或某单位 department:440106-cg")


class RoleOut(serializers.Serializer[Any]):
    role = serializers.CharField()
    label = serializers.CharField()
    open = serializers.BooleanField(help_text="是否留给人扮演")
    open_units = serializers.ListField(child=serializers.CharField())


class RuleOut(serializers.Serializer[Any]):
    """One number of the rule book: its value, unit, source, and how sure it is."""

    key = serializers.CharField()
    name = serializers.CharField()
    value = serializers.IntegerField()
    unit = serializers.CharField()
    source = serializers.CharField()
    certainty = serializers.CharField(help_text="S 官方原文，S2 二手来源，C 计算，K 行业常识未核实，D 本项目设计")
    effective_from = serializers.SerializerMethodField()
    effective_to = serializers.SerializerMethodField()
    overridden = serializers.BooleanField()

    def get_effective_from(self, rule: Any) -> str | None:
        return rule.effective_from.isoformat() if rule.effective_from.year > 1 else None

    def get_effective_to(self, rule: Any) -> str | None:
        return rule.effective_to.isoformat() if rule.effective_to.year < 9999 else None


class RuleIn(Body):
    value = serializers.IntegerField(allow_null=True, min_value=0, max_value=1000, help_text="null 为恢复规则库的值")


class RegionOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.ChoiceField(choices=["province", "city", "county", "street"])
    kind = serializers.CharField()
    parent = serializers.CharField()


class RegionQuery(PageQuery):
    level = serializers.ChoiceField(required=False, choices=["province", "city", "county", "street"])
    parent = serializers.RegexField(r"^[0-9]{6}$", required=False)

    def validate_parent(self, code: str) -> str:
        return known_region(code)


def known_region(code: str) -> str:
    """A region of the province, to filter by."""
    if region(code) is None:
        raise serializers.ValidationError(f"广东省没有地区 {code}", code="unknown_region")
    return code


class EventOut(serializers.Serializer[Any]):
    """One step of the world."""

    number = serializers.IntegerField()
    type = serializers.CharField()
    subject = serializers.CharField()
    at = Instant()
    actor = serializers.CharField()
    caused_by = serializers.IntegerField(allow_null=True)
    data = serializers.SerializerMethodField()
    hash = serializers.CharField()

    def get_data(self, event: Any) -> dict[str, Any]:
        found: dict[str, Any] = canonical.loads(event.data)
        return found


class EventQuery(Query):
    after = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=1 << 39, help_text="从哪个编号之后"
    )
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=1000)
    type = serializers.CharField(required=False, max_length=60)
    subject = serializers.CharField(required=False, max_length=60)


class EventPage(serializers.Serializer[Any]):
    results = EventOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="接着取时作为 after；没有更多时为 null")


class Day(serializers.Serializer[Any]):
    date = serializers.DateField()
    working = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=["workday", "weekend", "holiday", "make_up"])
    name = serializers.CharField()
    assumed = serializers.BooleanField(help_text="该年放假通知尚未公布，此日为推定")


class CalendarQuery(Query):
    first = serializers.DateField()
    last = serializers.DateField()

    def validate_first(self, day: date) -> date:
        if not calendar().first <= day <= calendar().last:
            raise serializers.ValidationError(
                f"工作日历自 {calendar().first} 至 {calendar().last}", code="beyond_calendar"
            )
        return day

    validate_last = validate_first

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not 0 <= (attrs["last"] - attrs["first"]).days <= 366:
            raise serializers.ValidationError("last 须不早于 first，且相距不超过一年", code="range")
        return attrs
