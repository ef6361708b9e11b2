"""Requests a second over time, as SVG of our own: two small charts need no library of 20 MB."""

_WIDTH, _HEIGHT, _LEFT, _GAP = 800, 160, 70, 50
_COLUMNS = 400
_SHOWN = (("connects", "connections"), ("writes", "requests"))


def svg(service, from_s: int = 0) -> str:
    """The picture of what a Service was asked in each second, and what of it was refused."""
    last = max((max(each, default=0) for each in service.by_second.values()), default=0)
    span = max(1, last - from_s + 1)
    parts = []
    for place, (name, what) in enumerate(_SHOWN):
        top = _GAP + place * (_HEIGHT + 2 * _GAP)
        parts += _chart(service, name, what, from_s, span, top)
    height = len(_SHOWN) * (_HEIGHT + 2 * _GAP)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH + 2 * _LEFT}" '
            f'height="{height}" font-family="sans-serif" font-size="13">',
            '<rect width="100%" height="100%" fill="white"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _chart(service, name, what, from_s, span, top):
    passed, refused = _columns(service.by_second[name], from_s, span)
    limit = service.limits[name]
    highest = max(limit, *(a + b for a, b in zip(passed, refused, strict=True)))
    bottom = top + _HEIGHT

    def height(value):
        return value / highest * _HEIGHT

    step = _WIDTH / len(passed)
    lines = [
        f'<text x="{_LEFT}" y="{top - 12}">{what} a second: passed (dark), refused (light); '
        f"the line is the quota, {limit:g}</text>"
    ]
    for at, (good, bad) in enumerate(zip(passed, refused, strict=True)):
        x = _LEFT + at * step
        for value, below, color in ((good, 0, "#2b6ca3"), (bad, good, "#e8a33d")):
            if value:
                y = bottom - height(below + value)
                lines.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{step + 0.2:.1f}" '
                    f'height="{height(value):.1f}" fill="{color}"/>'
                )
    y = bottom - height(limit)
    lines += [
        f'<path d="M{_LEFT} {y:.1f}h{_WIDTH}" stroke="#b00" stroke-dasharray="4 3"/>',
        f'<path d="M{_LEFT} {top}V{bottom}h{_WIDTH}" stroke="black" fill="none"/>',
        f'<text x="{_LEFT - 6}" y="{top + 5}" text-anchor="end">{highest:,.0f}</text>',
        f'<text x="{_LEFT}" y="{bottom + 18}">0 s</text>',
        f'<text x="{_LEFT + _WIDTH}" y="{bottom + 18}" text-anchor="end">{span:,} s</text>',
    ]
    return lines


def _columns(by_second, from_s, span):
    # Mean values a second, of so many seconds as a column has.
    count = min(_COLUMNS, span)
    sums = [[0, 0] for _ in range(count)]
    for second, (passed, refused) in by_second.items():
        if second >= from_s:
            column = sums[(second - from_s) * count // span]
            column[0] += passed
            column[1] += refused
    width = span / count
    return [each[0] / width for each in sums], [each[1] / width for each in sums]
