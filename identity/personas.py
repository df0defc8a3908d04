"""Test people (测试人物): documented persons, companies, units and officials, each with one outcome it forces.

Read from `seeds/personas.toml`. Who they are stands here; what an outcome makes simulated people do is the
simulation's business (`simulation/casting.py`). An outcome a later part makes real is marked `not yet`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import TextChoices

from identity.fictitious import AREA, FORM_VALID, SAFE, SURNAMES
from identity.organisations import units
from sandbox import catalogue
from sandbox.checkdigits import credit_code, identity_number, organisation_code


class PersonaKind(TextChoices):
    NATURAL = "natural", "个人"
    LEGAL = "legal", "企业"
    UNIT = "unit", "承办单位"
    OFFICIAL = "official", "公职人员"


class DocumentType(TextChoices):
    IDENTITY_NUMBER = "identity_number", "居民身份证"
    CREDIT_CODE = "credit_code", "统一社会信用代码"
    HK_MACAO_PERMIT = "hk_macao_permit", "港澳居民来往内地通行证"


class PersonaStatus(TextChoices):
    NOW = "now", "现在就会发生"
    NOT_YET = "not yet", "留待以后"


TRUST_LEVELS = {2: "二级：自行申报", 3: "三级：两要素一致", 4: "四级：实人实名实证", 5: "五级：证书或现场核验"}
FILE = "personas.toml"
_FILE = catalogue.Shape({"plain": dict, "persona": list, "outcome": list}, {})
_PERSONA = catalogue.Shape(
    {
        **dict.fromkeys(["id", "kind", "name", "document", "phone_safe", "phone_form_valid"], str),
        **dict.fromkeys(["sms_code", "outcome", "status", "what"], str),
        "trust_level": int,
    },
    {"document_type": str, "unit": str},
)
_OUTCOME = catalogue.Shape(
    {"id": str, "name": str}, {"conduct": dict, "demand": dict, "until_redo": int, "until_attempt": int}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a persona forces, in words and as the seed states it; nothing is stated of what is `not yet`."""

    id: str
    name: str
    where: str  # its place in the file, for whoever finds fault with it later
    conduct: Mapping[str, Any]
    demand: Mapping[str, Any]
    until_redo: int | None
    until_attempt: int | None

    @property
    def status(self) -> PersonaStatus:
        return PersonaStatus.NOW if self.conduct or self.demand else PersonaStatus.NOT_YET


@dataclass(frozen=True, slots=True)
class Persona:
    id: str
    kind: str
    name: str
    document_type: str
    document: str
    phone_safe: str
    phone_form_valid: str
    trust_level: int
    sms_code: str  # fixed, for tests that sign in by themselves
    unit: str  # its code, where the persona is one
    outcome: Outcome
    status: str
    what: str

    @property
    def code(self) -> str:
        return self.id

    @property
    def phones(self) -> tuple[str, str]:
        return self.phone_safe, self.phone_form_valid


@cache
def _read() -> dict[str, Any]:
    return catalogue.toml(catalogue.path(FILE))


def plain() -> Mapping[str, Any]:
    """How everybody else behaves in a persona's order, as the seed states it."""
    _FILE.check(catalogue.path(FILE), "文件", _read())
    return _read()["plain"]  # type: ignore[no-any-return]


@cache
def outcomes() -> dict[str, Outcome]:
    """Every outcome by its id."""
    file = catalogue.path(FILE)
    found: dict[str, Outcome] = {}
    for where, row in catalogue.tables(file, _read(), "outcome", _OUTCOME, beside=["persona", "plain"]):
        catalogue.once(file, where, row["id"], found)
        found[row["id"]] = Outcome(
            row["id"],
            row["name"],
            where,
            row.get("conduct", {}),
            row.get("demand", {}),
            row.get("until_redo"),
            row.get("until_attempt"),
        )
    return found


@cache
def personas() -> dict[str, Persona]:
    """Every test person by its id; no phone, document or unit belongs to two of them."""
    file = catalogue.path(FILE)
    found: dict[str, Persona] = {}
    taken: dict[str, str] = {}
    for where, row in catalogue.tables(file, _read(), "persona", _PERSONA, beside=["outcome", "plain"]):
        catalogue.once(file, where, row["id"], found)
        persona = _persona(file, where, row)
        for key in ("document", "phone_safe", "phone_form_valid", "unit"):
            value = getattr(persona, key)
            if value in taken:
                raise catalogue.SeedError(file, where, f"{key} {value} 已属于 {taken[value]}", "每人用各自的号码")
            if value:
                taken[value] = persona.id
        found[persona.id] = persona
    return found


def _persona(file: Path, where: str, row: dict[str, Any]) -> Persona:
    def wrong(problem: str, remedy: str) -> catalogue.SeedError:
        return catalogue.SeedError(file, where, problem, remedy)

    if not re.fullmatch(r"[a-z0-9-]{1,20}", row["id"]):
        raise wrong(f"id {row['id']} 有误", "用 1 至 20 个小写字母、数字、连字符")
    kind = row["kind"]
    if kind not in PersonaKind.values:
        raise wrong(f"没有人物种类 {kind}", f"可用：{'、'.join(PersonaKind.values)}")
    company = kind in (PersonaKind.LEGAL, PersonaKind.UNIT)
    document_type = row.get("document_type", DocumentType.CREDIT_CODE if company else DocumentType.IDENTITY_NUMBER)
    if document_type not in DocumentType.values or company != (document_type == DocumentType.CREDIT_CODE):
        raise wrong(f"证件类型 {document_type} 与 {kind} 不符", f"可用：{'、'.join(DocumentType.values)}")
    if problem := _WELL_FORMED[document_type](row["document"], kind):
        raise wrong(f"document {row['document']} {problem}", "号码须属虚构地区 449900，且校验位正确")
    for key, prefix in (("phone_safe", SAFE), ("phone_form_valid", FORM_VALID)):
        if not re.fullmatch(rf"{prefix}[0-9]{{8}}", row[key]):
            raise wrong(f"{key} {row[key]} 有误", f"须以 {prefix} 开头，其后八位数字")
    if row["phone_safe"][3:] != row["phone_form_valid"][3:]:
        raise wrong("两种写法的电话后八位不同", "同一人后八位须相同")
    if row["trust_level"] not in TRUST_LEVELS:
        raise wrong(f"trust_level {row['trust_level']} 有误", "可信等级为 2 至 5")
    if not re.fullmatch(r"[0-9]{6}", row["sms_code"]):
        raise wrong(f"sms_code {row['sms_code']} 有误", "须为六位数字")
    _recognisable(wrong, kind, row)
    outcome = outcomes().get(row["outcome"])
    if outcome is None:
        raise wrong(f"没有结果 {row['outcome']}", f"可用：{'、'.join(outcomes())}")
    if row["status"] != outcome.status:
        raise wrong(
            f"status {row['status']} 与结果 {outcome.id} 不符",
            "结果写了 conduct 或 demand 的为 now，没有写的为 not yet",
        )
    return Persona(
        **{key: row[key] for key in row.keys() - {"outcome", "document_type", "unit"}},
        outcome=outcome,
        document_type=document_type,
        unit=row.get("unit", ""),
    )


def _recognisable(wrong: Any, kind: str, row: dict[str, Any]) -> None:
    """Nobody may take a persona for a real person, company or unit."""
    name, unit = row["name"], units().get(row.get("unit", ""))
    if (kind == PersonaKind.UNIT) != ("unit" in row) or ("unit" in row and (unit is None or not unit.kind.test)):
        raise wrong(f"unit {row.get('unit', '')} 有误", "承办单位须写演示单位的代码，其他人不写；见 organisations.toml")
    if unit is not None and unit.name != name:
        raise wrong(f"名称 {name} 不是单位 {unit.code} 的", f"请写 {unit.name}")
    if kind == PersonaKind.LEGAL and not name.startswith("粤演"):
        raise wrong(f"名称 {name} 看不出是虚构的", "企业名称以“粤演”开头")
    if kind in (PersonaKind.NATURAL, PersonaKind.OFFICIAL) and name[:1] not in SURNAMES:
        raise wrong(f"姓名 {name} 看不出是虚构的", f"姓氏用 {'、'.join(SURNAMES)} 之一")


def _identity_number(number: str, kind: str) -> str:
    """What is wrong with an identity number; empty if nothing is."""
    if not re.fullmatch(rf"{AREA}[0-9]{{11}}[0-9X]", number):
        return "不是虚构地区的身份证号"
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return "出生日期不存在"
    return "" if number[17] == identity_number(number[:17]) else "校验位有误"


def _credit_code(code: str, kind: str) -> str:
    """What is wrong with a credit code (companies' begin with 91, government's with 11)."""
    prefix = "11" if kind == PersonaKind.UNIT else "91"
    if not re.fullmatch(rf"{prefix}{AREA}[0-9A-HJ-NP-RTUW-Y]{{10}}", code):
        return f"不是虚构地区的信用代码（以 {prefix}{AREA} 开头）"
    right = code[16] == organisation_code(code[8:16]) and code[17] == credit_code(code[:17])
    return "" if right else "校验位有误"


def _permit(number: str, kind: str) -> str:
    """What is wrong with a permit's number; it has neither an area nor a check digit."""
    return "" if re.fullmatch(r"[HM]0{6}[0-9]{2}", number) else "不是约定的通行证号段 H000000xx、M000000xx"


_WELL_FORMED = {
    DocumentType.IDENTITY_NUMBER: _identity_number,
    DocumentType.CREDIT_CODE: _credit_code,
    DocumentType.HK_MACAO_PERMIT: _permit,
}
