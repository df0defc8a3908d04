"""The board in a real browser, in front of a real `manage.py up`."""

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from console.board import ENDED
from console.province import tiles as all_tiles
from sandbox.regions import PROVINCE
from tests.backend import BACKEND
from tests.console.browsing import CHROMIUM, PHONE, PROJECTOR, WATCH, chromium
from tests.journeys.up import ROOT, environment, running, until

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt-get install chromium"),
    pytest.mark.skipif(BACKEND != "sqlite", reason="`up` is the embedded mode: SQLite and the memory broker"),
]
HOSTILE = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
LAMP = "广州市天河区石牌东路的路灯不亮三天了，请尽快派人来修。"


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    with running(tmp_path_factory.mktemp("province")) as province:
        yield province


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser):
    """A page of a browser of its own, which complains of nothing while the test looks on."""
    context = browser.new_context(viewport=PROJECTOR)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: said.type in ("error", "warning") and page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()
    assert page.complaints == []


@pytest.fixture
def board(page, up):
    """The demo's board, entered by the link that `up` printed."""
    page.goto(up.board)
    page.wait_for_url(f"{up.url}/board/")
    return page


def quickstart(page, up):
    """The quiet sandbox's board."""
    page.goto(f"{up.url}/board/enter#{up.key}")
    page.wait_for_url(f"{up.url}/board/")
    return page


def state_of(page):
    return page.locator("#clock").get_attribute("data-state")


def moment_of(page):
    return datetime.fromisoformat(page.locator("#clock time").get_attribute("datetime"))


def counted(page):
    """Every number of the map and the flow at one moment."""
    return page.evaluate("""() => ({
        tiles: Object.fromEntries([...document.querySelectorAll("[data-city]")].map((tile) =>
            [tile.dataset.city, Number(tile.querySelector(".open").textContent.replace(/,/g, ""))])),
        states: Object.fromEntries([...document.querySelectorAll("[data-state-code]")].map((state) =>
            [state.dataset.stateCode, Number(state.dataset.count)]).filter(([, count]) => count)),
    })""")


def freeze(page, up):
    page.get_by_role("button", name="冻结").click()
    page.wait_for_selector('#clock[data-state="frozen"]')
    until(
        lambda: up.call("sandbox/clock", of="demo")["now"] == moment_of(page).isoformat(), "the board to be up to date"
    )


# entering ------------------------------------------------------------------------------------------------


def test_the_printed_link_opens_the_board_and_the_key_stays_nowhere(page, up):
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(up.board)
    page.wait_for_url(f"{up.url}/board/")

    session = next(one for one in page.context.cookies() if one["name"] == "yueyan_board")
    assert session["httpOnly"] and session["sameSite"] == "Strict" and session["expires"] == -1
    assert up.keys["demo"] not in json.dumps(page.context.cookies()) + "".join(asked) + page.content()
    assert page.evaluate("document.cookie") == "", "scripts see no cookie at all"
    page.go_back()
    assert "sk_" not in page.url
    assert all(url.startswith(up.url) for url in asked), "nothing comes from elsewhere"


def test_the_link_pasted_into_the_way_in_opens_the_board_too(page, up):
    page.goto(f"{up.url}/board/enter")

    page.evaluate("(link) => { location.href = link; }", up.board)

    page.wait_for_url(f"{up.url}/board/")


def test_a_wrong_key_is_told_so_and_the_right_one_pasted_in_opens(page, up):
    page.goto(f"{up.url}/board/")
    assert page.url == f"{up.url}/board/enter"

    page.get_by_label("所有者密钥").fill("sk_wrong")
    with page.expect_response("**/board/enter") as answered:
        page.get_by_role("button", name="进入").click()
    page.get_by_role("alert").filter(has_text="没有这个密钥").wait_for()
    page.get_by_label("所有者密钥").fill(up.key)
    page.get_by_role("button", name="进入").click()
    page.wait_for_url(f"{up.url}/board/")

    assert answered.value.status == 403
    assert "quickstart" in page.locator(".sandbox").inner_text()
    page.complaints[:] = [one for one in page.complaints if "403" not in one]  # the browser's own note of it


def test_a_departments_key_is_refused(page, up):
    command = [sys.executable, "manage.py", "sandbox", "key", "demo", "department:440106-cg"]
    given = subprocess.run(command, cwd=ROOT, env=environment(up.var), capture_output=True, text=True, check=True)

    page.goto(f"{up.url}/board/enter#{json.loads(given.stdout)['key']}")
    page.get_by_role("alert").filter(has_text="只对沙箱的所有者开放").wait_for()

    assert page.url == f"{up.url}/board/enter"
    page.complaints[:] = [one for one in page.complaints if "403" not in one]


def test_a_key_taken_back_ends_the_session_at_the_next_poll(page, up):
    command = [sys.executable, "manage.py", "sandbox", "key", "demo"]
    given = subprocess.run(command, cwd=ROOT, env=environment(up.var), capture_output=True, text=True, check=True)
    key = json.loads(given.stdout)["key"]
    page.goto(f"{up.url}/board/enter#{key}")
    page.wait_for_url(f"{up.url}/board/")

    with sqlite3.connect(up.var / "yueyan.sqlite3", timeout=30) as database:
        digest = hashlib.sha256(key.encode()).hexdigest()
        assert database.execute("DELETE FROM sandbox_apikey WHERE digest = ?", [digest]).rowcount == 1

    page.wait_for_url(f"{up.url}/board/enter", timeout=10_000)
    page.complaints[:] = [one for one in page.complaints if "401" not in one]


# looking --------------------------------------------------------------------------------------------------


def test_what_moves_moves_and_agrees_with_the_interface(board, up):
    before = counted(board)
    first = int(board.locator("[data-event]").first.get_attribute("data-event"))
    board.wait_for_function(
        "(first) => Number(document.querySelector('[data-event]').dataset.event) > first + 50", arg=first
    )
    moved = counted(board)

    freeze(board, up)
    until(lambda: counted(board)["states"] == up.call("indicators", of="demo")["states"], "the same orders by state")
    shown = counted(board)["tiles"]
    asked = {code: up.call(f"indicators?city={code}", of="demo")["states"] for code in [*all_tiles(), PROVINCE]}

    assert before != moved
    assert shown == {
        code: sum(count for state, count in states.items() if state not in ENDED) for code, states in asked.items()
    }
    assert sum(shown.values()) > 50
    board.get_by_role("button", name="按此速度运行").click()
    board.wait_for_selector('#clock[data-state="running"]')


def test_an_unchanged_board_is_polled_for_nothing(page, up):
    quickstart(page, up)

    answers = []
    page.on("response", lambda answer: answer.url.endswith("/board/live") and answers.append(answer.status))
    page.wait_for_timeout(6_500)

    assert 2 <= len(answers) <= 4
    assert set(answers[1:]) == {304}


def test_the_chart_is_drawn(board):
    inked = """() => { const canvas = document.querySelector("#plot canvas");
        return canvas && new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size; }"""

    assert until(lambda: board.evaluate(inked), "a canvas") > 20


@pytest.mark.parametrize("viewport", [PROJECTOR, PHONE, {"width": 1920, "height": 1080}])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_stands_out_of_the_page_on_a_projector_and_on_a_phone(board, up, viewport, language):
    board.set_viewport_size(viewport)

    for path in ("/board/", "/board/orders"):
        board.goto(f"{up.url}{path}?lang={language}")
        assert board.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    board.goto(f"{up.url}/board/")
    box = board.locator(".map").bounding_box()

    assert box["width"] <= viewport["width"]
    assert viewport != PROJECTOR or box["y"] + box["height"] <= 740, "the map is seen without scrolling"


def test_no_box_under_the_map_is_longer_than_what_stands_in_it(board):
    empty = """() => Object.fromEntries([...document.querySelectorAll(".columns.wide .card")].map((card) => [
        card.getAttribute("aria-labelledby"),
        card.getBoundingClientRect().bottom - card.lastElementChild.getBoundingClientRect().bottom]))"""

    blank = board.evaluate(empty)

    assert set(blank) == {"chart-title", "others-title", "indicators-title"}
    assert max(blank.values()) < 20, blank


def test_text_stands_out_from_what_is_behind_it_on_every_load(board, up):
    contrast = """() => {
        const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((part) => part / 255)
            .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, which) => sum + part * [0.2126, 0.7152, 0.0722][which], 0);
        const tile = document.querySelector(".tile"), worst = [];
        tile.insertAdjacentHTML("beforeend", '<span class="overdue">1</span>');
        for (let load = 0; load < 5; load++) {
            tile.className = `tile load-${load}`;
            for (const one of [tile, ...tile.children]) {
                const [a, b] = [light(getComputedStyle(one).color), light(getComputedStyle(tile).backgroundColor)];
                worst.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
            }
        }
        return worst;
    }"""

    ratios = board.evaluate(contrast)

    assert len(ratios) >= 25
    assert min(ratios) >= 4.5


def test_an_order_is_a_click_away_with_its_timeline(board, up):
    board.locator("#live .events a").first.click()
    board.wait_for_selector(".timeline")

    number = re.search(r"12345-\d{6}-\d{8}-\d{6}-\d", board.url)[0]
    timeline = up.call(f"workorders/{number}/timeline", of="demo")
    assert number in board.locator("h1").inner_text()
    assert board.locator(".timeline li").count() >= 1
    assert board.locator(".timeline li").first.get_attribute("data-event") == str(timeline[0]["number"])


def test_a_tile_leads_to_its_citys_open_orders(board):
    board.locator('[data-city="440300"]').click()
    board.wait_for_selector("table.orders")

    numbers = board.locator("td.number").all_inner_texts()
    assert numbers and all(number.startswith("12345-440300-") for number in numbers)


def test_the_language_is_a_click_away_and_stays(board):
    board.get_by_role("link", name="English").click()
    board.get_by_role("heading", name="The province, 21 cities").wait_for()
    board.get_by_role("link", name="Orders", exact=True).click()
    board.get_by_role("heading", name="Orders").wait_for()

    board.get_by_role("link", name="中文").click()

    board.get_by_role("heading", name="工单列表").wait_for()
    assert board.locator("html").get_attribute("lang") == "zh-Hans"


def test_what_callers_write_never_runs(page, up):
    caller = {"name": "演小明", "phone": "10000000001"}
    number = up.call("workorders", {"text": HOSTILE, "place": HOSTILE, "caller": caller})["number"]
    quickstart(page, up)

    page.goto(f"{up.url}/board/orders")
    page.get_by_role("link", name=number).click()
    page.wait_for_selector(".timeline")

    assert HOSTILE in page.locator(".demand").inner_text()
    assert page.evaluate("window.pwned") is None


def test_the_policy_keeps_injected_scripts_and_styles_from_working(board):
    """That a browser complains of nothing elsewhere means something only if it would."""
    board.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.pwned = 3";
        document.body.append(script);
        document.querySelector("h2").setAttribute("style", "display: none");
    }""")
    board.wait_for_timeout(500)

    assert board.evaluate("window.pwned") is None
    assert board.locator("h2").first.is_visible()
    assert {one.split()[1] for one in board.complaints if "policy: " in one} == {"script-src-elem", "style-src-attr"}
    board.complaints.clear()


# the clock ------------------------------------------------------------------------------------------------


def test_the_clock_is_advanced_run_and_frozen_from_the_board(page, up):
    caller = {"name": "演小明", "phone": "10000000001"}
    up.call("workorders", {"text": LAMP, "type": "complaint", "caller": caller})
    quickstart(page, up)
    before = moment_of(page)

    page.get_by_role("button", name="＋1 小时").click()
    until(lambda: state_of(page) == "frozen" and moment_of(page) == before + timedelta(hours=1), "an hour later")
    page.get_by_role("button", name="到下一工作日 9:00").click()
    until(lambda: (moment_of(page).day, moment_of(page).hour) == (before.day + 1, 9), "the next working day")
    page.locator("select[name=rate]").select_option("3600")
    page.get_by_role("button", name="按此速度运行").click()
    page.wait_for_selector('#clock[data-state="running"]')
    ran = moment_of(page)
    until(lambda: moment_of(page) > ran + timedelta(hours=2), "it to run")
    page.get_by_role("button", name="冻结").click()
    page.wait_for_selector('#clock[data-state="frozen"]')

    clock = up.call("sandbox/clock")
    assert clock["state"] == "frozen" and clock["target"] is None
    assert page.get_by_role("button", name="冻结").is_hidden(), "only what can be done is offered"


def test_what_the_clock_refuses_is_said_on_the_page(page, up):
    quickstart(page, up)
    up.call("sandbox/clock/run", {"rate": 1})

    page.evaluate("document.querySelector('[value=day]').click()")  # the button of a page that is behind
    page.locator("#notice .refused").filter(has_text="时钟正在运行，不能拨快").wait_for()

    up.call("sandbox/clock/freeze", {})
    page.complaints[:] = [one for one in page.complaints if "409" not in one]


def test_a_board_whose_server_is_gone_says_so(page, tmp_path):
    with running(tmp_path) as short:
        page.goto(short.board)
        page.wait_for_url(f"{short.url}/board/")
        short.stop()

        page.get_by_role("alert").filter(has_text="正在重试").wait_for(timeout=15_000)

    page.complaints[:] = [one for one in page.complaints if "ERR_" not in one and "htmx:" not in one]
