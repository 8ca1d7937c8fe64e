"""The chart of the benchmarks."""

from typing import Final
from xml.etree import ElementTree as ET

from bench.chart import Bar, bars

SVG: Final = "{http://www.w3.org/2000/svg}"
ROWS: Final = [
    Bar(label="Trading Bridge", value=50_000, least=40_000, most=55_000, kind="bridge"),
    Bar(label="<b>&", value=500, least=500, most=500, kind="peer"),
]


def drawn() -> ET.Element:
    return ET.fromstring(bars("Polls", "a second", ROWS))  # noqa: S314 - our own text


def test_bars_are_as_long_as_their_values() -> None:
    widths = [float(e.attrib["width"]) for e in drawn().findall(f"{SVG}rect") if len(e.attrib) > 5]
    ours, peer = (w for w in widths if w != 10)

    assert ours / peer == 100


def test_whiskers_stay_within_the_picture() -> None:
    svg = drawn()

    ends = [float(line.attrib["x2"]) for line in svg.findall(f"{SVG}line")]
    assert max(ends) < float(svg.attrib["width"])


def test_labels_are_text_and_not_markup() -> None:
    texts = [element.text for element in drawn().findall(f"{SVG}text")]

    assert "<b>&" in texts
    assert "50,000" in texts


def test_all_figures_are_in_the_title_for_those_who_hear_it() -> None:
    title = drawn().findtext(f"{SVG}title") or ""

    assert "Trading Bridge 50,000; <b>& 500" in title


def test_colours_differ_by_light_and_dark() -> None:
    style = drawn().findtext(f"{SVG}style") or ""

    assert "prefers-color-scheme: dark" in style


def test_rows_of_nothing_draw_a_trace() -> None:
    text = bars("Polls", "", [Bar(label="none", value=0, least=0, most=0, kind="peer")])

    assert 'width="1.0"' in text
