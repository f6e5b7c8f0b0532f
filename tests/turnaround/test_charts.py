"""What is drawn: marks, words and dashes of each chart, and nothing that a page’s policy forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from portal.turnaround import draughtsman
from portal.turnaround.cells import Kind, Table
from portal.turnaround.charts import Chart, Dot, Line, Steps, bars, funnel, lines, ticks, xmr
from portal.turnaround.draughtsman import CannotDraw, Draughtsman, Kept
from portal.turnaround.svg import SVG, clean

NONE = Table("none", "None", (), ())
HOSTILE = "A <script>alert(1)</script> & “B”"
NAMES = ["Nacro", "Llamau", HOSTILE, "Ŷsbryd", "Platfform", "The Wallich"]


@pytest.fixture(scope="module", autouse=True)
def _one_helper() -> Iterator[None]:
    yield
    draughtsman.draughtsman.end()


def curves(number: int, target: tuple[int, str] | None = (5, "Promise: day 5")) -> Chart:
    made = [
        Line(
            name, [(day, min(1.0, day * (i + 1) / 40), 0.1, 0.9) for day in range(11)], [(0, 40 + i), (10, 7)]
        )
        for i, name in enumerate(NAMES[:number])
    ]
    return lines(
        made, name="curves", title="Curves", alternative="Nacro 13%.", table=NONE,
        x="Days", y="Share", risk="Still waiting", target=target,
    )  # fmt: skip


def stacked(**more: bool) -> Chart:
    rows = [("Nacro", [("Agency", 12), ("Person", 5)]), (HOSTILE, [("Agency", 3), ("Person", 0)])]
    return bars(rows, name="declines", title="Declines", alternative="17 and 3.", axis="Declined", **more)


def some_funnel() -> Chart:
    steps = [
        Steps([(n, 0.5 - 1 / n, 0.5 + 1 / n) for n in range(2, 60)], words) for words in ("95%", "99.8%")
    ]
    dots = [Dot("Nacro", 40, 0.5), Dot("Llamau", 50, 0.9, flagged=True), Dot("Unnamed", 20, 0.4, named=False)]
    return funnel(
        dots, (steps[0], steps[1]), name="funnel", title="Funnel", alternative="90% of 50.", table=NONE,
        x="Judged", y="Share", mean=(0.5, "All: 50%"),
    )  # fmt: skip


def months() -> Chart:
    return xmr(
        [(f"Month {i}", 0.5 + i / 100, i == 3) for i in range(14)], name="trend", title="Trend",
        alternative="Mean 50%.", table=NONE, y="Share", mean=(0.5, "Mean 50%"), low=(0.3, "Low 30%"),
        high=(0.7, "High 70%"),
    )  # fmt: skip


def tree(chart: Chart, *, narrow: bool = False) -> ElementTree.Element:
    return ElementTree.fromstring(chart.file("svg", narrow=narrow))  # noqa: S314 - our own


def words(root: ElementTree.Element) -> list[str]:
    return ["".join(each.itertext()) for each in root.iter(f"{{{SVG}}}text")]


def marks(root: ElementTree.Element, **wanted: str) -> list[ElementTree.Element]:
    """Paths with these attributes."""
    found = root.iter(f"{{{SVG}}}path")
    return [each for each in found if all(each.get(k.replace("_", "-")) == v for k, v in wanted.items())]


@pytest.mark.parametrize(
    "chart", [curves(6), curves(1), stacked(), stacked(stacked=False), some_funnel(), months()]
)
@pytest.mark.parametrize("narrow", [False, True])
def test_nothing_is_drawn_that_the_policy_of_pages_forbids(chart: Chart, narrow: bool) -> None:
    text = chart.file("svg", narrow=narrow).decode()
    assert not re.search(r"<style|<script|<a |style=|class=|href|url\(|\son\w+=|<image|<foreignObject", text)
    root = tree(chart, narrow=narrow)
    assert root.get("role") == "img"
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert ids == str(root.get("aria-labelledby")).split()
    assert [each.text for each in root[:2]] == [chart.title, chart.alternative]
    assert float(str(root.get("width"))) <= (330 if narrow else 960)


def test_the_two_drawings_of_a_page_share_no_id() -> None:
    ids = re.findall(r' id="([^"]+)"', str(curves(2).svg))
    assert len(ids) == len(set(ids)) == 4


def test_each_line_has_its_own_colour_and_dash_and_its_name_at_its_end() -> None:
    root = tree(curves(6))
    drawn = marks(root, stroke_width="2.5")
    assert len({(each.get("stroke"), each.get("stroke-dasharray")) for each in drawn}) == 6
    assert len({each.get("stroke-dasharray") for each in drawn}) == 6
    assert [words(root).count(name) for name in ("Nacro", "Llamau", "Ŷsbryd")] == [
        2,
        2,
        2,
    ]  # the end, the numbers
    assert {"Share", "Days", "Promise: day 5", "Still waiting", "40", "45", "7"} <= set(words(root))


def test_a_narrow_chart_has_letters_at_the_ends_and_names_beneath() -> None:
    said = words(tree(curves(6), narrow=True))
    assert set("ABCDEF") <= set(said)
    assert "A  Nacro" in said or "A Nacro" in said


def test_only_a_single_line_has_a_band() -> None:
    assert [len(marks(tree(curves(number)), opacity="0.2")) for number in (1, 2)] == [1, 0]


def test_a_target_beyond_the_end_is_not_drawn() -> None:
    assert "Promise" not in " ".join(words(tree(curves(2, (11, "Promise: day 11")))))


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="from 1 to 6"):
        lines([], name="x", title="", alternative="", table=NONE, x="", y="", risk="")


def test_bars_are_as_many_as_there_are_counts_and_hold_their_numbers() -> None:
    root = tree(stacked())
    drawn = [each for each in marks(root, stroke="#0b0c0c", stroke_width="1")]
    assert len(drawn) == 3
    assert len({each.get("fill") for each in drawn}) == 2
    assert {"12", "5", "Agency", "Person", "Declined"} <= set(words(root))
    assert {"12", "5", "3", "0"} <= set(words(tree(stacked(stacked=False))))


def test_bars_make_their_own_table() -> None:
    table = stacked().table
    assert [column.heading for column in table.columns] == ["", "Agency", "Person"]
    assert [[cell.value for cell in row] for row in table.rows] == [["Nacro", 12, 5], [HOSTILE, 3, 0]]
    assert table.columns[1].kind is Kind.COUNT


def test_a_funnel_marks_who_stands_out_by_shape_and_names_them() -> None:
    root = tree(some_funnel())
    dots = marks(root, stroke="white")
    assert sorted(each.get("fill") for each in dots) == ["#0b4f52", "#0b4f52", "#a3206b"]
    assert len({re.sub(r"[-\d.,]+", "", str(each.get("d"))) for each in dots}) == 2
    assert {"Nacro", "Llamau", "95%", "99.8%", "All: 50%", "Judged"} <= set(words(root))
    assert "Unnamed" not in words(root)
    assert {each.get("stroke-dasharray") for each in marks(root, stroke_width="1.5")} == {"6,4", "2,3"}


def test_a_trend_marks_its_signals_by_shape_and_says_its_limits() -> None:
    root = tree(months())
    dots = marks(root, stroke="white")
    assert len(dots) == 14
    assert len({re.sub(r"[-\d.,]+", "", str(each.get("d"))) for each in dots}) == 2
    assert {"Mean 50%", "Low 30%", "High 70%"} <= set(words(root))


def test_a_png_is_twice_the_size() -> None:
    content = stacked().file("png")
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20]) == pytest.approx(
        2 * float(str(tree(stacked()).get("width"))), abs=4
    )


def test_what_was_drawn_is_not_drawn_again() -> None:
    first = stacked().svg
    draughtsman.draughtsman.end()
    assert stacked().svg == first
    assert draughtsman.draughtsman._helper is None


def test_a_helper_that_has_ended_is_begun_again() -> None:
    one = Draughtsman()
    request = '{"kind": "none", "narrow": false, "format": "svg"}'
    for _turn in range(2):
        with pytest.raises(CannotDraw, match="KeyError"):
            one.draw(request)
        assert one._helper
        one._helper.kill()
        one._helper.wait()
    one.end()


def test_a_chart_that_cannot_be_drawn_leaves_the_page_its_table() -> None:
    broken = Chart("x", "X", "X", NONE, {"kind": "none"})
    assert broken.svg == ""
    with pytest.raises(CannotDraw):
        broken.file("png")


def test_only_so_much_is_kept_and_the_oldest_goes_first() -> None:
    kept = Kept(most=10)
    for key in (b"1", b"2"):
        kept.put(key, b"12345")
    kept.get(b"1")
    kept.put(b"3", b"12345")
    assert [kept.get(key) for key in (b"1", b"2", b"3")] == [b"12345", None, b"12345"]
    kept.put(b"4", b"12345678901")
    assert kept.size == 0


def test_cleaning_takes_out_whatever_it_does_not_know() -> None:
    drawing = (
        f'<svg xmlns="{SVG}" width="9" height="9" onload="x()"><style>a</style><script>x()</script>'
        '<g class="a" style="fill:red"><path d="M1,1h2.123456" fill="url(#a)" stroke="#000"/><image href="x"/></g>'
        "<text>&lt;b&gt;</text></svg>"
    )
    assert clean(drawing, "<T>", "Words", "n") == (
        f'<svg xmlns="{SVG}" width="9" height="9" role="img" focusable="false" aria-labelledby="n-title n-words">'
        '<title id="n-title">&lt;T&gt;</title><desc id="n-words">Words</desc>'
        '<g><path d="M1,1h2.12" stroke="#000" /></g><text>&lt;b&gt;</text></svg>'
    )


def test_days_under_an_axis_are_few() -> None:
    assert [ticks(last) for last in (0, 3, 10)] == [[0], [0, 1, 2, 3], [0, 2, 4, 6, 8, 10]]
    assert all(len(ticks(last)) <= 8 for last in range(400))
