#!/usr/bin/python3
"""The demo's page in a real browser, with the real demo behind it.

usage: page_test.py DEMO-PROGRAM ARTIFACTS-FOLDER [demo's argument…]

All tests share one demo, and run in the order in which they stand here. Screenshots, those of failures among them,
and the demo's log are left in the folder.
"""

import pathlib
import re
import sys
import unittest

from browser import DESKTOP, PHONE, Browser
from demo import Demo
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

FAULTS = ["kill", "hang", "continue", "planned", "repoint", "revive", "dns-down", "dns-up", "consul-down", "consul-up"]
# Only a failing test waits so long.
PATIENCE_S = 120
CONTRAST = (pathlib.Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")

program, artifacts, demo_arguments = None, None, []
demo, browser = None, None


def setUpModule():
    global demo, browser
    artifacts.mkdir(parents=True, exist_ok=True)
    for old in artifacts.iterdir():
        old.unlink()
    demo = Demo(program, ["--port", "0", *demo_arguments], artifacts / "demo.log")
    unittest.addModuleCleanup(lambda: demo.end())
    browser = Browser()
    unittest.addModuleCleanup(browser.quit)
    browser.show_as(DESKTOP)
    browser.driver.get(demo.address)


class PageTest(unittest.TestCase):
    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if browser and len(result.failures) + len(result.errors) > before:
            browser.screenshot(artifacts / f"failed-{self._testMethodName}.png")

    def wait(self, condition, what):
        return WebDriverWait(browser.driver, PATIENCE_S, poll_frequency=0.1).until(lambda _: condition(), what)

    def script(self, text, *arguments):
        return browser.driver.execute_script(text, *arguments)

    def element(self, selector):
        return browser.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """Also of what is not in view; nothing if there is no such element."""
        return self.script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def count(self, selector):
        return len(browser.driver.find_elements(By.CSS_SELECTOR, selector))

    def wait_until_live(self):
        self.wait(lambda: self.text("#connection-text") == "live" and self.count("#diagram svg") == 1, "the page is live")

    def is_possible(self, fault):
        return self.script(
            "return document.getElementById(arguments[0])?.getAttribute('aria-disabled') === 'false'", f"fault-{fault}"
        )

    def why_not(self, fault):
        return self.text(f"#why-{fault}")

    def press_key(self, *keys):
        ActionChains(browser.driver).send_keys(*keys).perform()


class Opened(PageTest):
    def test_shows_who_is_master_as_the_servers_say(self):
        self.wait_until_live()
        masters = [node["id"] for node in demo.state()["state"]["nodes"] if node["role"] == "master"]
        self.assertEqual(masters, [self.text("#diagram .redis.master .letter")])
        self.assertEqual(3, self.count("#diagram .redis"))
        self.assertEqual(3, self.count("#diagram .sentinel"))
        self.assertIn(f"{masters[0]} is master", self.text("#in-words"))

    def test_counts_the_requests_of_both_lanes(self):
        self.wait(lambda: self.text(".lane.library .of").strip() != "failed", "requests are counted")
        for lane in ("library", "plain"):
            self.assertRegex(self.text(f".lane.{lane} .failed"), r"^[\d,]+ failed of [\d,]+$")

    def test_draws_both_charts(self):
        def drawn():
            return self.script(
                "return [...document.querySelectorAll('canvas')].map(canvas =>"
                "  Chart.getChart(canvas).data.datasets[0].data.filter(point => point.y > 0).length)"
            )

        self.wait(lambda: len(drawn()) == 2 and all(points > 4 for points in drawn()), "latencies of both lanes")
        self.assertGreater(self.text_alternatives_of_charts(), 1)

    def text_alternatives_of_charts(self):
        names = [canvas.get_attribute("aria-label") for canvas in browser.driver.find_elements(By.TAG_NAME, "canvas")]
        return sum("half of the answers come within" in name for name in names)

    def test_is_usable_soon(self):
        # How soon is not asserted, for others may be at work on this machine; it is reported. The first time also shows
        # how soon a browser is ready that has just been started.
        took = []
        for _ in range(5):
            self.wait_until_live()
            took.append(self.script("return performance.getEntriesByName('usable')[0].startTime"))
            browser.driver.refresh()
        self.wait_until_live()
        print("\nusable after", ", ".join(f"{each:.0f}" for each in took), "ms", file=sys.stderr)

    def test_asks_nobody_else_and_has_no_errors(self):
        self.wait_until_live()
        urls = [url for url in browser.requested() if not url.startswith("chrome:")]  # of the browser's first tab
        self.assertIn(demo.address + "page/chart.js", urls)
        self.assertEqual([], [url for url in urls if not url.startswith((demo.address, "data:"))])
        self.assertEqual([], browser.console_errors())

    def test_has_landmarks_headings_and_names(self):
        self.wait_until_live()
        tree = browser.accessibility()
        roles = [node["role"] for node in tree]
        for landmark in ("banner", "main", "contentinfo"):
            self.assertEqual(1, roles.count(landmark), landmark)
        levels = [node["level"] for node in tree if node["role"] == "heading"]
        self.assertEqual(1, levels.count(1))
        self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels)
        for node in tree:
            if node["role"] in ("button", "image", "img", "region", "checkbox", "link"):
                self.assertTrue(node["name"].strip(), node)
        self.assertEqual(len(FAULTS) + 1, roles.count("button"))  # and the one that starts the gate


class Shown(PageTest):
    def test_on_a_phone_nothing_has_to_be_scrolled_sideways(self):
        for width in (PHONE[0], 320):
            browser.show_as((width, PHONE[1]))
            self.wait(lambda: self.script("return innerWidth") == width, "the new width")
            self.wait(
                lambda: self.script("return document.documentElement.scrollWidth <= innerWidth"), f"no scrolling at {width}"
            )
        browser.show_as(DESKTOP)

    def test_everything_can_be_read_in_both_schemes(self):
        for scheme in ("light", "dark"):
            for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
                with self.subTest(scheme=scheme, size=name):
                    # Without the transitions, a colour is there at once.
                    browser.show_as(size, scheme, motion="reduce")
                    self.wait(lambda: self.script("return innerWidth") == size[0], "the new width")
                    found = self.script(CONTRAST)
                    self.assertGreater(found["looked"], 40)
                    self.assertEqual([], found["faint"])
                    browser.screenshot(artifacts / f"{name}-{scheme}.png")
        browser.show_as(DESKTOP)

    def test_does_not_move_for_those_who_do_not_want_it(self):
        browser.show_as(DESKTOP, motion="reduce")
        moving = self.script(
            "return [...document.querySelectorAll('*')].filter(element =>"
            "  getComputedStyle(element).transitionDuration.split(',').some(span => parseFloat(span) > 0)).length"
        )
        self.assertEqual(0, moving)
        browser.show_as(DESKTOP)


class ByKeyboard(PageTest):
    def test_reaches_every_button_and_shows_where_one_is(self):
        self.wait_until_live()
        self.script("document.activeElement.blur(); scrollTo(0, 0)")
        reached = []
        for _ in range(40):
            self.press_key(Keys.TAB)
            identity, outline = self.script(
                "const style = getComputedStyle(document.activeElement);"
                "return [document.activeElement.id, style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth)]"
            )
            if identity.startswith("fault-"):
                reached.append(identity)
                self.assertGreaterEqual(outline, 2, identity)
            if len(reached) == len(FAULTS):
                break
        self.assertEqual(sorted(f"fault-{fault}" for fault in FAULTS), sorted(reached))

    def test_a_button_that_is_not_possible_says_why(self):
        self.wait(lambda: self.is_possible("kill"), "the master can be killed")
        self.assertFalse(self.is_possible("revive"))
        for fault in FAULTS:
            if not self.is_possible(fault):
                self.assertTrue(self.why_not(fault), fault)
        button = next(node for node in browser.accessibility() if node["role"] == "button" and node["name"] == "Revive")
        self.assertTrue(button["disabled"])
        self.assertIn(self.why_not("revive"), button["description"])
        self.element("#fault-revive").send_keys(Keys.ENTER)
        self.wait(lambda: self.why_not("revive") in self.text("#faults-note"), "why it cannot be pressed")
        self.assertIn(self.why_not("revive"), self.text("#said"))

    def test_a_question_mark_leads_to_the_keys_which_can_be_turned_off(self):
        self.press_key("?")
        self.assertTrue(self.script("return document.getElementById('keys').open"))
        self.assertEqual(len(FAULTS), self.count("#shortcuts kbd"))
        said = self.count("#said p")
        self.element("#keys-on").click()
        self.script("document.activeElement.blur()")
        self.press_key("v")
        self.element("#keys-on").click()
        self.script("document.activeElement.blur()")
        self.press_key("v")
        self.wait(lambda: self.count("#said p") > said, "the key is heard")
        self.assertEqual(said + 1, self.count("#said p"))
        self.element("#keys summary").click()


class Killed(PageTest):
    def masters(self):
        letters = "[...document.querySelectorAll('#diagram .redis.master .letter')]"
        return self.script(f"return {letters}.map(letter => letter.textContent)")

    def followed(self):
        return re.search("follows (.)", self.text("#diagram .pool")).group(1)

    def test_the_master_by_a_click_is_followed_by_another_and_the_charts_recover(self):
        before = self.text("#diagram .redis.master .letter")
        self.wait(lambda: self.is_possible("kill"), "the master can be killed")
        self.element("#fault-kill").click()
        self.wait(lambda: self.count(".happening.fault") == 1, "the fault")
        self.wait(lambda: self.count(".happening.adopted") >= 1, "the pool has adopted another master")
        self.wait(lambda: self.text("#summaries .outcome") != "", "the fault is over")
        self.assertEqual(1, self.count("#diagram .redis.gone"))
        # On a busy machine Sentinel may promote the other replica, too: then there are two masters for a while.
        self.wait(lambda: self.followed() != before and self.followed() in self.masters(), "the pool follows a master")
        phases = self.text("#summaries .phases")
        for step in ("evidence", "promotion", "adopted", "first write"):
            self.assertIn(f"→ {step}", phases)
        self.wait(
            lambda: self.script(
                "return [...document.querySelectorAll('canvas')].every(canvas =>"
                "  Chart.getChart(canvas).data.datasets[0].data.slice(-4).every(point => point.y > 0))"
            ),
            "the last second has latencies in both charts",
        )
        browser.screenshot(artifacts / "killed.png")

    def test_the_counters_are_those_of_the_demo(self):
        def agree():
            totals = demo.state()["history"]["ticks"][-1]["totals"]
            shown = {lane: self.text(f".lane.{lane} .big").replace(",", "") for lane in totals}
            return all(shown[lane] == str(totals[lane]["failed"]) for lane in totals) and totals

        totals = self.wait(agree, "the page's counters are the demo's")
        print(
            "\nfailed with the library {library[failed]} of {library[sent]}, with the plain client {plain[failed]} of "
            "{plain[sent]}".format(**totals),
            file=sys.stderr,
        )

    def test_what_happened_is_said_aloud_in_few_words(self):
        said = self.text("#said")
        self.assertIn("adopts", said)
        self.assertIn("Failed with the library", said)
        self.assertLessEqual(self.count("#said p"), 5)

    def test_the_charts_are_there_as_a_table(self):
        self.element("#chart-table summary").click()
        self.wait(lambda: self.count("#chart-table tbody tr") > 3, "rows")
        self.element("#chart-table summary").click()

    def test_the_dead_are_revived_by_a_key(self):
        self.wait(lambda: self.is_possible("revive"), "the dead can be revived")
        self.script("document.activeElement.blur()")
        self.press_key("v")
        self.wait(lambda: self.count(".happening.revived") == 1, "it is undone")
        # Until then, all buttons name it as the reason.
        self.wait(lambda: not self.is_possible("dns-down"), "all buttons wait")
        self.assertTrue(self.why_not("dns-down"))
        self.wait(lambda: self.is_possible("dns-down"), "it is over")
        self.assertEqual(0, self.count("#diagram .redis.gone"))

    def test_all_that_without_errors(self):
        self.assertEqual([], browser.console_errors())


class InPublicDns(PageTest):
    """The gate's part: three st-api, their checks, and what the DNS server answers."""

    def addresses(self):
        return self.script("return [...document.querySelectorAll('#gate-answer li')].map(one => one.textContent)")

    def node(self, number, selector):
        return self.text(f"[data-node=st-api-{number}] {selector}")

    def is_in(self, number):
        return self.node(number, "code") in self.addresses() and self.node(number, ".badge") == "✓ in the answer"

    def press(self, name):
        self.wait(
            lambda: self.script(
                "return document.getElementById(arguments[0])?.getAttribute('aria-disabled') === 'false'", f"gate-{name}"
            ),
            f"{name} to be possible",
        )
        self.element(f"#gate-{name}").click()

    def test_begins_when_somebody_asks_for_it_and_new_nodes_stay_out(self):
        self.assertFalse(self.element("#gate-running").is_displayed())
        self.element("#gate-start").send_keys(Keys.ENTER)
        self.wait(lambda: self.element("#gate-running").is_displayed(), "the gate runs")
        self.assertFalse(self.element("#gate-begin").is_displayed())
        for number in (1, 2, 3):
            self.wait(lambda n=number: "passing" in self.node(n, "dl"), "its check to pass")
            self.wait(lambda n=number: "not admitted yet" in self.node(n, "dl"), "why it is out")
            self.assertEqual("✕ not in the answer", self.node(number, ".badge"))
        self.assertEqual(["no address"], self.addresses())

    def test_who_is_admitted_enters(self):
        self.press("admit")
        self.wait(lambda: all(self.is_in(number) for number in (1, 2, 3)), "all three in the answer")
        self.assertEqual(3, len(self.addresses()))
        self.assertEqual(self.addresses(), demo.state()["gate"]["answer"])

    def test_without_its_redis_an_address_leaves_the_answer_and_returns_with_it(self):
        address = self.node(2, "code")
        # By keyboard; the same button gives it back.
        button = self.element("#gate-take-redis-st-api-2")
        self.assertEqual("Take Redis away: st-api-2", button.accessible_name)
        button.send_keys(Keys.ENTER)
        self.wait(lambda: "critical" in self.node(2, "dl") and address not in self.addresses(), "it leaves")
        self.assertEqual("✕ not in the answer", self.node(2, ".badge"))
        self.assertEqual(2, len(self.addresses()))
        self.wait(lambda: "st-api-2: out of the answer after" in self.text("#gate-took"), "what it took")
        phases = self.text("#gate-took .summary")
        self.assertIn("Redis gone → check critical", phases)
        self.assertIn("check critical → out of the answer", phases)
        self.wait(lambda: f"audit: removed {address}" in self.text("#gate-happenings"), "the gate's audit line")
        browser.screenshot(artifacts / "gate-one.png", "#gate")
        self.press("take-redis-st-api-2")
        self.wait(lambda: "passing" in self.node(2, "dl") and self.is_in(2), "it returns")
        self.assertEqual(3, len(self.addresses()))
        self.wait(lambda: "st-api-2: into the answer after" in self.text("#gate-took"), "what it took")

    def test_when_all_fail_the_floor_holds(self):
        self.assertNotIn("The floor holds", self.text("#gate-floor"))
        self.press("take-redis")
        self.wait(lambda: "Not believed yet" in self.text("#gate-floor"), "so many at once are not believed")
        self.assertGreaterEqual(len(self.addresses()), 2)
        self.wait(lambda: "The floor holds: 2 stay in the answer" in self.text("#gate-floor"), "the floor")
        self.assertEqual(2, len(self.addresses()))
        kept = [number for number in (1, 2, 3) if self.is_in(number)]
        self.assertEqual(2, len(kept))
        for number in kept:
            self.assertIn("critical", self.node(number, "dl"))
            self.wait(lambda n=number: self.node(n, ".note") == "kept in: the floor holds", "why it stays")
        self.assertIn("The floor holds", self.text("#said"))

    def test_all_of_it_can_be_read_and_fits_a_phone(self):
        for scheme in ("light", "dark"):
            for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
                with self.subTest(scheme=scheme, size=name):
                    browser.show_as(size, scheme, motion="reduce")
                    self.wait(lambda: self.script("return innerWidth") == size[0], "the new width")
                    self.assertEqual([], self.script(CONTRAST)["faint"])
                    self.assertTrue(self.script("return document.documentElement.scrollWidth <= innerWidth"))
                    browser.screenshot(artifacts / f"gate-{name}-{scheme}.png", "#gate")
        browser.show_as((320, PHONE[1]))
        self.wait(lambda: self.script("return innerWidth") == 320, "the new width")
        self.assertTrue(self.script("return document.documentElement.scrollWidth <= innerWidth"))
        browser.show_as(DESKTOP)

    def test_with_their_redis_all_return(self):
        self.press("give-redis")
        self.wait(lambda: all(self.is_in(number) for number in (1, 2, 3)), "all three in the answer")
        self.wait(lambda: "whatever their health" in self.text("#gate-floor"), "the floor is only a rule again")

    def test_a_button_that_makes_no_difference_says_why(self):
        self.wait(lambda: self.text("#why-gate-admit") == "admitted already", "why nobody can be admitted")
        self.element("#gate-admit").send_keys(Keys.ENTER)
        self.wait(lambda: "Admit all is not possible: admitted already" in self.text("#gate-note"), "why, aloud")

    def test_who_is_excluded_leaves_until_it_is_admitted_again(self):
        self.press("exclude-st-api-3")
        self.wait(lambda: not self.is_in(3) and "by hand, on the page" in self.node(3, "dl"), "it leaves, and why")
        self.press("exclude-st-api-3")
        self.wait(lambda: self.is_in(3), "it returns")

    def test_all_that_without_errors(self):
        self.assertEqual([], browser.console_errors())


class Left(PageTest):
    def test_a_demo_that_says_nothing_is_told_from_one_that_does(self):
        demo.stop()
        try:
            self.wait(lambda: "silent" in self.text("#alarm"), "the page notices")
            self.assertEqual("the demo does not answer", self.why_not("kill"))
        finally:
            demo.go_on()
        self.wait_until_live()
        self.assertFalse(self.element("#alarm").is_displayed())

    def test_without_the_demo_the_page_says_so_and_comes_back_with_it(self):
        global demo
        address = demo.address
        self.assertEqual(0, demo.end())
        self.wait(lambda: "cannot be reached" in self.text("#alarm"), "the page notices")
        self.assertTrue(self.element("#alarm").is_displayed())
        for fault in FAULTS:
            self.assertFalse(self.is_possible(fault))
            self.assertEqual("the demo cannot be reached", self.why_not(fault))
        self.assertEqual("the demo cannot be reached", self.text("#why-gate-take-redis"))
        self.assertTrue(self.script("return document.getElementById('gate-take-redis').ariaDisabled === 'true'"))
        browser.screenshot(artifacts / "left.png")
        port = address.rstrip("/").rpartition(":")[2]
        demo = Demo(program, ["--port", port, *demo_arguments], artifacts / "demo.log")
        self.assertEqual(address, demo.address)
        self.wait_until_live()
        # It is another demo: what was, is no more.
        self.wait(lambda: self.count("#happenings .happening") == 0, "nothing has happened yet")
        self.assertFalse(self.element("#gate-running").is_displayed())


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for case in (Opened, Shown, ByKeyboard, Killed, InPublicDns, Left):
        # In the order in which they stand here.
        suite.addTests(case(name) for name in vars(case) if name.startswith("test_"))
    return suite


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, artifacts, demo_arguments = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
