"""Plots as inline SVG: text stays text, colours are those of the page, and the same numbers give the same bytes."""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Final

_INK: Final = "#0a0b0c"
_SERIES: Final = ("#010203", "#040506", "#070809")
"""Stand-ins that no plot uses otherwise; the page's own colours take their place, dark or light."""

_FOREIGN: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_REFERENCES: Final = re.compile(r'(\bid="|url\(#|xlink:href="#)')


def bars_by_week(
    name: str, weeks: Sequence[str], series: Mapping[str, Sequence[int]], title: str
) -> str:
    """Stacked bars, one a week.

    Args:
        name: letters only; keeps ids of two plots on one page apart.
        weeks: label of each week, oldest first.
        series: up to three, by the name in the legend; one number a week.
        title: what a screen reader says in place of the plot.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "feedback-removal", "font.size": 10}):
        figure = Figure(figsize=(7.6, 2.6), layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        floor = [0] * len(weeks)
        for colour, (label, numbers) in zip(_SERIES, series.items(), strict=False):
            axes.bar(range(len(weeks)), numbers, bottom=floor, color=colour, label=label)
            floor = [low + high for low, high in zip(floor, numbers, strict=True)]
        every = range(len(weeks) - 1, -1, -5)
        axes.set_xticks(list(every), [weeks[place] for place in every])
        axes.set_ylim(0, max(*floor, 1) * 1.1)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.tick_params(colors=_INK, length=0)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(_INK)
        figure.legend(
            loc="outside upper left", ncols=3, frameon=False, labelcolor=_INK, handlelength=1
        )
        written = StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=nothing)
    return _of_the_page(written.getvalue(), name, title)


def _of_the_page(svg: str, name: str, title: str) -> str:
    start = svg.index("<svg")
    body = _FOREIGN.sub("", svg[start:])
    body = _REFERENCES.sub(rf"\g<1>{name}-", body).replace(_INK, "currentColor")
    for number, colour in enumerate(_SERIES, start=1):
        body = body.replace(colour, f"var(--series-{number})")
    return body.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
