"""Shapes of test people."""

from typing import Any

from rest_framework import serializers

from identity.personas import TRUST_LEVELS, DocumentType, PersonaKind, PersonaStatus, outcomes
from sandbox.api.shapes import PageQuery


class OutcomeOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class PhonesOut(serializers.Serializer[Any]):
    safe = serializers.CharField(source="phone_safe", help_text="以 100 开头，任何人都拨不通")
    form_valid = serializers.CharField(source="phone_form_valid", help_text="以 154 开头，能通过常见的手机号表单")


class PersonaOut(serializers.Serializer[Any]):
    """A test person: nobody real, with numbers whose check digits are right."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=PersonaKind.choices)
    name = serializers.CharField()
    document_type = serializers.ChoiceField(choices=DocumentType.choices)
    document = serializers.CharField()
    phones = PhonesOut(source="*", help_text="同一人的两种写法，用哪个都一样")
    trust_level = serializers.ChoiceField(choices=sorted(TRUST_LEVELS.items()), help_text="可信等级")
    sms_code = serializers.CharField(help_text="固定的短信验证码，只供持续集成")
    unit = serializers.CharField(help_text="人物是承办单位时它的代码，可用于派单；否则为空")
    outcome = OutcomeOut()
    status = serializers.ChoiceField(choices=PersonaStatus.choices, help_text="not yet：目前没有任何作用")
    what = serializers.CharField(help_text="会发生什么")


class PersonaQuery(PageQuery):
    """Filters of the list; each narrows it further."""

    kind = serializers.ChoiceField(required=False, choices=PersonaKind.choices)
    outcome = serializers.CharField(required=False, max_length=40, help_text="结果的 id")
    status = serializers.ChoiceField(required=False, choices=PersonaStatus.choices)

    def validate_outcome(self, identifier: str) -> str:
        if identifier not in outcomes():
            raise serializers.ValidationError(f"没有结果 {identifier}", code="unknown_outcome")
        return identifier
