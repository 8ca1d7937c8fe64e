"""A bar chart as SVG, without a library: readable on a light page and on a dark one. Pure.

One colour says which bars are ours, greys are the rest; each bar has its figure beside it, so
nothing has to be read off an axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 860
_LABELS: Final = 300  # where the bars begin
_BARS: Final = 440  # the longest whisker
_ROW: Final = 34
_HEAD: Final = 76
_FOOT: Final = 18
_THICK: Final = 18

_STYLE: Final = """
text { font-family: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
.title { font-size: 17px; font-weight: 600; fill: #1f2328; }
.small { font-size: 12px; fill: #59636e; }
.label { font-size: 13px; fill: #1f2328; text-anchor: end; }
.figure { font-size: 13px; fill: #1f2328; font-variant-numeric: tabular-nums; }
.bridge { fill: #2563eb; }
.limit { fill: #c4cad1; }
.peer { fill: #858f99; }
.axis { stroke: #59636e; stroke-width: 1; }
.whisker { stroke: #1f2328; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  .title, .label, .figure { fill: #f0f6fc; }
  .small { fill: #9198a1; }
  .bridge { fill: #5b9bff; }
  .limit { fill: #3d444d; }
  .peer { fill: #7d8590; }
  .axis { stroke: #9198a1; }
  .whisker { stroke: #f0f6fc; }
}
"""
_KINDS: Final = (("bridge", "Trading Bridge"), ("limit", "limits"), ("peer", "peers"))


@dataclass(frozen=True, slots=True)
class Bar:
    """One row.

    Attributes:
        value: Length of the bar, with the whisker from ``least`` to ``most``; not negative.
        kind: ``bridge``, ``limit`` or ``peer``: its colour.
    """

    label: str
    value: float
    least: float
    most: float
    kind: str


def bars(title: str, subtitle: str, rows: Sequence[Bar]) -> str:
    """Return a chart of horizontal bars from zero, in the order given.

    Args:
        title: What the figures are.
        subtitle: How they were found, in one line.
        rows: At least one.
    """
    height = _HEAD + _ROW * len(rows) + _FOOT
    scale = _BARS / (max(row.most for row in rows) or 1)
    drawn = [_row(row, _HEAD + _ROW * number, scale) for number, row in enumerate(rows)]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" role="img" aria-labelledby="title">'
    )
    parts = (
        opening,
        f'<title id="title">{escape(title)}: {escape(_spoken(rows))}</title>',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="16" y="26">{escape(title)}</text>',
        f'<text class="small" x="16" y="46">{escape(subtitle)}</text>',
        _legend([row.kind for row in rows]),
        *drawn,
        _line("axis", (_LABELS, _HEAD - 4), (_LABELS, height - _FOOT)),
        "</svg>\n",
    )
    return "\n".join(parts)


def _row(row: Bar, top: int, scale: float) -> str:
    middle = top + _ROW / 2
    start, end = _LABELS + row.least * scale, _LABELS + row.most * scale
    return (
        f'<text class="label" x="{_LABELS - 10}" y="{middle + 4:g}">{escape(row.label)}</text>'
        f'<rect class="{escape(row.kind)}" x="{_LABELS}" y="{middle - _THICK / 2:g}" rx="2"'
        f' width="{max(row.value * scale, 1):.1f}" height="{_THICK}"/>'
        + _line("whisker", (start, middle), (end, middle))
        + f'<text class="figure" x="{end + 10:.1f}" y="{middle + 4:g}">{row.value:,.0f}</text>'
    )


def _line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    return (
        f'<line class="{kind}" x1="{start[0]:.1f}" y1="{start[1]:.1f}"'
        f' x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'
    )


def _legend(present: Sequence[str]) -> str:
    drawn, x = "", 16
    for kind, name in _KINDS:
        if kind not in present:
            continue
        drawn += (
            f'<rect class="{kind}" x="{x}" y="56" width="10" height="10" rx="2"/>'
            f'<text class="small" x="{x + 15}" y="65">{name}</text>'
        )
        x += 36 + 6 * len(name)
    return drawn


def _spoken(rows: Sequence[Bar]) -> str:
    return "; ".join(f"{row.label} {row.value:,.0f}" for row in rows)
