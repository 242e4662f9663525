"""What a run of the big chaos suite saw, as a page of its own: build/test-logs/chaos.html."""

import math
import time
from html import escape

from chaos_faults import NAMES

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667; --page: #fff; --line: #dde; --p50: #2a7; --p99: #c80;
  --max: #c33; --band: #88a3; --good: #187a3c; --bad: #c0182b }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --soft: #9aa3ad; --page: #14171a; --line: #2c3238;
  --p50: #4dc48f; --p99: #e8a33d; --max: #f0696f; --band: #8ab4; --good: #55c07a; --bad: #ff7a85 } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem } h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
td, th { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: right; font-weight: normal }
th { color: var(--soft) } td:first-child, th:first-child { text-align: left }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem } .figures div { min-width: 6rem }
.figures b { display: block; font-size: 1.5rem; font-weight: 600 } .good { color: var(--good) } .bad { color: var(--bad) }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--soft); font: 11px system-ui, sans-serif }
.scroll { overflow-x: auto } code { overflow-wrap: anywhere } .key { color: var(--soft) }
.p50 { stroke: var(--p50) } .p99 { stroke: var(--p99) } .max { stroke: var(--max) } .grid { stroke: var(--line) }
path { fill: none; stroke-width: 1.5 } .band { fill: var(--band) } circle.p50 { fill: var(--p50) } circle.p99 { fill: var(--p99) }
circle.max { fill: var(--max) }
"""
WIDTH, LEFT = 1000, 60
DECADES = (1, 10, 100, 1000, 10_000, 100_000)  # ms


def spots(value, low, high, least, most):
    """Where a value stands on a logarithmic axis."""
    value = min(max(value, least), most)
    return low + (high - low) * math.log(value / least) / math.log(most / least)


def spoken(ms):
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:g} s"


def by_title(faults):
    """{title: [entry…]}, those that made rows latest first."""
    found = {}
    for entry in faults:
        found.setdefault(entry["title"], []).append(entry)
    return dict(sorted(found.items(), key=lambda kv: -worst(kv[1], "max_ms")))


def worst(entries, field):
    return max(max(e["reader"][field], e.get("library", {}).get(field, 0)) for e in entries)


def total(entries, *fields):
    return sum(e[who].get(f, 0) for e in entries for who in ("reader", "library") if who in e for f in fields)


def resets(entries):
    found = {}
    for entry in entries:
        for who in ("reader", "library"):
            for reason, n in entry.get(who, {}).get("resets", {}).items():
                found[reason] = found.get(reason, 0) + n
    return found


def wrongs(one):
    """{kind: violations} of those that a viewer, or a comparison with the log, found."""
    found = {"lost": 0, "back": 0, "foreign": 0, "checksum": 0, "resume": 0, "reset": 0, "protocol": 0}
    for watcher in one.watchers.values():
        for line in watcher.of("violation"):
            found[line["violation"]] = found.get(line["violation"], 0) + 1
    found["lost"] += sum(rest["wrong"] for rest in one.rests)
    return found


def axis(low, high, place):
    """Lines for decades of milliseconds."""
    return "".join(place(spots(ms, low, high, DECADES[0], DECADES[-1]), spoken(ms)) for ms in DECADES)


def timeline(ticks, faults, rests):
    """Delay of rows in each second, faults as bands, rests as dashes."""
    if not ticks:
        return ""
    began, ended = ticks[0]["tick"] / 1000, max(ticks[-1]["tick"] / 1000, ticks[0]["tick"] / 1000 + 1)
    height = 320

    def x(at):
        return LEFT + (WIDTH - LEFT) * min(1, max(0, (at - began) / (ended - began)))

    def y(ms):
        return spots(ms, height - 30, 20, DECADES[0], DECADES[-1])

    parts = [axis(height - 30, 20, lambda at, text: f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH}"/>'
                  f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')]
    for entry in faults:
        left, right = x(entry["at"]), x(entry["well"])
        parts.append(f'<rect class="band" x="{left:.1f}" y="20" width="{max(1, right - left):.1f}" height="{height - 50}">'
                     f'<title>{escape(entry["what"])}: latest row {spoken(entry["reader"]["max_ms"])}</title></rect>')
    for rest in rests:
        parts.append(f'<path class="grid" stroke-dasharray="3 3" d="M{x(rest["at"]):.1f} 20V{height - 30}"/>')
    for field in ("max", "p99", "p50"):
        points = [f'{x(t["tick"] / 1000):.1f} {y(t[f"{field}_ms"]):.1f}' for t in ticks if t["n"]]
        parts.append(f'<path class="{field}" d="M{"L".join(points)}"/>' if points else "")
    for second in range(0, int(ended - began) + 1, max(10, int((ended - began) / 12) // 10 * 10)):
        parts.append(f'<text x="{x(began + second):.1f}" y="{height - 10}">{second} s</text>')
    return f'<div class="scroll"><svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg></div>'


def gaps(faults):
    """The latest row of each viewer, by kind of fault, on a logarithmic axis."""
    titles, left, step = by_title(faults), 230, 22
    height = step * len(titles) + 40
    parts = [axis(left, WIDTH - 40, lambda at, text: f'<path class="grid" d="M{at:.1f} 10V{height - 24}"/>'
                  f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle">{text}</text>')]
    for i, (title, entries) in enumerate(titles.items()):
        y = 20 + i * step
        parts.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{escape(title)} x{len(entries)}</text>')
        for field in ("p50", "p99", "max"):
            ms = worst(entries, f"{field}_ms")
            at = spots(ms, left, WIDTH - 40, DECADES[0], DECADES[-1])
            parts.append(f'<circle class="{field}" cx="{at:.1f}" cy="{y}" r="5"><title>{field} {spoken(ms)}</title></circle>')
    return f'<div class="scroll"><svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg></div>'


def fault_table(faults):
    rows = []
    for title, entries in by_title(faults).items():
        back = max(e["well"] - e["undone"] for e in entries)
        rows.append(
            f"<tr><td>{escape(title)}<td>{len(entries)}<td>{worst(entries, 'p50_ms'):.0f}<td>{worst(entries, 'p99_ms'):.0f}"
            f"<td>{worst(entries, 'max_ms'):.0f}<td>{total(entries, 'lost', 'silent', 'byes')}<td>{total(entries, 'told_stale')}"
            f"<td>{escape(', '.join(f'{n} {why}' for why, n in resets(entries).items()) or '0')}<td>{back:.1f}")
    return ("<div class=scroll><table><tr><th>fault<th>times<th>p50, ms<th>p99, ms<th>most, ms<th>connections lost"
            f"<th>told stale<th>resets<th>well again, s{''.join(rows)}</table></div>")


def figure(text, value, bad=None):
    colour = "" if bad is None else ' class="bad"' if bad else ' class="good"'
    return f"<div><b{colour}>{value}</b>{text}</div>"


def page(one, command):
    ticks, found = one.watchers["reader"].of("tick") if one.watchers else [], wrongs(one)
    verdict = f"{len(one.violations)} violations" if one.violations else "nothing lost, nothing gone back, nothing foreign"
    figures = "".join([
        figure("faults", len(one.faults)), figure("rows written", f"{ticks[-1]['produced']:,}" if ticks else 0),
        figure("rows delivered", f"{sum(t['rows'] for t in ticks):,}"),
        *(figure(kind, found[kind], found[kind] > 0) for kind in ("lost", "back", "foreign", "checksum", "resume")),
        figure("comparisons with the log", len(one.rests)),
        figure("count and checksum proved", f"{total(one.faults, 'verified'):,}")])
    roles = ", ".join(f"{sum(e['roles'].count(role) for e in one.faults)} {name}" for role, name in NAMES.items())
    key = '<p class="key">p50 green, p99 amber, the most red; {}</p>'
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Blotter: chaos</title><style>{STYLE}</style>
<h1>Chaos: {escape(verdict)}</h1>
<p>{one.options.viewers:,} viewers, {one.options.rate:,.0f} rows/s, {time.strftime("%Y-%m-%d %H:%M")}. Faults by role: {roles}.
Again: <code>{escape(command)}</code></p><div class="figures">{figures}</div>
<h2>How late rows were, each second</h2>{key.format("bands are faults until all is well again, dashes comparisons with the log")}
{timeline(ticks, one.faults, one.rests)}
<h2>The latest row of each viewer, by fault</h2>{key.format("of several faults of a kind the worst; of a change that a later one of its row overtook, when that came")}
{gaps(one.faults)}{fault_table(one.faults)}
<h2>Violations</h2><ul>{"".join(f"<li>{escape(v)}" for v in one.violations[:200]) or "<li>none"}</ul></html>
"""


def write(path, one, command):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(one, command), encoding="utf-8")


def summary(one):
    ticks = one.watchers["reader"].of("tick") if "reader" in one.watchers else []
    lines = [f"{len(one.faults)} faults, {ticks[-1]['produced'] if ticks else 0} rows written, "
             f"{sum(t['rows'] for t in ticks)} delivered, wrong: {wrongs(one)}, resets {resets(one.faults)}, "
             f"{len(one.rests)} comparisons with the log"]
    for title, entries in by_title(one.faults).items():
        lines.append(f"  {title} x{len(entries)}: p50 {worst(entries, 'p50_ms'):.0f}, p99 {worst(entries, 'p99_ms'):.0f}, "
                     f"most {worst(entries, 'max_ms'):.0f} ms")
    return "\n".join(lines)
