"""How all pictures look, and how they are written."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of the backend)

OURS = "#1f6f8b"
FLOOR = "#8a8a8a"
PEER = "#c8743c"
FAULT = "#b3262e"
TEXT = "#222222"
GRID = "#dddddd"

plt.rcParams.update(
    {
        "font.size": 10,
        "font.family": "DejaVu Sans",
        "text.color": TEXT,
        "axes.edgecolor": GRID,
        "axes.labelcolor": TEXT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "figure.facecolor": "white",
        "svg.hashsalt": "rediscovery",  # the same picture from the same figures
    }
)


def of_client(name):
    """Ours, a peer, or what is possible at all."""
    if name == "floor":
        return FLOOR
    return OURS if name.startswith(("Pool", "AsyncClient")) else PEER


def note(figure, height, machine, what=""):
    """The line under a picture that says what was done, and what its figures are worth."""
    text = f"{machine['date'][:10]}, {machine['processors']} processors, load {machine['load']:.1f} before"
    if not machine["release_build"]:
        text += ", DEBUG BUILD"
    figure.text(0.01, height, f"{what}; {text}" if what else text, fontsize=8, color="#666666")


def save(figure, path):
    figure.savefig(path, dpi=150, bbox_inches="tight")
    plt.close(figure)
