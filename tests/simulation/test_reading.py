"""How a simulated agent reads a call whose story nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.reading import refusal_of, type_of
from workorders.vocabulary import RejectReason, RequestType


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("请问医保怎么办理异地备案", RequestType.CONSULTATION),
        ("我要举报楼下的黑作坊", RequestType.REPORT),
        ("表扬一下社区的工作人员", RequestType.PRAISE),
        ("建议在路口增设红绿灯", RequestType.SUGGESTION),
        ("投诉健身房不退卡", RequestType.COMPLAINT),
        ("家里没水了，求助", RequestType.HELP),
    ],
)
def test_the_words_suggest_a_type(text, type):
    assert type_of(text) == type


def test_what_stands_first_in_the_file_decides():
    assert type_of("请问在哪里举报") == RequestType.REPORT
    assert type_of("我投诉，请问怎么处理") == RequestType.CONSULTATION


@pytest.mark.parametrize("text", ["", "楼下的灯", "abc"])
def test_where_the_words_suggest_nothing_a_person_is_waited_for(text):
    assert type_of(text) == ""
    assert refusal_of(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("前面着火了快来人", RejectReason.EMERGENCY),
        ("部队营区的噪音", RejectReason.MILITARY),
        ("法院的判决我不服", RejectReason.LEGAL_ROUTE),
        ("我在湖南老家的宅基地", RejectReason.ELSEWHERE),
        ("没事，陪我聊天吧", RejectReason.NUISANCE),
    ],
)
def test_the_words_call_for_a_refusal_and_its_reason(text, reason):
    assert refusal_of(text) == reason


@pytest.mark.parametrize("text", ["石牌东路的路灯不亮", "请问社保卡怎么办理", "楼上装修扰民"])
def test_an_ordinary_demand_is_not_refused(text):
    assert refusal_of(text) is None


@given(st.text(st.characters()))
def test_any_text_is_read_without_failing(text):
    assert type_of(text) in ("", *RequestType.values)
    assert refusal_of(text) in (None, *RejectReason.values)
