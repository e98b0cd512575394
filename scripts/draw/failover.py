#!/usr/bin/python3
"""Draws what `bench_failover --save FILE` has measured: one failover of each kind, the one of median outage.

usage: scripts/draw/failover.py FIGURES.json PICTURE.png|svg
"""

import json
import sys

import style
from matplotlib.patches import Patch
from style import plt

TITLES = {
    "kill": "the master is killed",
    "hang": "the master hangs",
    "planned": "SENTINEL FAILOVER while the master is well",
}
KEPT, LOST, FAILED = style.OURS, style.FAULT, "#e0b040"


def median_run(report):
    runs = sorted(report["runs"], key=lambda run: run["clients"][0]["outage_ms"])
    return runs[(len(runs) - 1) // 2]


def spans(steps, report):
    """Steps of the benchmark, joined, as (start, length) in seconds since the fault."""
    step = report["step_ms"] / 1000
    joined = []
    for number in steps:
        start = (number - report["steps_before_fault"]) * step
        if joined and start <= joined[-1][0] + joined[-1][1] + step / 2:
            joined[-1][1] = start + step - joined[-1][0]
        else:
            joined.append([start, step])
    return [tuple(each) for each in joined]


def draw_fault(axes, report, until):
    run = median_run(report)
    clients = run["clients"]
    for place, client in enumerate(reversed(clients)):
        for steps, colour, height in (
            (client["failed_steps"], FAILED, 0.36),
            (client["kept_steps"], KEPT, 0.62),
            (client["lost_steps"], LOST, 0.62),
        ):
            axes.broken_barh(spans(steps, report), (place - height / 2, height), facecolors=colour)
        text = f"{client['outage_ms']:,.0f} ms, {client['lost']:,} lost"
        axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    for what, name, side in (("promoted_ms", "promoted", "right"), ("announced_ms", "announced", "left")):
        at = run[what] / 1000
        axes.axvline(at, color=style.TEXT, linewidth=0.8, linestyle=":")
        axes.annotate(name, (at, len(clients) - 0.45), fontsize=8, ha=side, annotation_clip=False)
    axes.axvline(0, color=style.FAULT, linewidth=1)
    axes.set_yticks(range(len(clients)), [client["client"] for client in reversed(clients)])
    axes.set_ylim(-0.6, len(clients) - 0.5)
    axes.set_xlim(-report["steps_before_fault"] * report["step_ms"] / 1000, until)
    axes.set_title(TITLES[report["fault"]] + "\n")


def last_moment(report):
    """Until all clients have settled, in seconds."""
    run = median_run(report)
    ends = [run["announced_ms"] / 1000]
    for client in run["clients"]:
        for steps in (client["failed_steps"], client["lost_steps"]):
            ends += [start + length for start, length in spans(steps, report)[-1:]]
    return max(ends) + 0.7


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    reports = result["faults"]
    figure, all_axes = plt.subplots(
        len(reports), 1, figsize=(9, 0.8 + 2.6 * len(reports)), squeeze=False, layout="constrained"
    )
    for axes, report in zip(all_axes[:, 0], reports):
        draw_fault(axes, report, last_moment(report))
    all_axes[-1, 0].set_xlabel("seconds since the fault")
    figure.suptitle("What each client's writer saw of a failover\n", x=0.01, ha="left", fontsize=13)
    handles = [Patch(color=KEPT), Patch(color=LOST), Patch(color=FAILED)]
    labels = ["acknowledged", "acknowledged, and lost", "failed or in doubt"]
    figure.legend(handles, labels, loc="upper right", ncols=3, frameon=False, fontsize=8)
    how_many = ", ".join(f"{report['failovers']} of {report['fault']}" for report in reports)
    what = f"the failover of median outage of each kind ({how_many}); {result['rate']} writes per second and client"
    style.note(figure, -0.02, result["machine"], what)
    style.save(figure, sys.argv[2])


if __name__ == "__main__":
    main()
