"""Recognising what a demand is about, where it lies and whether it is urgent, from the words alone."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.regions import PROVINCE, full_name, region, regions, streets
from workorders.categories import categories
from workorders.places import recognise_place
from workorders.recognition import recognise, recognise_category

SURE = 94  # what `workorder.auto_dispatch_confidence` asks for
COUNTIES = [one for one in regions().values() if one.level == "county"]
WORDS = [word for one in categories().values() for word in (*one.keywords, *one.urgent)]
PLACES = [one.name for one in regions().values()] + [one.short_name for one in regions().values()]


# where ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("天河区", "440106"),
        ("天河", "440106"),
        ("广州天河", "440106"),
        ("广州市天河区石牌东路的路灯不亮", "440106"),
        ("广东省广州市天河区", "440106"),
        ("我住在广州，天河这边", "440106"),
        ("广州", "440100"),
        ("东莞虎门", "441900121"),
        ("东莞市虎门镇", "441900121"),
        ("虎门", "441900121"),
        ("广州市荔湾区沙面街道", "440103001"),
        ("佛山南海", "440605"),
        ("茂名高州", "440981"),
        ("广东", PROVINCE),
    ],
)
def test_a_place_is_recognised_the_ways_people_name_it(text, code):
    found, confidence = recognise_place(text)

    assert found == code
    assert confidence >= SURE


@pytest.mark.parametrize("text", ["", "天", "路灯不亮三天了", "隔壁家的狗", "Tianhe District", "？？？"])
def test_where_no_place_is_named_none_is_recognised(text):
    assert recognise_place(text) == ("", 0)


@pytest.mark.parametrize("county", COUNTIES, ids=lambda one: one.code)
def test_every_county_is_recognised_by_each_of_its_names_next_to_its_citys(county):
    city = regions()[county.parent]

    for said in (full_name(county.code), city.short_name + county.name, city.short_name + county.short_name):
        found, confidence = recognise_place(said)
        assert (said, found) == (said, county.code)
        assert confidence >= SURE


def test_every_street_and_town_is_recognised_by_its_full_name():
    unrecognised = [full_name(code) for code in streets() if recognise_place(full_name(code))[0] != code]

    assert unrecognised == []


@pytest.mark.parametrize("city", ["441900", "442000"])
def test_the_towns_of_a_city_without_counties_are_recognised_by_their_short_names(city):
    for town in streets().values():
        said = regions()[city].short_name + town.short_name
        if town.parent == city and len(town.short_name) > 1:
            assert recognise_place(said)[0] == town.code, said


@pytest.mark.parametrize("text", ["城区", "光明", "南山", "长安", "和平"])
def test_a_name_that_alone_says_too_little_waits_for_a_person(text):
    found, confidence = recognise_place(text)

    assert text in region(found).name
    assert 0 < confidence < SURE


@pytest.mark.parametrize(("text", "code"), [("汕尾城区", "441502"), ("深圳光明", "440311"), ("东莞长安", "441900119")])
def test_such_a_name_says_enough_next_to_its_city(text, code):
    found, confidence = recognise_place(text)

    assert found == code
    assert confidence >= SURE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("中山港口镇有人占道", "442000108"),
        ("中山港街道有人占道", "442000003"),
        ("佛山大沥这边一下雨就淹", "440605125"),
        ("白云三元里，楼上有人赌钱", "440111002"),
        ("我家住蛇口", "440305"),
        ("东莞松山湖办事的地方", "441900"),
    ],
)
def test_towns_streets_and_what_people_call_a_place_are_recognised(text, code):
    assert recognise_place(text)[0] == code


@pytest.mark.parametrize(
    "text",
    [
        "中山路的路灯不亮",
        "和平路那边水表走得飞快",
        "光明街楼上弹琴",
        "新会员充值不能退",
        "这个要求太高，高要求做不到",
        "广大民众都有意见",
        "石牌东路堵车",
    ],
)
def test_what_only_sounds_like_a_place_is_none(text):
    assert recognise_place(text) == ("", 0)


def test_where_somebody_comes_from_counts_less_than_where_it_happens():
    assert recognise_place("我从广州回茂名，在茂南买了套房")[0] == "440902"
    assert recognise_place("我是湛江人，在佛山顺德上班")[0] == "440606"


def test_a_road_named_after_a_place_does_not_move_a_matter_there():
    assert recognise_place("深圳罗湖的中山路上")[0] == "440303"


def test_of_two_places_named_alike_neither_is_sure():
    found, confidence = recognise_place("天河区和越秀区之间的路")

    assert found in ("440106", "440104")
    assert confidence < SURE


def test_a_city_named_along_with_another_citys_county_makes_it_less_sure():
    alone, doubted = recognise_place("广州天河"), recognise_place("深圳人在广州天河")

    assert doubted[0] == alone[0] == "440106"
    assert doubted[1] < alone[1]


def test_the_more_precise_place_of_one_chain_is_taken():
    assert recognise_place("广州天河石牌街道，属于广州市")[0] == "440106006"


# what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", categories().values(), ids=lambda one: one.code)
def test_every_word_of_a_category_leads_to_it(category):
    for word in category.keywords:
        found, confidence = recognise_category(word)
        assert (word, found) == (word, category.code)
        assert 0 < confidence < 100


def test_the_words_of_two_categories_make_neither_sure():
    lamp, both = recognise_category("路灯不亮"), recognise_category("路灯不亮，垃圾桶也满了")

    assert lamp[0] == both[0] == "0101"
    assert both[1] < lamp[1]


def test_saying_a_word_again_does_not_make_it_surer():
    assert recognise_category("路灯路灯路灯") == recognise_category("路灯")


def test_the_more_is_said_of_it_the_surer_it_is():
    said = [recognise_category(text) for text in ("漆黑", "巷子漆黑", "巷子里的灯坏了，漆黑一片")]

    assert [category for category, _ in said] == ["0101"] * 3
    assert said[0][1] < said[1][1] < said[2][1]


@pytest.mark.parametrize("word", ["老人", "孩子", "晚上", "公司", "收费", "没人管", "材料"])
def test_a_word_that_is_said_of_many_matters_is_not_enough_for_one(word):
    assert recognise_category(word)[1] < SURE


def test_a_word_that_shows_the_way_is_not_the_matter():
    matter, way = recognise_category("幼儿园要收赞助费"), recognise_category("路灯不亮，在幼儿园对面")

    assert (matter[0], way[0]) == ("0404", "0101")
    assert way[1] < recognise_category("路灯不亮")[1]


def test_the_name_of_a_place_says_nothing_of_the_matter():
    assert recognise_category("电白区霞洞镇") == ("", 0)
    assert recognise_category("惠州市博罗县石坝镇") == ("", 0)


def test_what_was_never_said_in_quite_these_words_is_recognised_by_their_parts():
    assert recognise_category("屋后的下水管子堵死返臭水")[0] == "0110"


@pytest.mark.parametrize(
    "text",
    ["", " ", "你好", "昨天的事怎么样了", "abc", "，。！？", "Please send somebody to our street", "\ud800", "☎"],
)
def test_where_nothing_is_said_of_a_category_none_is_recognised(text):
    assert recognise_category(text) == ("", 0)


def test_what_stands_far_back_in_a_long_text_does_not_change_what_it_is_about():
    said = "路灯不亮已经三天了，" + "一直没有人来，" * 50

    assert recognise_category(said + "垃圾桶也满了" * 300) == recognise_category(said)


@pytest.mark.parametrize("text", ["路灯", "广州市天河区", "的", "𠀀", "停水" + "，" * 8], ids=ascii)
def test_a_text_of_a_million_characters_is_read_at_once(text):
    started = time.process_time()

    recognise(text * (1_000_000 // len(text)))

    assert time.process_time() - started < 1


# urgency and the whole -----------------------------------------------------------------------------------


@pytest.mark.parametrize("category", [one for one in categories().values() if one.urgent], ids=lambda one: one.code)
def test_every_word_of_danger_makes_a_demand_urgent(category):
    for word in category.urgent:
        assert recognise(f"这里{word}，请快来").urgent, word


def test_an_everyday_matter_is_not_urgent():
    assert not recognise("广州市天河区石牌东路的路灯太暗").urgent


def test_a_demand_is_recognised_in_what_where_and_urgency():
    seen = recognise("天河区整栋楼停水了")

    assert (seen.category, seen.region, seen.urgent) == ("0102", "440106", True)


def test_the_place_given_counts_more_than_one_in_the_text():
    seen = recognise("我从深圳南山过来，路灯不亮", place="广州天河")

    assert seen.region == "440106"


def test_where_the_place_given_says_nothing_the_text_is_read():
    seen = recognise("天河区的路灯不亮", place="家门口")

    assert seen.region == "440106"


def test_an_empty_demand_is_about_nothing():
    seen = recognise("")

    assert seen == recognise("", place="")
    assert (seen.category, seen.category_confidence, seen.region, seen.place_confidence, seen.urgent) == (
        "",
        0,
        "",
        0,
        False,
    )


# anything anybody may type: any characters, lone surrogates too, mixed with words that are looked for
anything = st.text(st.characters(), max_size=40)
mixed = st.lists(st.sampled_from(WORDS + PLACES) | anything, max_size=8).map("".join)


@settings(deadline=None, max_examples=500)
@given(st.lists(anything | mixed, min_size=20, max_size=20), anything)
def test_ten_thousand_texts_of_any_kind_are_read_without_failing(texts, place):
    for text in texts:
        seen = recognise(text, place)
        assert 0 <= seen.category_confidence <= 100 and 0 <= seen.place_confidence <= 100
        assert (seen.category == "") == (seen.category_confidence == 0)
        assert (seen.region == "") == (seen.place_confidence == 0)
        assert seen.category == "" or seen.category in categories()
        assert seen.region == "" or region(seen.region) is not None
        assert seen == recognise(text, place)
