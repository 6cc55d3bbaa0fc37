from __future__ import annotations

from matplotlib.backends.backend_agg import FigureCanvasAgg

from rfe_labour.shown import social_card
from tests.rfe_labour.printed_page import WORKERS


def test_the_card_shows_the_printed_workers_and_cuts_no_text_off() -> None:
    figure = social_card.draw()
    for axes, printed in zip(figure.axes, WORKERS.values(), strict=True):
        (line,) = axes.get_lines()
        assert [f"{value:,.0f}" for value in line.get_ydata()] == printed[1].split()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert drawn.x0 > 0
    assert drawn.y0 > 0
    assert drawn.x1 < width
    assert drawn.y1 < height
