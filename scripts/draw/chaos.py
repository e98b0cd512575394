#!/usr/bin/python3
"""Draws what `rediscovery_chaos --save FILE` has seen: memory, threads and descriptors of each process.

usage: scripts/draw/chaos.py FIGURES.json PICTURE.png|svg
"""

import json
import sys

import style
from style import plt

ROWS = (("resident_kb", "resident, MB", 1024), ("threads", "threads", 1), ("descriptors", "descriptors", 1))
COLOURS = {"pool": style.OURS, "async": style.PEER, "name-alone": "#4a4a8a"}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    figure, all_axes = plt.subplots(len(ROWS), 1, figsize=(9, 7), sharex=True, layout="constrained")
    for axes, (field, label, unit) in zip(all_axes, ROWS):
        for name, columns in result["resources"].items():
            if not columns:
                continue
            minutes = [seconds / 60 for seconds in columns["seconds"]]
            values = [value / unit for value in columns[field]]
            axes.plot(minutes, values, linewidth=1, color=COLOURS.get(name, style.FLOOR), label=name)
        axes.set_ylim(bottom=0)
        axes.set_title(label)
        axes.grid(axis="y", color=style.GRID, linewidth=0.5)
    all_axes[-1].set_xlabel("minutes")
    handles, labels = all_axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncols=len(labels), frameon=False, fontsize=8)
    times = sum(row["times"] for row in result["faults"])
    figure.suptitle(f"{result['ran_seconds'] / 60:.0f} minutes, {times} faults\n", x=0.01, ha="left", fontsize=13)
    what = f"seed {result['seed']}, {result['rate']} writes per second and application"
    style.note(figure, -0.03, result["machine"], what)
    style.save(figure, sys.argv[2])


if __name__ == "__main__":
    main()
