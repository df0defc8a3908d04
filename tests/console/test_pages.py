"""The board's pages: who may look, what they show, and what the clock is told."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.board import ENDED
from console.province import tiles as all_tiles
from sandbox import clock
from sandbox.actors import SYSTEM
from sandbox.models import ApiKey, Sandbox
from sandbox.moments import CHINA, instant
from sandbox.regions import PROVINCE
from tests.console.looking import client_of, enter, standing, text, tiles, words
from tests.factories import LAMP, TEXT, UNIT, WorkOrderFactory, act
from tests.sandbox.audit import calls_come
from workorders import knowledge

PAGES = ["/board/", "/board/live", "/board/orders", "/board/orders/12345-440100-20220901-000001-7"]
QUESTION = "请问广州市天河区我们巷子里想申请加装路灯，路灯归哪个单位管？"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


# entering ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_without_a_session_every_page_leads_to_the_way_in(world, page):
    answer = Client().get(page)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/board/enter"


def test_a_poll_without_a_session_takes_the_whole_page_to_the_way_in(world):
    answer = Client().get("/board/live", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/board/enter"


@pytest.mark.parametrize("address", ["/", "/board"])
def test_the_first_address_leads_to_the_board(world, address):
    answer = Client().get(address)

    assert answer.headers["Location"] == "/board/"


def test_an_owners_key_is_exchanged_for_a_cookie_that_scripts_and_other_sites_never_see(world):
    client = Client()

    answer = enter(client, world.key())

    cookie = answer.cookies["yueyan_board"]
    assert answer.headers["Location"] == "/board/"
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/board/"
    assert not cookie["max-age"], "gone with the browser"
    assert client.get("/board/").status_code == 200


def test_the_cookie_is_sent_back_over_tls_only_where_the_board_came_over_it(world):
    answer = Client().post("/board/enter", {"key": world.key()}, secure=True)

    assert answer.cookies["yueyan_board"]["secure"]


def test_behind_a_proxy_that_ends_tls_the_cookie_is_sent_back_over_tls_only(world, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # as BEHIND_TLS=1 sets it

    answer = Client().post("/board/enter", {"key": world.key()}, HTTP_X_FORWARDED_PROTO="https")

    assert answer.cookies["yueyan_board"]["secure"]


def test_the_cookie_does_not_hold_the_key_and_cannot_be_made_up(world):
    key = world.key()
    client = Client()
    cookie = enter(client, key).cookies["yueyan_board"].value
    client.cookies["yueyan_board"] = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")

    answer = client.get("/board/")

    assert key not in cookie
    assert answer.status_code == 302


@pytest.mark.parametrize("key", ["sk_nobodys", "", "钥匙", "sk_\x00", "x" * 10_000])
def test_a_wrong_key_is_refused_with_a_sentence(world, key):
    answer = enter(Client(), key)

    assert answer.status_code == 403
    assert "没有这个密钥" in words(answer)
    assert "yueyan_board" not in answer.cookies


def test_a_departments_key_does_not_open_the_board(world):
    client = Client()

    answer = enter(client, world.key(f"department:{UNIT}"))

    assert answer.status_code == 403
    assert "广州市天河区城市管理和综合执法局" in words(answer) and "只对沙箱的所有者开放" in words(answer)
    assert client.get("/board/").status_code == 302


def test_a_key_taken_back_ends_its_session_at_once(world):
    client = client_of(world)
    assert client.get("/board/").status_code == 200

    ApiKey.objects.filter(sandbox=world.sandbox).delete()

    assert client.get("/board/").status_code == 302
    assert client.post("/board/clock/run", {"rate": "60"}).status_code == 302
    world.sandbox.refresh_from_db()
    assert world.sandbox.clock == "frozen"


def test_a_key_that_is_no_longer_an_owners_ends_its_session_too(world):
    client = client_of(world)

    ApiKey.objects.filter(sandbox=world.sandbox).update(actor="citizen")

    assert client.get("/board/").status_code == 302


def test_whoever_leaves_is_out(world):
    client = client_of(world)

    client.post("/board/leave")

    assert client.get("/board/").status_code == 302


def test_another_sandboxs_session_takes_the_place_of_the_first(world, other):
    client = client_of(world)
    number = WorkOrderFactory(world=other).number
    assert client.get(f"/board/orders/{number}").status_code == 404, "not the other's orders"

    enter(client, other.key())

    assert client.get(f"/board/orders/{number}").status_code == 200


# what a browser may do ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/board/enter", *PAGES])
def test_a_page_lets_a_browser_load_and_send_only_what_is_ours(world, page):
    WorkOrderFactory(world=world)

    for answer in (Client().get(page), client_of(world).get(page), Client().put(page)):
        assert answer.headers["Content-Security-Policy"] == CSP
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("page", ["/board/enter", *PAGES])
def test_no_page_holds_a_script_or_a_style_of_its_own(world, page):
    WorkOrderFactory(world=world)

    shown = text(client_of(world).get(page))

    assert "<style" not in shown and " style=" not in shown and " onclick=" not in shown
    assert shown.count("<script") == shown.count('<script src="/static/console/')


@pytest.mark.parametrize("path", ["enter", "leave", "clock/run", "clock/freeze", "clock/advance", "clock/retry"])
def test_what_does_not_come_from_a_page_of_the_board_is_refused(world, path):
    client = client_of(world)
    client.handler.enforce_csrf_checks = True

    answer = client.post(f"/board/{path}", {"rate": "60", "span": "day", "key": world.key()})

    assert answer.status_code == 403
    assert "不是从看板的页面发出的" in words(answer)
    assert answer.headers["Content-Security-Policy"] == CSP
    world.sandbox.refresh_from_db()
    assert (world.sandbox.clock, world.sandbox.target) == ("frozen", None)


@pytest.mark.parametrize(("origin", "status"), [("https://localhost", 302), ("https://elsewhere.example", 403)])
def test_behind_a_server_that_ends_tls_its_own_pages_are_known(world, origin, status):
    client = Client(enforce_csrf_checks=True, headers={"Host": "localhost", "Origin": origin})
    token = text(client.get("/board/enter")).split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

    answer = client.post("/board/enter", {"key": world.key(), "csrfmiddlewaretoken": token})

    assert answer.status_code == status


@pytest.mark.parametrize("path", ["clock/run", "clock/freeze", "clock/advance", "clock/retry", "leave"])
def test_looking_never_turns_the_clock(world, path):
    answer = client_of(world).get(f"/board/{path}")

    assert answer.status_code == 405


def test_the_interface_still_knows_nothing_of_cookies(world):
    client = client_of(world)

    assert client.get("/api/v1/sandbox").status_code == 401
    assert client.post("/api/v1/sandbox/clock/freeze").status_code == 401
    assert client.get("/api/docs/").status_code == 200


# what it shows ----------------------------------------------------------------------------------------------


def _agrees_with_the_interface(world):
    board, api = client_of(world).get("/board/"), world.client()
    asked = {code: api.get(f"/api/v1/indicators?city={code}").json()["states"] for code in [*all_tiles(), PROVINCE]}
    assert standing(board) == api.get("/api/v1/indicators").json()["states"]
    assert tiles(board) == {
        code: sum(count for state, count in states.items() if state not in ENDED) for code, states in asked.items()
    }
    return board


def test_the_map_and_the_flow_show_what_the_interface_answers_day_after_day(province):
    calls_come(province, 60)
    shown = []

    for hours in (4, 20, 48, 24, 300):
        province.advance(hours=hours)
        shown.append(standing(_agrees_with_the_interface(province)))

    assert len({tuple(sorted(one.items())) for one in shown}) == 5, "it moved"


def test_a_tile_tells_open_orders_todays_and_todays_overdue(world):
    WorkOrderFactory(world=world, dispatched=True)
    world.advance(days=8)
    WorkOrderFactory(world=world)

    guangzhou = client_of(world).get("/board/").content.decode().split('data-city="440100" aria-label="')[1]

    assert guangzhou.startswith("广州：在办 2 件，今日收到 1 件，今日超期 0 次")


def test_the_indicators_stand_beside_the_published_figures_with_scope_date_and_source(world):
    WorkOrderFactory(world=world, closed=True)

    shown = words(client_of(world).get("/board/"))

    assert "满意率" in shown and "100.00 % 1 / 1 99.14 % 服务满意率 全省（含各市热线） · 2022-08" in shown
    assert "南方网《广东省数字政府改革建设成果》，2022-09-05，六（四） " in shown
    assert "只含市场主体经粤商通提出的 29.9 万件诉求" in shown, "what is to be known about a figure"
    listed = world.client().get("/api/v1/indicators").json()["indicators"]
    board = text(client_of(world).get("/board/"))
    assert all(f'data-indicator="{one["code"]}"' in board for one in listed)


def test_events_are_told_in_sentences_the_latest_first(world):
    order = WorkOrderFactory(world=world, text=LAMP, dispatched=True)
    act(world, order, "sign", role="department")

    shown = words(client_of(world).get("/board/"))

    signed, dispatched = "广州市天河区城市管理和综合执法局签收", "派单给广州市天河区城市管理和综合执法局（第 1 次）"
    assert 0 < shown.index(signed) < shown.index(dispatched) < shown.index("话务员受理：广州市天河区 路灯照明")
    assert "work_order." not in shown


def test_an_empty_sandbox_says_what_to_do(world):
    Sandbox.objects.filter(pk=world.sandbox.pk).update(last_event=0)

    answer = client_of(world).get("/board/live")

    assert answer.status_code == 200
    assert set(tiles(answer).values()) == {0}


def test_one_order_shows_its_fields_its_deadlines_and_its_timeline_with_the_caller_masked(world):
    order = WorkOrderFactory(world=world, signed=True)
    caller = {"name": order.caller.name, "phone": order.caller.phone}

    shown = words(client_of(world).get(f"/board/orders/{order.number}"))

    assert order.number in shown and TEXT in shown and "办理中" in shown
    assert caller["name"] not in shown and caller["phone"] not in shown
    assert f"{caller['phone'][:3]}****{caller['phone'][-4:]}" in shown
    assert "首次联系 2022-09-0" in shown and "依据" in shown
    assert shown.index("登记一件来自电话的诉求") < shown.index("话务员受理") < shown.index("执法局签收")


@pytest.mark.parametrize(
    ("language", "from_an_article"),
    [
        ("zh", "答复依据 知识库条目 {}，把握 {}%"),
        ("en", "Answered from article {} of the knowledge base, {}% sure"),
    ],
)
def test_an_answer_of_the_intelligent_agent_shows_its_article_and_how_sure_it_was(world, language, from_an_article):
    world.do("sandbox.override_rule", actor=SYSTEM, key=knowledge.THRESHOLD, value=20)
    by_machine = WorkOrderFactory(world=world, text=QUESTION, type="")
    by_person = WorkOrderFactory(world=world, answered_directly=True, text="请问那个事怎么样了？", type="consultation")
    client = client_of(world)

    machine, person = (
        words(client.get(f"/board/orders/{order.number}?lang={language}")) for order in (by_machine, by_person)
    )

    found = knowledge.find(QUESTION)
    assert from_an_article.format(found.article.code, found.confidence) in machine
    assert from_an_article.split("{}")[0] not in person


@pytest.mark.parametrize(
    ("language", "by_machine", "by_person"),
    [
        ("zh", "系统由知识库答复办结", "话务员当场答复办结"),
        ("en", "The intelligent agent answered it from the knowledge base", "The agent answered it at the desk"),
    ],
)
def test_who_answered_at_once_is_told_the_machine_from_the_person(world, language, by_machine, by_person):
    world.do("sandbox.override_rule", actor=SYSTEM, key=knowledge.THRESHOLD, value=20)
    WorkOrderFactory(world=world, text=QUESTION, type="")
    machine = words(client_of(world).get(f"/board/live?lang={language}"))
    WorkOrderFactory(world=world, answered_directly=True, text="请问那个事怎么样了？", type="consultation")
    both = words(client_of(world).get(f"/board/live?lang={language}"))

    assert by_machine in machine and by_person not in machine
    assert both.count(by_machine) == both.count(by_person) == 1


@pytest.mark.parametrize("path", ["orders/12345-440100-20220901-000099-8", "orders/%3Cscript%3E", "clock/back"])
def test_what_there_is_not_is_said_in_a_sentence(world, path):
    client = client_of(world)

    answer = client.post(f"/board/{path}") if "clock" in path else client.get(f"/board/{path}")

    assert answer.status_code == 404
    assert "没有" in words(answer) and "<script>" not in text(answer)


def test_what_people_write_is_shown_as_text(world):
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">{{ t.page }}'
    number = WorkOrderFactory(world=world, text=hostile, place="<b>粗</b>").number
    client = client_of(world)

    order, listed = client.get(f"/board/orders/{number}"), client.get("/board/orders")

    assert hostile in words(order) and "<b>粗</b>" in words(order)
    assert hostile[:30] in words(listed)
    for answer in (order, listed):
        assert "<script>alert" not in text(answer) and "<img src=x" not in text(answer)


def test_the_list_narrows_by_hotline_and_state_and_goes_on_by_cursor(world):
    for _ in range(55):
        WorkOrderFactory(world=world)
    elsewhere = WorkOrderFactory(
        world=world, text="深圳市南山区的情况一直没有人管，请尽快派人来看一看。", accepted=True
    )
    client = client_of(world)

    first = client.get("/board/orders?city=440100&state=pending_accept")
    second = client.get(
        "/board/orders?" + text(first).split('href="/board/orders?')[-1].split('"')[0].replace("&amp;", "&")
    )
    shenzhen = client.get("/board/orders?city=440300&state=open")

    assert (text(first).count('class="number"'), text(second).count('class="number"')) == (50, 5)
    assert elsewhere.number not in text(first) + text(second)
    assert text(shenzhen).count('class="number"') == 1 and elsewhere.number in text(shenzhen)


@pytest.mark.parametrize("query", ["city=110000", "state=lost", "cursor=x", "city=%3Cscript%3E"])
def test_a_filter_there_is_not_is_said_in_a_sentence(world, query):
    answer = client_of(world).get(f"/board/orders?{query}")

    assert answer.status_code == 422
    assert "<script>" not in text(answer)


def test_a_page_asks_as_many_questions_however_many_orders_there_are(province):
    client = client_of(province)
    client.get("/board/")  # forgets when somebody last looked

    def asked(path):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    pages = ["/board/", "/board/orders", "/board/live"]
    before = [asked(page) for page in pages]
    calls_come(province, 80)
    province.advance(days=2)
    client.get("/board/")  # days that are over are added up once
    after = [asked(page) for page in pages]

    assert all(more <= less for more, less in zip(after, before, strict=True)), (before, after)
    assert max(after) <= 4


# polling -----------------------------------------------------------------------------------------------------


def test_a_poll_of_an_unchanged_board_counts_nothing(world):
    WorkOrderFactory(world=world)
    client = client_of(world)
    tag = client.get("/board/live").headers["ETag"]

    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/board/live", headers={"If-None-Match": tag})

    assert answer.status_code == 304 and not answer.content
    assert answer.headers["ETag"] == tag
    assert len(queries) == 1, "the key and its sandbox, nothing else"


def test_an_event_the_clock_or_the_language_makes_another_board(world):
    client = client_of(world)
    tags = [client.get("/board/live").headers["ETag"]]

    WorkOrderFactory(world=world)
    tags.append(client.get("/board/live").headers["ETag"])
    with world.work() as work:
        clock.advance(work, by=timedelta(hours=1))
    tags.append(client.get("/board/live").headers["ETag"])
    tags.append(client.get("/board/live?lang=en").headers["ETag"])

    assert len(set(tags)) == 4
    assert client.get("/board/live", headers={"If-None-Match": tags[0]}).status_code == 200


def test_a_clock_that_arrives_where_nothing_happened_makes_another_board(world):
    client = client_of(world)
    before, events = client.get("/board/live").headers["ETag"], len(world.events())

    world.advance(hours=1)

    assert len(world.events()) == events
    assert client.get("/board/live").headers["ETag"] != before


def test_looking_keeps_a_province_awake(world):
    Sandbox.objects.filter(pk=world.sandbox.pk).update(idle_after=100, seen_at=None)

    client_of(world).get("/board/live")

    world.sandbox.refresh_from_db()
    assert world.sandbox.seen_at is not None


# the clock ---------------------------------------------------------------------------------------------------


def test_the_clock_runs_at_a_pace_and_freezes(world):
    client = client_of(world)

    ran = client.post("/board/clock/run", {"rate": "3600"})
    world.sandbox.refresh_from_db()
    running = (world.sandbox.clock, world.sandbox.rate)
    shown = words(client.get("/board/"))
    client.post("/board/clock/freeze")

    world.sandbox.refresh_from_db()
    assert ran.headers["Location"] == "/board/"
    assert running == ("running", 3600)
    assert "运行中" in shown and "3600 倍速" in shown
    assert world.sandbox.clock == "frozen"


@pytest.mark.parametrize(
    ("span", "there"),
    [
        ("hour", instant(2022, 9, 9, 18, 30)),
        ("day", instant(2022, 9, 10, 17, 30)),
        ("working_day", instant(2022, 9, 13, 9)),  # after the Mid-Autumn holiday
    ],
)
def test_an_advance_sets_the_target_and_leaves_the_way_there_to_the_worker(world, span, there):
    world.advance(to=instant(2022, 9, 9, 17, 30))

    answer = client_of(world).post("/board/clock/advance", {"span": span}, headers={"HX-Request": "true"})

    world.sandbox.refresh_from_db()
    assert world.sandbox.target.astimezone(CHINA) == there
    assert world.sandbox.now == instant(2022, 9, 9, 17, 30)
    assert "正在拨快" in words(answer) and f"目标 {there:%Y-%m-%d %H:%M}，还差" in words(answer)
    assert answer.headers["ETag"]


def test_a_running_clock_is_not_advanced_and_the_board_says_why(world):
    client = client_of(world)
    client.post("/board/clock/run", {"rate": "60"})

    piece = client.post("/board/clock/advance", {"span": "day"}, headers={"HX-Request": "true"})
    page = client.post("/board/clock/advance", {"span": "day"})

    assert piece.status_code == page.status_code == 409
    assert "时钟正在运行，不能拨快" in words(piece) and "时钟正在运行，不能拨快" in words(page)
    assert 'id="notice"' in text(piece)


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("run", {"rate": "0"}),
        ("run", {"rate": "100001"}),
        ("run", {"rate": "٣"}),
        ("run", {"rate": "9" * 5000}),
        ("run", {}),
        ("advance", {"span": "year"}),
        ("advance", {}),
    ],
)
def test_what_the_clock_cannot_be_told_is_refused(world, verb, said):
    answer = client_of(world).post(f"/board/clock/{verb}", said)

    assert answer.status_code == 422
    world.sandbox.refresh_from_db()
    assert (world.sandbox.clock, world.sandbox.target) == ("frozen", None)


def test_a_halted_clock_shows_its_reason_and_can_be_tried_again(world):
    reason = (
        '{"due":"2022-09-01T10:00:00+08:00","error":"ValueError","kind":"test.broken","reason":"数据有误","subject":1}'
    )
    Sandbox.objects.filter(pk=world.sandbox.pk).update(clock="halted", halted=reason)
    client = client_of(world)

    shown = client.get("/board/")
    client.post("/board/clock/retry")

    assert 'data-state="halted"' in text(shown)
    assert "停在日程 test.broken（2022-09-01T10:00:00+08:00）：数据有误" in words(shown)
    world.sandbox.refresh_from_db()
    assert (world.sandbox.clock, world.sandbox.halted) == ("frozen", "")


# language ----------------------------------------------------------------------------------------------------


def test_chinese_comes_first_and_english_stays_once_chosen(world):
    client = client_of(world, headers={"Accept-Language": "en"})
    first = client.get("/board/")
    chosen = client.get("/board/?lang=en")
    kept = client.get("/board/orders")
    back = client.get("/board/orders?lang=zh")

    assert 'lang="zh-Hans"' in text(first) and "全省 21 市" in words(first)
    assert 'lang="en"' in text(chosen) and "The province, 21 cities" in words(chosen) and "Guangzhou" in words(chosen)
    assert "awaiting acceptance" in words(kept)
    assert 'lang="zh-Hans"' in text(back)


def test_an_english_board_says_in_english_what_is_counted_and_who_calls(world):
    number = WorkOrderFactory(world=world, accepted=True).number
    client = client_of(world)

    board, order = client.get("/board/?lang=en"), client.get(f"/board/orders/{number}?lang=en")

    assert "calls to the provincial platform's seats that were answered / calls put through" in words(board)
    assert 'title="signed for on time / signed for"' in text(board)
    assert "A demand came in by phone" in words(order) and "The agent accepted it" in words(order)
    assert "(natural person)" in words(order) and "being handled" not in words(order)
    assert not {"Natural", "NATURAL", "Phone:", "（natural person）"} & set(words(order).split())


@pytest.mark.parametrize("language", ["fr", "<script>", "zh\x00", "x" * 5000])
def test_a_language_there_is_not_is_chinese(world, language):
    client = client_of(world)
    client.cookies["yueyan_language"] = "de"

    answer = client.get("/board/", {"lang": language})

    assert answer.status_code == 200
    assert 'lang="zh-Hans"' in text(answer) and "<script>" not in text(answer).replace("<script src", "")


def test_the_board_tells_the_day_and_whether_people_work(world):
    world.advance(to=datetime(2022, 9, 10, 8, tzinfo=CHINA))

    assert "2022年9月10日 星期六 · 节假日" in words(client_of(world).get("/board/"))
