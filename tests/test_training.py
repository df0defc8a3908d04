"""Learning how categories are recognised: the weights shipped come from the material there is."""

import sys

import pytest

from training import __main__ as training
from workorders.recognition import NOTHING, Learnt, features, learnt, numbered, packed, scored, spelt


@pytest.fixture
def check(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["training", "--check"])
    return training.main


def test_the_weights_were_learnt_from_what_is_there(check):
    assert check() == 0


def test_weights_that_were_learnt_from_something_else_are_noticed(check, monkeypatch, capsys):
    written = training.texts()
    monkeypatch.setattr(training, "texts", lambda: [(written[0][0] + "了", written[0][1]), *written[1:]])

    assert check() == 1
    assert "make train" in capsys.readouterr().err


def test_no_text_held_apart_is_learnt_from():
    from tests.workorders.test_held_apart import rows

    assert {text for text, _ in training.texts()} & {row["text"] for row in rows()} == set()


def test_what_was_learnt_tells_categories_apart_and_is_the_same_every_time():
    said = {
        "0101": ["路灯不亮", "路灯坏了", "灯不亮"],
        "0102": ["停水三天", "停水了", "没有水"],
        NOTHING: ["你好", "你好吗"],
    }
    learning = [(features(text, []), code) for code, listed in said.items() for text in listed]

    codes, weights = training.learn(learning)

    model = Learnt("", codes, [], {feature: packed(row) for feature, row in weights.items()})
    assert [scored(model, found)[0] for found, _ in learning] == [code for _, code in learning]
    assert training.learn(learning) == (codes, weights)


def test_confidence_is_how_often_one_so_far_ahead_was_right():
    margins = training.np.repeat(training.np.arange(0, 500, 5), 100)
    right = training.np.tile(training.np.arange(100), 100) < training.np.repeat(training.np.arange(100), 100)

    levels = training.calibrated(margins, right)

    assert len(levels) == 99 and levels == sorted(levels)
    assert 200 < levels[49] < 300


@pytest.mark.parametrize("feature", ["路", "路灯", "5G", "a"])
def test_a_feature_is_a_number_and_the_same_feature_again(feature):
    assert spelt(numbered(feature)) == feature
    assert numbered(feature) in features(f"，{feature}，", [])


def test_no_text_as_long_as_it_may_be_overflows_a_lane():
    known = learnt()
    lanes = known.lanes
    heaviest = max(
        max(lanes.unpack((row & (1 << 8 * lanes.size) - 1).to_bytes(lanes.size, "little")))
        for row in known.says.values()
    )

    assert (300 + 299) * heaviest < 1 << 16
    assert len(features("".join(map(chr, range(0x4E00, 0x4E00 + 2000))), [])) == 300 + 299
