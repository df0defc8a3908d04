"""Test people: nobody real, with numbers that are right in form, and a seed file whose mistakes are told."""

import re
from collections import Counter
from datetime import date

import pytest

from identity.fictitious import SURNAMES, citizen, company, phone
from identity.organisations import in_region, nearest, unit, units
from identity.personas import DocumentType, PersonaKind, PersonaStatus, outcomes, personas
from sandbox.catalogue import SeedError
from sandbox.checkdigits import credit_code, identity_number, organisation_code
from sandbox.regions import PROVINCE, regions
from simulation.casting import forced, plain
from simulation.profiles import Chance, fields, profile
from workorders.dispatch import dispatch_rules

PEOPLE = list(personas().values())
TEST_UNITS = [code for code, one in units().items() if one.kind.test]
by_id = pytest.mark.parametrize("persona", PEOPLE, ids=lambda one: one.id)


# who they are -------------------------------------------------------------------------------------------


def test_there_are_more_than_thirty_of_every_kind():
    kinds = Counter(one.kind for one in PEOPLE)

    assert len(PEOPLE) >= 36
    assert set(kinds) == set(PersonaKind)
    assert Counter(one.status for one in PEOPLE)[PersonaStatus.NOW] >= 20


@by_id
def test_their_documents_are_well_formed_and_lie_in_no_place(persona):
    number = persona.document

    if persona.document_type == DocumentType.HK_MACAO_PERMIT:
        assert re.fullmatch(r"[HM]000000\d\d", number)
    elif persona.kind in (PersonaKind.NATURAL, PersonaKind.OFFICIAL):
        assert number[:6] == "449900" and number[17] == identity_number(number[:17])
        assert date.fromisoformat(number[6:14])
    else:
        assert number[2:8] == "449900" and number[17] == credit_code(number[:17])
        assert number[16] == organisation_code(number[8:16])
        assert number[:2] == ("11" if persona.kind == PersonaKind.UNIT else "91")
    assert "449900" not in regions()


@by_id
def test_their_phones_stand_in_the_documented_blocks(persona):
    safe, form_valid = persona.phones

    assert re.fullmatch(r"100990\d{5}", safe) and not re.fullmatch(r"1[3-9]\d{9}", safe)
    assert re.fullmatch(r"154990\d{5}", form_valid) and re.fullmatch(r"1[3-9]\d{9}", form_valid)
    assert safe[3:] == form_valid[3:]
    assert (safe, form_valid) == (phone(int(safe[3:])), phone(int(safe[3:]), "154"))


@by_id
def test_they_are_recognisably_invented_and_say_what_happens(persona):
    if persona.kind in (PersonaKind.NATURAL, PersonaKind.OFFICIAL):
        assert persona.name[0] in SURNAMES
    else:
        assert persona.name.startswith("粤演")
    assert re.fullmatch(r"\d{6}", persona.sms_code)
    assert persona.trust_level in (2, 3, 4, 5)
    assert persona.what.endswith("。")


def test_no_two_of_them_share_a_number():
    for numbers in (
        [one.document for one in PEOPLE],
        [number for one in PEOPLE for number in one.phones],
        [one.sms_code for one in PEOPLE],
        [one.name for one in PEOPLE],
    ):
        assert len(set(numbers)) == len(numbers)


def test_nobody_of_a_sandboxs_population_has_a_personas_number():
    """Residents are born on the 1st to the 28th and found companies counted by number; personas are not."""
    people = [citizen(7, number) for number in range(1, 5_001)] + [company(7, number) for number in range(1, 5_001)]
    born = {one.document[12:14] for one in PEOPLE if len(one.document) == 18 and one.document.startswith("449900")}

    assert born <= {"29", "30", "31"}
    assert not {one.document for one in people} & {one.document for one in PEOPLE}
    assert not {one.phone for one in people} & {number for one in PEOPLE for number in one.phones}


def test_every_outcome_is_somebodys():
    assert {one.outcome.id for one in PEOPLE} == set(outcomes())


def test_a_test_unit_for_every_persona_that_is_one():
    assert sorted(one.unit for one in PEOPLE if one.kind == PersonaKind.UNIT) == sorted(TEST_UNITS)
    assert all(unit(code).region == PROVINCE and unit(code).name.startswith("粤演") for code in TEST_UNITS)


def test_no_rule_and_no_neighbour_leads_to_a_test_unit():
    assert not set(in_region(PROVINCE)) & set(TEST_UNITS)
    assert not any(unit(code).kind.responsibilities for code in TEST_UNITS)
    assert {rule.kind for rule in dispatch_rules()}.isdisjoint(unit(code).kind.code for code in TEST_UNITS)
    assert {
        found.code
        for kind in {rule.kind for rule in dispatch_rules()}
        for level in ("province", "city", "county")
        if (found := nearest(kind, "440106", level))
    }.isdisjoint(TEST_UNITS)


def test_whatever_is_left_to_chance_with_others_is_certain_in_a_personas_order():
    """Only the dispatcher's mistakes are left: they are made where the story behind a call is known."""
    certain = {(role, key) for role, values in plain().items() for key in values}
    how = profile("default")
    chances = {
        (role, one.name)
        for role in ("caller", "agent", "dispatcher", "department", "reviewer", "follow_up")
        for one in fields(getattr(how, role))
        if one.type == "Chance" or one.type is Chance
    }
    calls_only = {("caller", name) for name in ("must_be_refused", "confidential_reports", "gives_place")}

    assert chances - certain == calls_only | {("dispatcher", "mistakes")}


# the seed file ------------------------------------------------------------------------------------------

PLACE = "[[persona]] 第 1 条"
LAST = "[[persona]] 第 2 条"
MISTAKES = {  # what stands there, what stands there instead, what the error says
    "an unknown key": ("trust_level = 4", "trust = 4", "[[persona]] 第 1 条", "不认识的键 trust", "可用的键"),
    "a missing key": ("sms_code = ", "# sms_code = ", PLACE, "缺少 sms_code", "请补上"),
    "a wrong type": ("trust_level = 4", 'trust_level = "4"', PLACE, "trust_level 应为 int", "请改正类型"),
    "an id that is none": ('id = "p01"', 'id = "P 01"', PLACE, "id P 01 有误", "小写字母"),
    "an id listed twice": ('id = "p02"', 'id = "p01"', LAST, "代码 p01 重复", "只能出现一次"),
    "a kind there is not": ('kind = "natural"', 'kind = "robot"', PLACE, "没有人物种类 robot", "natural"),
    "a phone of another block": ('"10099000101"', '"13800000101"', PLACE, "phone_safe 13800000101 有误", "100 开头"),
    "a form-valid phone of another block": ('"15499000101"', '"13899000101"', PLACE, "phone_form_valid 13899000101", "154"),
    "two phones that are not one": ('"15499000101"', '"15499000999"', PLACE, "后八位不同", "后八位须相同"),
    "a phone of somebody else": (
        'phone_safe = "10099000102"\nphone_form_valid = "15499000102"',
        'phone_safe = "10099000101"\nphone_form_valid = "15499000101"',
        *(LAST, "phone_safe 10099000101 已属于 p01", "各自的号码"),
    ),
    "a document of somebody else": ("449900197903300022", "449900198501300016", LAST, "已属于 p01", "各自的号码"),
    "a wrong check digit": ("449900198501300016", "449900198501300017", PLACE, "校验位有误", "449900"),
    "a credit code's wrong check digit": ("91449900MAPY910133", "91449900MAPY910134", "校验位有误", "449900"),
    "an organisation code's wrong check digit": ("91449900MAPY910133", "91449900MAPY910233", "校验位有误", "449900"),
    "a document of a real place": ("449900198501300016", "440106198501300016", PLACE, "不是虚构地区的身份证号", "449900"),
    "a birthday there was not": ("449900198501300016", "449900198502300016", PLACE, "出生日期不存在", "449900"),
    "a company's code for a unit": ("11449900MAPY11", "91449900MAPY11", "不是虚构地区的信用代码", "11449900"),
    "a permit that might be somebody's": ("H00000001", "H12345678", "不是约定的通行证号段", "449900"),
    "a document that does not fit the kind": (
        'name = "演常满"',
        'name = "演常满"\ndocument_type = "credit_code"',
        *(PLACE, "证件类型 credit_code 与 natural 不符", "identity_number"),
    ),
    "an outcome there is not": ('outcome = "satisfied"', 'outcome = "delighted"', PLACE, "没有结果 delighted", "satisfied"),
    "a trust level too low": ("trust_level = 4", "trust_level = 1", PLACE, "trust_level 1 有误", "2 至 5"),
    "a trust level too high": ("trust_level = 4", "trust_level = 6", PLACE, "trust_level 6 有误", "2 至 5"),
    "a code of five digits": ('"000101"', '"00101"', PLACE, "sms_code 00101 有误", "六位数字"),
    "a promise nothing keeps": (
        'outcome = "account_locked"\nstatus = "not yet"',
        'outcome = "account_locked"\nstatus = "now"',
        *("status now 与结果 account_locked 不符", "conduct"),
    ),
    "a name a family might have": ('name = "演常满"', 'name = "王常满"', PLACE, "看不出是虚构的", "演"),
    "a company that might exist": ('name = "粤演满意便利店"', 'name = "满意便利店"', "看不出是虚构的", "粤演"),
    "a unit there is not": ('unit = "440000-t1"', 'unit = "440000-zz"', "unit 440000-zz 有误", "演示单位"),
    "a real unit": ('unit = "440000-t1"', 'unit = "440000-zj"', "unit 440000-zj 有误", "演示单位"),
    "a unit of another name": ("粤演演示单位（逢单必退）", "粤演演示单位（不退）", "不是单位 440000-t1 的", "逢单必退"),
    "a person who is a unit": ('name = "演常满"', 'name = "演常满"\nunit = "440000-t1"', PLACE, "unit 440000-t1 有误"),
    "an outcome listed twice": ('id = "mostly_satisfied"', 'id = "satisfied"', "[[outcome]] 第 2 条", "代码 satisfied 重复"),
    "a misspelt table": ("[[outcome]]", "[[outcom]]", "outcom: 不认识的表", "可用"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), [(*row[:2], row[2:]) for row in MISTAKES.values()], ids=MISTAKES)
def test_a_mistake_is_told_with_its_file_its_place_and_what_to_do(seeds, old, new, said):  # noqa: F811
    seeds.change("personas.toml", old, new)

    with pytest.raises(SeedError) as caught:
        personas()

    error = str(caught.value)
    assert error.startswith(str(seeds.root / "personas.toml"))
    assert [words for words in said if words not in error] == [], error


FORCED = {
    "a role there is not": ("follow_up = { reached = 0, reached_by_machine = 0 }", "folow_up = { reached = 0 }", "[[outcome]] 第 6 条", "没有角色 folow_up", "follow_up"),
    "a setting there is not": ("{ reached = 0, reached_by_machine = 0 }", "{ reach = 0 }", "conduct follow_up", "不认识的键 reach", "reached"),
    "more than certain": ("{ reached = 0, reached_by_machine = 0 }", "{ reached = 1001 }", "超过 1000", "千分数"),
    "a span turned round": ("[3600, 3600]", "[3600, 60]", "withdraws_after", "[小, 大]"),
    "a demand there is not": ("urgent = true }", "hasty = true }", "demand", "不认识的键 hasty", "urgent"),
    "a type there is not": ('type = "report" }', 'type = "rumour" }', "没有诉求类型 rumour", "report"),
    "a reason there is not": ("reject = 6 }", "reject = 9 }", "没有不予受理事由 9", "RejectReason"),
    "a truth for a number": ("{ reached = 0, reached_by_machine = 0 }", "{ reached = false }", "reached 应为 int", "类型"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), [(*row[:2], row[2:]) for row in FORCED.values()], ids=FORCED)
def test_what_an_outcome_forces_is_checked_as_the_behaviour_profiles_are(seeds, old, new, said):  # noqa: F811
    seeds.change("personas.toml", old, new)

    with pytest.raises(SeedError) as caught:
        forced()

    error = str(caught.value)
    assert error.startswith(str(seeds.root / "personas.toml"))
    assert [words for words in said if words not in error] == [], error


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("[plain.folow_up]\ncaller", "没有角色 folow_up"),
        ("[plain]\ncustomer", "没有角色 customer"),
        ("[plan]\ncaller", "不认识的"),
    ],
)
def test_how_everybody_else_behaves_is_checked_too(seeds, new, said):  # noqa: F811
    seeds.change("personas.toml", "[plain]\ncaller", new)

    with pytest.raises(SeedError, match=said):
        plain()


def test_a_missing_file_of_personas_is_told_by_name(seeds):  # noqa: F811
    (seeds.root / "personas.toml").unlink()

    with pytest.raises(SeedError, match=r"personas\.toml: 文件不存在.*YUEYAN_SEEDS"):
        personas()
