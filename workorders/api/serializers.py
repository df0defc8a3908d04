"""Shapes of work orders: what a call states, what each action needs, what an order shows."""

from datetime import date
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from identity.organisations import LEVELS, kinds, unit
from identity.vocabulary import PartyKind
from sandbox.api.serializers import known_region
from sandbox.api.shapes import Body, Instant, PageQuery, Query
from sandbox.regions import city_of
from workorders.categories import categories
from workorders.lifecycle import AssignmentState, CallState, OrderState
from workorders.vocabulary import Channel, Deadline, Ending, RejectReason, RequestType, Satisfied, Solved

MAX_TEXT = 2000
BATCH = 1000


class CallerIn(Body):
    """Who calls. Fictitious people only: a phone beginning with 100 can never be anybody's."""

    name = serializers.CharField(max_length=60)
    phone = serializers.RegexField(
        r"^[0-9+\-]{3,20}$", required=False, default="", help_text="例如 10000000001；测试人物的见 GET /api/v1/personas"
    )
    document = serializers.RegexField(r"^[0-9A-Z]{0,18}$", required=False, default="")
    kind = serializers.ChoiceField(choices=PartyKind.choices, required=False, default=PartyKind.NATURAL)


class WorkOrderIn(Body):
    """A demand. What is not stated is recognised from the words."""

    text = serializers.CharField(max_length=MAX_TEXT, help_text="诉求内容")
    caller = CallerIn()
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, default=Channel.PHONE)
    place = serializers.CharField(
        max_length=200, required=False, default="", allow_blank=True, help_text="地点，用人的话说"
    )
    region = serializers.RegexField(r"^[0-9]{6}([0-9]{3})?$", required=False, help_text="地区代码")
    type = serializers.ChoiceField(choices=RequestType.choices, required=False)
    category = serializers.RegexField(r"^[0-9]{4}$", required=False, help_text="类目代码")
    urgent = serializers.BooleanField(required=False, default=False)
    confidential = serializers.BooleanField(required=False, default=False)


class BatchIn(Body):
    orders = serializers.ListField(
        child=WorkOrderIn(), min_length=1, max_length=BATCH, help_text=f"1 至 {BATCH} 件，全收或全不收"
    )

    def to_internal_value(self, data: Any) -> Any:
        orders = data.get("orders") if isinstance(data, dict) else None
        if isinstance(orders, list) and len(orders) > BATCH:  # before each of them is looked at
            raise serializers.ValidationError({"orders": [ErrorDetail(f"一次至多 {BATCH} 件", code="max_length")]})
        return super().to_internal_value(data)


class CallerOut(serializers.Serializer[Any]):
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=PartyKind.choices)
    name = serializers.CharField(help_text="脱敏")
    phone = serializers.CharField(help_text="脱敏")


class RecognitionOut(serializers.Serializer[Any]):
    category_confidence = serializers.IntegerField(help_text="类目的把握，%；由人写明的为 100")
    place_confidence = serializers.IntegerField(help_text="地点的把握，%")


class WorkOrderRow(serializers.Serializer[Any]):
    """A work order in a list."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=OrderState.choices)
    ending = serializers.ChoiceField(choices=Ending.choices, allow_blank=True)
    type = serializers.ChoiceField(choices=RequestType.choices, allow_blank=True)
    channel = serializers.ChoiceField(choices=Channel.choices)
    text = serializers.CharField()
    category = serializers.CharField()
    region = serializers.CharField()
    urgent = serializers.BooleanField()
    confidential = serializers.BooleanField()
    unit = serializers.CharField()
    received_at = Instant()
    due_at = Instant(allow_null=True)


class PhoneCallIn(Body):
    """Somebody dials 12345."""

    caller = CallerIn()
    hotline = serializers.RegexField(r"^[0-9]{6}$", help_text="市的地区代码；省级平台为 440000")


class PhoneCallOut(serializers.Serializer[Any]):
    """A phone call (话务). Who calls is not shown: a report may be confidential."""

    number = serializers.CharField()
    hotline = serializers.CharField()
    state = serializers.ChoiceField(choices=CallState.choices)
    offered_at = Instant()
    ended_waiting_at = Instant(allow_null=True, help_text="接通或放弃的时刻")
    intelligent = serializers.BooleanField(help_text="由智能客服接听")
    order_number = serializers.CharField(help_text="由此登记的工单；空为没有")


class PhoneCallQuery(PageQuery):
    state = serializers.ChoiceField(required=False, choices=CallState.choices)
    hotline = serializers.RegexField(r"^[0-9]{6}$", required=False)


class AllowedAction(serializers.Serializer[Any]):
    action = serializers.CharField()
    label = serializers.CharField()
    allowed = serializers.BooleanField(help_text="以这个请求的身份，现在可否进行")
    by = serializers.ListField(child=serializers.CharField(), help_text="哪些角色可以")
    needs = serializers.ListField(child=serializers.CharField(), help_text="必填字段")
    refused = serializers.DictField(allow_null=True, help_text="不可时的理由：code 与 detail")


class AssignmentOut(serializers.Serializer[Any]):
    position = serializers.IntegerField(help_text="第几次派单")
    unit = serializers.CharField()
    unit_name = serializers.CharField()
    rule = serializers.CharField(help_text="生效的派单规则；空为由人指定")
    rule_basis = serializers.CharField()
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    dispatched_at = Instant()
    sign_by = Instant()
    signed_at = Instant(allow_null=True)
    contact_by = Instant(allow_null=True)
    contacted_at = Instant(allow_null=True)
    answered_at = Instant(allow_null=True)
    answer = serializers.CharField()
    solved = serializers.ChoiceField(choices=Solved.choices, allow_blank=True)
    return_reason = serializers.CharField()
    return_basis = serializers.CharField()
    suggested_unit = serializers.CharField()
    review_remark = serializers.CharField()


class FollowUpOut(serializers.Serializer[Any]):
    attempt = serializers.IntegerField()
    at = Instant()
    intelligent = serializers.BooleanField(help_text="智能回访；否则为人工")
    reached = serializers.BooleanField()
    contacted = serializers.BooleanField(allow_null=True)
    solved = serializers.ChoiceField(choices=Solved.choices, allow_blank=True)
    satisfied = serializers.ChoiceField(choices=Satisfied.choices, allow_blank=True)
    reasonable = serializers.BooleanField()
    remark = serializers.CharField()


class PendingDeadline(serializers.Serializer[Any]):
    what = serializers.ChoiceField(choices=Deadline.choices)
    due = Instant()
    overdue = serializers.BooleanField()
    rule = serializers.CharField(help_text="依据的规则，见 GET /api/v1/rules")
    explanation = serializers.CharField(help_text="一句话说明：期限多长，依据什么，日历是否推定")


class WorkOrderOut(WorkOrderRow):
    """A work order in full."""

    state_label = serializers.CharField()
    place = serializers.CharField()
    category_name = serializers.CharField()
    region_name = serializers.CharField()
    unit_name = serializers.CharField()
    caller = CallerOut()
    recognition = RecognitionOut()
    accepted_at = Instant(allow_null=True)
    completed_at = Instant(allow_null=True)
    closed_at = Instant(allow_null=True)
    archived_at = Instant(allow_null=True)
    reject_reason = serializers.ChoiceField(choices=RejectReason.choices, allow_null=True)
    answer = serializers.CharField()
    article = serializers.CharField(help_text="智能客服据以答复的知识库条目；空为不是")
    article_confidence = serializers.IntegerField(allow_null=True, help_text="对该条目的把握，百分数；无条目为 null")
    remark = serializers.CharField()
    solved = serializers.ChoiceField(choices=Solved.choices, allow_blank=True)
    satisfied = serializers.ChoiceField(choices=Satisfied.choices, allow_blank=True)
    redo_count = serializers.IntegerField()
    assignments = AssignmentOut(many=True)
    follow_ups = FollowUpOut(many=True)
    deadlines = PendingDeadline(many=True)
    allowed_actions = AllowedAction(many=True)


class BatchOut(serializers.Serializer[Any]):
    results = WorkOrderRow(many=True)


class OrderQuery(PageQuery):
    """Filters of the list; each narrows it further."""

    state = serializers.ChoiceField(required=False, choices=OrderState.choices)
    ending = serializers.ChoiceField(required=False, choices=Ending.choices)
    type = serializers.ChoiceField(required=False, choices=RequestType.choices)
    channel = serializers.ChoiceField(required=False, choices=Channel.choices)
    category = serializers.RegexField(r"^[0-9]{2}([0-9]{2})?$", required=False, help_text="类目，或两位的领域")
    region = serializers.RegexField(r"^[0-9]{6}([0-9]{3})?$", required=False, help_text="地区；市含其县区")
    unit = serializers.RegexField(r"^[0-9]{6,9}-[a-z0-9]{1,10}$", required=False)
    urgent = serializers.BooleanField(required=False)
    received_from = Instant(required=False)
    received_before = Instant(required=False)

    def validate_category(self, code: str) -> str:
        if not any(known.startswith(code) for known in categories()):
            raise serializers.ValidationError(f"没有类目或领域 {code}", code="unknown_category")
        return code

    def validate_region(self, code: str) -> str:
        return known_region(code)

    def validate_unit(self, code: str) -> str:
        if unit(code) is None:
            raise serializers.ValidationError(f"没有单位 {code}", code="unknown_unit")
        return code


# what each action needs -----------------------------------------------------------------------------------


def _text(label: str, *, required: bool = True) -> Any:
    if required:
        return serializers.CharField(max_length=MAX_TEXT, help_text=label)
    return serializers.CharField(max_length=MAX_TEXT, required=False, allow_blank=True, help_text=label)


class AcceptIn(Body):
    type = serializers.ChoiceField(choices=RequestType.choices, required=False)
    category = serializers.RegexField(r"^[0-9]{4}$", required=False)
    region = serializers.RegexField(r"^[0-9]{6}([0-9]{3})?$", required=False)
    urgent = serializers.BooleanField(required=False)


class RejectIn(Body):
    reason = serializers.ChoiceField(choices=RejectReason.choices, help_text="不予受理事由 1–8")
    remark = _text("告知诉求人的说明与正确渠道", required=False)


class AnswerDirectlyIn(Body):
    text = _text("答复内容")


class DispatchIn(Body):
    unit = serializers.RegexField(r"^[0-9]{6,9}-[a-z0-9]{1,10}$", required=False, help_text="不写则按规则")
    category = serializers.RegexField(r"^[0-9]{4}$", required=False)
    region = serializers.RegexField(r"^[0-9]{6}([0-9]{3})?$", required=False)


class NothingIn(Body):
    """No fields."""


class ReturnIn(Body):
    reason = _text("退单理由")
    legal_basis = _text("退单依据")
    suggested_unit = serializers.RegexField(r"^[0-9]{6,9}-[a-z0-9]{1,10}$", help_text="建议承办单位")


class RemarkIn(Body):
    remark = _text("说明", required=False)


class ReasonIn(Body):
    reason = _text("理由")


class OptionalReasonIn(Body):
    reason = _text("理由", required=False)


class AnswerIn(Body):
    text = _text("答复内容")
    solved = serializers.ChoiceField(choices=Solved.choices, help_text="是否解决")


class FollowUpIn(Body):
    reached = serializers.BooleanField(help_text="是否接通")
    contacted = serializers.BooleanField(required=False, allow_null=True, help_text="承办单位是否联系过")
    solved = serializers.ChoiceField(choices=Solved.choices, required=False)
    satisfied = serializers.ChoiceField(choices=Satisfied.choices, required=False)
    reasonable = serializers.BooleanField(required=False, default=True, help_text="诉求是否合理")
    remark = _text("说明", required=False)


ACTION_BODIES: dict[str, type[Body]] = {
    "accept": AcceptIn,
    "reject": RejectIn,
    "answer_directly": AnswerDirectlyIn,
    "dispatch": DispatchIn,
    "sign": NothingIn,
    "return_to_centre": ReturnIn,
    "approve_return": RemarkIn,
    "refuse_return": ReasonIn,
    "contact": NothingIn,
    "answer": AnswerIn,
    "pass_review": NothingIn,
    "send_back": ReasonIn,
    "follow_up": FollowUpIn,
    "close": ReasonIn,
    "withdraw": OptionalReasonIn,
}


# catalogues and indicators --------------------------------------------------------------------------------


class CategoryOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    field = serializers.CharField()
    field_name = serializers.CharField()
    keywords = serializers.ListField(child=serializers.CharField())
    not_accepted = serializers.ChoiceField(choices=RejectReason.choices, allow_null=True)
    excluded_from_satisfaction = serializers.BooleanField()


class ArticleOut(serializers.Serializer[Any]):
    """An article of the knowledge base."""

    code = serializers.CharField()
    category = serializers.CharField()
    title = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField(), help_text="问的人常说的词")
    answer = serializers.CharField()


class UnitOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.ChoiceField(choices=list(LEVELS))
    region = serializers.CharField()
    kind = serializers.CharField(source="kind.code")
    parent = serializers.CharField()
    responsibilities = serializers.SerializerMethodField()

    def get_responsibilities(self, unit: Any) -> list[str]:
        return sorted(unit.kind.responsibilities)


class UnitQuery(PageQuery):
    region = serializers.RegexField(r"^[0-9]{6}([0-9]{3})?$", required=False)
    level = serializers.ChoiceField(required=False, choices=list(LEVELS))
    kind = serializers.CharField(required=False, max_length=10)
    category = serializers.RegexField(r"^[0-9]{4}$", required=False, help_text="负责某类目的单位")

    def validate_region(self, code: str) -> str:
        return known_region(code)

    def validate_kind(self, code: str) -> str:
        if code not in kinds():
            raise serializers.ValidationError(f"没有单位种类 {code}", code="unknown_kind")
        return code

    def validate_category(self, code: str) -> str:
        if code not in categories():
            raise serializers.ValidationError(f"没有类目 {code}", code="unknown_category")
        return code


class DispatchRuleOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.CharField()
    type = serializers.CharField(allow_null=True)
    urgent = serializers.BooleanField(allow_null=True)
    level = serializers.CharField()
    kind = serializers.CharField()
    basis = serializers.CharField()


class IndicatorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    formula = serializers.CharField()
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text="四位小数；分母为零时为 null")


class IndicatorsOut(serializers.Serializer[Any]):
    states = serializers.DictField(child=serializers.IntegerField(), help_text="到 last 为止，各状态的工单数")
    endings = serializers.DictField(child=serializers.IntegerField())
    indicators = IndicatorOut(many=True)


class IndicatorQuery(Query):
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)
    city = serializers.RegexField(r"^[0-9]{6}$", required=False, help_text="市；440000 为省级热线自己的")

    def validate_city(self, code: str) -> str:
        if city_of(known_region(code)) != code:
            raise serializers.ValidationError(f"{code} 不是市", code="not_a_city")
        return code

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("first", date.min) > attrs.get("last", date.max):
            raise serializers.ValidationError("last 须不早于 first", code="range")
        return attrs
