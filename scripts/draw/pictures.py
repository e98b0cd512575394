#!/usr/bin/python3
"""Kills the master in the demo, then takes a node out of public DNS, and leaves pictures of what came of it.

usage: scripts/draw/pictures.py DEMO FOLDER [demo's argument…]   (scripts/pictures does it)

In the folder: failover-light.svg and failover-dark.svg, drawn from every request of both lanes; page-light.png and
page-dark.png, which are the demo's page after the fault; gate-light.png and gate-dark.png, its part about public DNS.
"""

import datetime
import os
import pathlib
import shutil
import sys
import tempfile
import time

import lanes
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "browser"))
from browser import Browser  # noqa: E402
from demo import Demo  # noqa: E402

BUILDING_S = 3600
PATIENCE_S = 120
# So that the charts show some time before the fault, and after it.
CALM_S, AFTERWARDS_S = 20, 6
SIZE = (1280, 1180)


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.1)


def shrink(file):
    """A page has few colours; 256 of them are enough, at a third of the size."""
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def check_calm(told):
    """What fails or does not come before the fault is the machine's doing, and would be shown as something else."""
    if any(lane["failed"] for lane in told["history"]["ticks"][-1]["totals"].values()):
        raise RuntimeError("requests failed before the fault: this machine is too busy for a picture, or --rate too high")


def look(browser, file, selector=None):
    for scheme in lanes.SCHEMES:
        browser.show_as(SIZE, scheme, motion="reduce")
        time.sleep(1)
        browser.screenshot(file.with_name(f"{file.name}-{scheme}.png"), selector)
        shrink(file.with_name(f"{file.name}-{scheme}.png"))


def take_out_and_look(demo, browser, folder):
    """One node has lost its Redis, and its address has left the answer."""

    def press(button):
        wait_for(lambda: browser.driver.find_element("id", button).get_attribute("aria-disabled") == "false", button)
        browser.driver.find_element("id", button).click()

    def has(count):
        gate = demo.state()["gate"]
        return gate["phase"] == "running" and len(gate["answer"] or []) == count

    press("gate-start")
    wait_for(lambda: has(0), "the gate to run")
    press("gate-admit")
    wait_for(lambda: has(3), "all to be in the answer")
    time.sleep(AFTERWARDS_S)
    press("gate-take-redis-st-api-2")
    wait_for(lambda: has(2), "it to leave the answer")
    time.sleep(1)
    look(browser, folder / "gate", "#gate")


def kill_and_look(demo, folder):
    """Returns what the demo tells of it."""
    browser = Browser()
    try:
        browser.show_as(SIZE)
        browser.driver.get(demo.address)
        time.sleep(CALM_S)
        wait_for(lambda: demo.state()["state"]["faults"]["kill"]["enabled"], "all to be well")
        check_calm(demo.state())
        browser.driver.find_element("id", "fault-kill").click()
        wait_for(lambda: demo.state()["summaries"], "the fault to be over")
        time.sleep(AFTERWARDS_S)
        look(browser, folder / "page")
        told = demo.state()
        take_out_and_look(demo, browser, folder)
    finally:
        browser.quit()
    return told


def make(program, arguments, made):
    """Leaves the pictures in the folder `made`."""
    load = os.getloadavg()[0]
    demo = Demo(program, ["--port", "0", "--logs", str(made / "logs"), *arguments], "/dev/stderr", BUILDING_S)
    try:
        told = kill_and_look(demo, made)
    finally:
        code = demo.end()
    if code != 0:
        raise RuntimeError(f"the demo ended with {code}")
    requests = lanes.read_requests(made / "logs" / "requests.csv")
    note = (f"a real run, {datetime.date.today()}: three Redis, three Sentinels and Consul on {os.cpu_count()} processors, "
            f"load {load:.1f} before")
    for scheme in lanes.SCHEMES:
        lanes.draw(requests, told["history"]["happenings"], told["hello"]["rate"], note, scheme, made / f"failover-{scheme}.svg")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, folder, arguments = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory(prefix="rediscovery-pictures-") as made:
        try:
            make(program, arguments, pathlib.Path(made))
        except RuntimeError as problem:
            sys.exit(f"pictures: error: {problem}")
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(pathlib.Path(made).glob("*.*")):
            shutil.copyfile(file, folder / file.name)
            print(f"{folder / file.name}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
