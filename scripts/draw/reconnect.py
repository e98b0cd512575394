#!/usr/bin/python3
"""Draws what `bench_reconnect --save FILE` has measured.

usage: scripts/draw/reconnect.py FIGURES.json PICTURE.png|svg
"""

import json
import sys

import style
from matplotlib.ticker import StrMethodFormatter
from style import plt

TITLES = {"plain": "plain TCP", "auth": "with AUTH", "tls": "over TLS"}


def draw_setting(axes, rows, least):
    for place, row in enumerate(reversed(rows)):
        colour = style.of_client(row["client"])
        key = "from_role_ms" if row["begins"] == "role" else "from_name_ms"
        figures = row[key]
        samples = [max(value, least) for value in row["samples_ms"]]  # a push may be there before DNS
        axes.plot(samples, [place] * len(samples), "|", color=colour, alpha=0.25, markersize=9)
        median, p99 = (max(figures[name], least) for name in ("p50", "p99"))
        axes.plot([median, p99], [place, place], color=colour, linewidth=2.5)
        axes.plot([median], [place], "o", color=colour, markersize=7)
        begin = "promotion" if row["begins"] == "role" else "DNS"
        text = f"{figures['p50']:.2f} / {figures['p99']:.2f} ms  (×{row['times_floor']['p50']:.1f}, from {begin})"
        axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [row["client"] for row in reversed(rows)])
    axes.set_title(TITLES[rows[0]["setting"]])
    axes.set_xscale("log")
    axes.set_xlim(left=least * 0.9)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.grid(axis="x", color=style.GRID, linewidth=0.6)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    settings = list(dict.fromkeys(row["setting"] for row in result["rows"]))
    figure, all_axes = plt.subplots(
        len(settings), 1, figsize=(9, 0.6 + 2.5 * len(settings)), sharex=True, squeeze=False, layout="constrained"
    )
    least = min(value for row in result["rows"] for value in row["samples_ms"] if value > 0.05)
    for axes, setting in zip(all_axes[:, 0], settings):
        draw_setting(axes, [row for row in result["rows"] if row["setting"] == setting], least)
    all_axes[-1, 0].set_xlabel("ms to the first acknowledged write, each of the moves; ● median, line to p99")
    figure.suptitle(
        f"Writing again after the master's name has moved, {result['moves']} times\n", x=0.01, ha="left", fontsize=13
    )
    style.note(figure, -0.02, result["machine"])
    style.save(figure, sys.argv[2])


if __name__ == "__main__":
    main()
