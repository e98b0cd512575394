"""Draws a failover as two clients lived through it, from what the demo leaves."""

import csv

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of the backend)

SCHEMES = {
    "light": {"text": "#1a232d", "quiet": "#55616e", "grid": "#d5dce3", "library": "#1f6f8b", "plain": "#a9561e", "fault": "#b3262e"},
    "dark": {"text": "#e8edf2", "quiet": "#a5b1bd", "grid": "#323e4b", "library": "#72c4de", "plain": "#eba36c", "fault": "#ff8d85"},
}
STEPS = {
    "fault": "the master is killed",
    "evidence": "the pool notices",
    "down": "the Sentinels agree that it is down",
    "promotion": "a replica is promoted",
    "adopted": "the pool adopts it",
    "named": "the DNS name is moved",
    "first_write": "first write",
    "announced": "Sentinel announces it",
}
LANES = {"library": "st-api with rediscovery", "plain": "a plain client on the same name"}
BEFORE_S, AFTER_S = 0.7, 1.2


def read_requests(file):
    """For each lane: when a request was due, how long it took, both in ms, and what came of it."""
    lanes = {lane: [] for lane in LANES}
    with open(file, encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            lanes[row["lane"]].append((float(row["due_ms"]), float(row["took_ms"]), row["outcome"]))
    return lanes


def steps_of(happenings):
    """The first of each kind since the fault: name and seconds."""
    fault = next(each for each in happenings if each["kind"] == "fault")
    first = {}
    for each in happenings:
        if each["kind"] in STEPS and each["t_ms"] >= fault["t_ms"]:
            first[each["kind"]] = min(first.get(each["kind"], each["t_ms"]), each["t_ms"])
    steps = [(kind, (t_ms - fault["t_ms"]) / 1000) for kind, t_ms in first.items()]
    return fault["t_ms"], sorted(steps, key=lambda step: (step[1], list(STEPS).index(step[0])))


def in_words(seconds):
    return f"{seconds * 1000:,.0f} ms"


def draw_steps(axes, steps, colours):
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.axis("off")
    for row, (kind, at) in enumerate(steps):
        colour = colours["fault"] if kind == "fault" else colours["library"]
        weight = "bold" if kind in ("fault", "adopted", "first_write") else "normal"
        axes.plot([at, at], [row, len(steps)], color=colours["grid"], linewidth=1, zorder=1, clip_on=False)
        axes.plot([at], [row], "o", color=colour, markersize=5, zorder=2, clip_on=False)
        text = STEPS[kind] if kind == "fault" else f"{STEPS[kind]}  +{in_words(at)}"
        axes.annotate(text, (at, row), (8, 0), textcoords="offset points", va="center", fontsize=9, weight=weight, color=colours["text"])


def draw_lane(axes, lane, requests, fault_ms, colours):
    points = {"ok": ([], []), "failed": ([], []), "in_doubt": ([], [])}
    for due, took, outcome in requests:
        points[outcome][0].append((due - fault_ms) / 1000)
        points[outcome][1].append(took / 1000)
    # Thousands of points would make a large file; as a bitmap in it they do not.
    axes.plot(*points["ok"], ".", color=colours[lane], markersize=3, rasterized=True)
    lost = [points["failed"][0] + points["in_doubt"][0], points["failed"][1] + points["in_doubt"][1]]
    axes.plot(*lost, "x", color=colours["fault"], markersize=5, markeredgewidth=1, rasterized=True)
    failed = len(lost[0])
    axes.set_title(LANES[lane], color=colours[lane], fontsize=11, weight="bold", loc="left")
    axes.set_title(f"{failed:,} of {len(requests):,} failed", color=colours["fault"] if failed else colours["text"],
                   fontsize=13, weight="bold", loc="right")
    axes.set_ylabel("wait, s")
    axes.grid(axis="y", color=colours["grid"], linewidth=0.6)
    axes.set_axisbelow(True)


def draw(requests, happenings, rate, note, scheme, path):
    colours = SCHEMES[scheme]
    fault_ms, steps = steps_of(happenings)
    first, last = -BEFORE_S, steps[-1][1] + AFTER_S
    shown = {
        lane: [each for each in all_of if first <= (each[0] - fault_ms) / 1000 <= last] for lane, all_of in requests.items()
    }
    quiet = {name: colours["quiet"] for name in ("xtick.color", "ytick.color", "axes.labelcolor")}
    with plt.rc_context({"font.family": "DejaVu Sans", "font.size": 9, "axes.edgecolor": colours["grid"], "axes.spines.top": False,
                         "axes.spines.right": False, "svg.hashsalt": "rediscovery", "text.color": colours["text"], **quiet}):
        figure, axes = plt.subplots(3, 1, figsize=(9, 6), sharex=True, layout="constrained", height_ratios=[1.5, 1, 1])
        figure.suptitle(f"A Redis master is killed while two clients write, {rate} times a second each",
                        x=0.01, ha="left", fontsize=13, weight="bold", color=colours["text"])
        draw_steps(axes[0], steps, colours)
        longest = max(took for all_of in shown.values() for _, took, _ in all_of) / 1000
        for place, lane in zip(axes[1:], LANES):
            place.axvline(0, color=colours["fault"], linewidth=1)
            for kind, at in steps:
                if kind == "adopted":
                    place.axvline(at, color=colours["library"], linewidth=1, linestyle=":")
            draw_lane(place, lane, shown[lane], fault_ms, colours)
            place.set_ylim(-0.06 * longest, 1.12 * longest)
        axes[2].set_xlim(first, last)
        axes[2].set_xlabel("seconds from the fault; each point is a request: when it was due, how long it took; × failed")
        figure.text(0.01, -0.02, note, fontsize=8, color=colours["quiet"])
        figure.savefig(path, dpi=180, bbox_inches="tight", transparent=True, metadata={"Date": None})
        plt.close(figure)
