#!/usr/bin/python3
"""Writes numbered keys by redis-py, set up as its documentation shows it for Sentinel.

Its one argument is a JSON object; a line for each write goes to its "file": number, when it was sent and when
it ended (CLOCK_MONOTONIC, nanoseconds), what became of it. Ends on SIGTERM, or after two minutes.
"""

import json
import signal
import sys
import time

import redis
from redis.sentinel import MasterNotFoundError, Sentinel

LONGEST_NS = 120_000_000_000

settings = json.loads(sys.argv[1])
stopping = False


def stop(_number, _frame):
    global stopping
    stopping = True


def outcome_of(master, key):
    try:
        master.set(key, "1")
        return "acknowledged"
    except (redis.exceptions.ReadOnlyError, redis.exceptions.BusyLoadingError, MasterNotFoundError):
        return "failed"
    except redis.exceptions.ConnectionError as error:
        # What was not sent, it does not tell but for the text.
        return "failed" if "connecting to" in str(error) else "in_doubt"
    except redis.exceptions.RedisError:
        return "in_doubt"


def main():
    signal.signal(signal.SIGTERM, stop)
    sentinel = Sentinel([tuple(each) for each in settings["sentinels"]], socket_timeout=settings["timeout_s"])
    master = sentinel.master_for(settings["master"], socket_timeout=settings["timeout_s"])
    interval = 1_000_000_000 // settings["rate"]
    start = time.monotonic_ns()
    with open(settings["file"], "w", encoding="utf-8", buffering=1) as file:
        number = 0
        while not stopping and time.monotonic_ns() - start < LONGEST_NS:
            early = start + number * interval - time.monotonic_ns()
            if early > 0:
                time.sleep(early / 1e9)
            sent = time.monotonic_ns()
            outcome = outcome_of(master, f"{settings['client']}:{number}")
            file.write(f"{number} {sent} {time.monotonic_ns()} {outcome}\n")
            number += 1


main()
