r"""People and companies that never exist, recognisably so, with numbers whose check digits are right.

Identity numbers lie in the unassigned area 449900, credit codes in the same region; phones begin with 100,
which nobody can dial. Where somebody else's form asks for `^1[3-9]\d{9}$`, the same eight digits may follow 154, a
prefix that public tables list as given to no operator; that may change, so nothing here ever calls such a number.
Surnames are words of the stage (演, 虚, 拟 …) that no family has.
"""

from dataclasses import dataclass

from sandbox.checkdigits import credit_code, identity_number, organisation_code
from sandbox.draws import Draw

AREA = "449900"
SAFE, FORM_VALID = "100", "154"  # the two styles of a phone: what its eight digits follow
SURNAMES = "演虚拟仿设"
_FIRST = "安宁春晓晴朗远山秋实静好知行若谷明月清风"
_SECOND = "一二三四五六七八九十百千"
_TRADES = [
    "便利店",
    "小食店",
    "五金行",
    "服装厂",
    "物流公司",
    "软件公司",
    "家政公司",
    "电子厂",
    "幼教中心",
    "农产品合作社",
]


@dataclass(frozen=True, slots=True)
class Fictitious:
    kind: str  # natural | legal
    name: str
    document: str
    phone: str


def phone(number: int, prefix: str = SAFE) -> str:
    """`100` (or, to pass other people's forms, `154`) and eight digits: a length people expect, a number nobody has."""
    return f"{prefix}{number % 100_000_000:08d}"


def citizen(seed: int, number: int) -> Fictitious:
    """The n-th fictitious citizen of a sandbox: the same one every time."""
    drawn = Draw(seed, f"party-{number}", "citizen")
    birth = f"{drawn.between(1945, 2003)}{drawn.between(1, 12):02d}{drawn.between(1, 28):02d}"
    first17 = f"{AREA}{birth}{number % 1000:03d}"
    name = drawn.one_of(SURNAMES) + drawn.one_of(_FIRST) + drawn.one_of(_SECOND)
    return Fictitious("natural", name, first17 + identity_number(first17), phone(number))


def company(seed: int, number: int) -> Fictitious:
    """The n-th fictitious company of a sandbox."""
    organisation = f"MA{number % 1_000_000:06d}"
    first17 = f"91{AREA}{organisation}{organisation_code(organisation)}"
    trade = Draw(seed, f"party-{number}", "company").one_of(_TRADES)
    return Fictitious("legal", f"粤演第{number}号{trade}", first17 + credit_code(first17), phone(number))
