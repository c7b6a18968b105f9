"""Draws a backtest: stories a day at each threshold, as bars of text or as an SVG."""

from collections.abc import Sequence
from html import escape

from monitor.evaluation.backtest import Step
from monitor.text.clean import clean

EIGHTHS = " ▏▎▍▌▋▊▉"
WIDTH, ROW, TOP, BAR, SCALE = 360, 30, 66, 18, 252  # of the SVG, in its own units; the bars' room is SCALE wide
LEFT = 46  # where the bars begin

STYLE = """
svg.tune{max-width:36rem;width:100%;height:auto;font:12px system-ui,sans-serif;background:#fff;color:#1c2024}
.tune text{fill:currentColor}.tune .head{font-size:15px;font-weight:600}.tune .soft{opacity:.72}
.tune .bar{fill:#6f97bd}.tune .now .bar{fill:#1f5f99}.tune .now text{font-weight:700}
.tune .base{stroke:currentColor;stroke-opacity:.3}
@media (prefers-color-scheme:dark){svg.tune{background:#15181c;color:#e8eaed}
.tune .bar{fill:#54779a}.tune .now .bar{fill:#7db8ee}}
"""


def bar(value: float, most: float, width: int) -> str:
    """Return a bar of `width` cells for `most`, drawn to an eighth of a cell; "" for nothing."""
    eighths = round(8 * width * value / most) if most > 0 else 0
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def rate(value: float) -> str:
    """Return a number of stories a day in as few digits as tell something."""
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def svg(title: str, steps: Sequence[Step], now: float, about: str) -> str:
    """Return the bars as one SVG element for a page or a file; the step nearest below `now` is marked.

    `about` says in words what was judged. It needs no script and no other file, and reads in light and in dark.
    """
    most = max((step.stories_per_day for step in steps), default=0.0)
    current = max((step.threshold for step in steps if step.threshold <= now), default=None)
    rows = "".join(_row(at, step, most, current == step.threshold) for at, step in enumerate(steps))
    height = TOP + ROW * len(steps) + 34
    bottom = TOP + ROW * len(steps)
    told = "; ".join(f"from {step.threshold:g}: {rate(step.stories_per_day)}" for step in steps)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tune" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="tune-title tune-desc"><title id="tune-title">{_text(title, 200)}: stories a day at each '
        f'threshold</title><desc id="tune-desc">{_text(about, 400)} Stories a day {told}.</desc>'
        f"<style>{STYLE}</style>"
        f'<text class="head" x="16" y="26">{_text(title, 40)}</text>'
        f'<text class="soft" x="16" y="46">stories a day, by threshold</text>'
        f"{rows}"
        f'<line class="base" x1="{LEFT}" x2="{LEFT}" y1="{TOP - 4}" y2="{bottom}"/>'
        f'<text class="soft" x="16" y="{bottom + 20}">threshold now: {now:g}</text></svg>\n'
    )


def _row(at: int, step: Step, most: float, current: bool) -> str:
    length = max(1.0, SCALE * step.stories_per_day / most) if step.stories_per_day and most else 0.0
    y = TOP + ROW * at
    near = " / ".join(filter(None, (", ".join(step.above[:2]), ", ".join(step.below[:2]))))
    shown = f"from {step.threshold:g}: {rate(step.stories_per_day)} a day" + (f" — at the line: {near}" if near else "")
    return (
        f"<g{' class=' + chr(34) + 'now' + chr(34) if current else ''}><title>{_text(shown, 400)}</title>"
        f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end">{step.threshold:g}</text>'
        f'<rect class="bar" x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>'
        f'<text x="{LEFT + length + 8:.1f}" y="{y + 14}">{rate(step.stories_per_day)}</text></g>'
    )


def _text(words: str, limit: int) -> str:
    """Return foreign words for a place between tags: cleaned, cut, escaped."""
    plain = clean(words, 10_000)
    return escape(plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…")
