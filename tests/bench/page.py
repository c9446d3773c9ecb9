"""The benchmark page: what scripts/bench measured, as pictures and tables (benchmark.md, benchmark-*.svg).

Not here: measuring (scripts/bench, system.py). The pictures need nothing but a browser; bars lie on a logarithmic scale, since
what is compared lies up to three powers of ten apart.
"""
import html
import json
import math
import os
import platform
import time

OURS, THEIRS, BOUND, TEXT, QUIET, GRID = "#2a6f97", "#c9a66b", "#9d0208", "#222222", "#5b5b5b", "#e3e3e3"
WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 760, 220, 86, 74, 15, 14
DATA = "benchmark.json"


# --- what is shown of it

def core_pairs(table):
    wanted = ("encrypt/", "decrypt/", "pingpong/", "x3dh-")
    return [row for row in table if row["name"].startswith(wanted)]


def fanouts(table):
    return [row for row in table if row["name"].startswith("fanout-") and row["bound"]]


def system_pairs(table, start, unit):
    return [row for row in table if row["name"].startswith(start) and row["unit"] == unit]


def echo_rates(table):
    """What the server alone lets through is the bound of each."""
    servers = {row["name"].removeprefix("server-rate"): row["value"] for row in table if row["name"].startswith("server-rate")}
    return [{**row, "bound": servers.get(row["name"].removeprefix("echo-rate"))} for row in system_pairs(table, "echo-rate", "1/s")]


PICTURES = (
    # file, title, unit, which rows, what is said of it
    ("core", "One message, one session", "µs of processor time",
     core_pairs, "Processor time of the OMEMO core beside libomemo-c with OpenSSL, in one process, interleaved. The mark is the bound: the "
     "primitives the operation cannot do without, with nothing around them."),
    ("fanout", "One message to many devices", "µs of processor time",
     fanouts, "The same for a message to 10, 100 and 1000 devices, with its XML; libomemo-c makes none."),
    ("rate", "Echoes through Prosody, 100 under way", "per second",
     echo_rates,
     "A client sends an encrypted text, a plugin answers it, encrypted: received, decrypted, stored, handed to the plugin, its effects stored, "
     "encrypted, stored, sent. The peer is a bot on python-omemo that stores nothing before it sends. The mark is what the server "
     "alone lets through when the other side only turns the bytes round."),
    ("latency", "One echo at a time", "milliseconds",
     lambda table: system_pairs(table, ("echo-p50", "echo-p99"), "ms"),
     "Each echo waits for the disk three times in a row (`disk-sync` is one such wait); `in-memory` is the same in /dev/shm."),
    ("start", "From start to online", "milliseconds", lambda table: system_pairs(table, ("start-to-online",), "ms"),
     "From the start of the process until it is logged in over TLS and says that it is ready."),
    ("memory", "Memory when idle", "MiB", lambda table: system_pairs(table, ("idle-rss",), "MiB"),
     "Resident memory of the gateway without plugins, seven seconds after its start."),
)


# --- pictures

def shown(number):
    if number >= 1000:
        return f"{number:,.0f}".replace(",", " ")
    return f"{number:.3g}"


def text_at(x, y, words, anchor="start", color=TEXT, size=13, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}" '
            f'font-weight="{weight}">{html.escape(words)}</text>')


class Scale:
    """From values to places, by their logarithm; it begins and ends at powers of ten."""

    def __init__(self, values):
        self.least = math.floor(math.log10(min(values)) - 0.01)
        self.most = max(math.ceil(math.log10(max(values))), self.least + 1)

    def place(self, value):
        share = (math.log10(value) - self.least) / (self.most - self.least)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def powers(self):
        return [10.0 ** power for power in range(self.least, self.most + 1)]


def bar(scale, y, value, color):
    end = scale.place(value)
    return (f'<rect x="{LEFT}" y="{y}" width="{max(end - LEFT, 1):.1f}" height="{BAR}" fill="{color}"/>'
            + text_at(end + 5, y + BAR - 3, shown(value), size=12))


def legend(rows):
    peers = [row["peer"] for row in rows if row["peer_value"] is not None]
    entries = [("omegate", OURS)] + ([(peers[0], THEIRS)] if peers else [])
    x, parts = LEFT, []
    for name, color in entries:
        parts.append(f'<rect x="{x}" y="44" width="12" height="12" fill="{color}"/>' + text_at(x + 17, 55, name, size=12))
        x += 40 + 8 * len(name)
    if any(row["bound"] for row in rows):
        parts.append(f'<path d="M{x + 6} 42v16" stroke="{BOUND}" stroke-width="2.5"/>' + text_at(x + 14, 55, "bound", size=12))
    return parts


def picture(title, unit, rows):
    """SVG of one group of rows."""
    values = [value for row in rows for value in (row["value"], row["peer_value"], row["bound"]) if value]
    scale, y, parts = Scale(values), TOP, []
    for row in rows:
        bars = [(row["value"], OURS)] + ([(row["peer_value"], THEIRS)] if row["peer_value"] else [])
        parts.append(text_at(LEFT - 10, y + BAR * len(bars) / 2 + 5, row["name"], anchor="end"))
        for place, (value, color) in enumerate(bars):
            parts.append(bar(scale, y + place * BAR, value, color))
        if row["bound"]:
            x = scale.place(row["bound"])
            parts.append(f'<path d="M{x:.1f} {y - 2}v{BAR * len(bars) + 4}" stroke="{BOUND}" stroke-width="2.5"/>')
        y += BAR * len(bars) + GAP
    height = y + 30
    grid = [f'<path d="M{scale.place(power):.1f} {TOP - 8}V{y - 4}" stroke="{GRID}"/>'
            + text_at(scale.place(power), y + 12, shown(power), anchor="middle", color=QUIET, size=12) for power in scale.powers()]
    head = [text_at(LEFT, 28, title, size=17, weight="bold"), text_at(WIDTH - 10, 28, unit, anchor="end", color=QUIET, size=12)]
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">',
                      f"<title>{html.escape(title)}</title>", f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>',
                      *head, *legend(rows), *grid, *parts, "</svg>", ""])


# --- the page

def machine():
    """What the numbers belong to."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    with open("/etc/os-release", encoding="utf-8") as release:
        system = next(line.split("=", 1)[1].strip().strip('"') for line in release if line.startswith("PRETTY_NAME"))
    return f"{os.cpu_count()} × {names[0] if names else platform.machine()}, {system}, Linux {platform.release().split('-')[0]}"


def cell(value):
    return "" if value is None else shown(value)


def table_of(table, verdict):
    lines = ["| what | unit | omegate | peer | ratio | target | |", "| --- | --- | ---: | ---: | ---: | ---: | --- |"]
    for row in table:
        target, is_missed = verdict(row)
        peer = f"{cell(row['peer_value'])} ({row['peer']})" if row["peer_value"] is not None else ""
        ratio = f"{row['ratio']:g}×" if row["ratio"] is not None else ""
        mark = "" if target == "-" else "**missed**" if is_missed else "reached"
        lines.append(f"| {row['name']} | {row['unit']} | {cell(row['value'])} | {peer} | {ratio} | {'' if target == '-' else target} | {mark} |")
    return lines


def page(results, verdict):
    """Markdown; `verdict(row)` gives a row's target as text and whether it was missed."""
    lines = ["# Benchmark", "",
             f"Measured on {results['when']} on {results['machine']}, with version {results['version']}. Yours will differ; what is compared "
             "was measured in the same run, in turn. Do it again with:", "", "```sh", "./scripts/bench --plot .", "```", "",
             "Scales are logarithmic: a step of the grid is a factor of ten."]
    for name, title, _, rows_of, words in PICTURES:
        if rows_of(results["table"]):
            lines += ["", f"## {title}", "", f"![{title}](benchmark-{name}.svg)", "", words]
    lines += ["", "## All figures", "",
              "`ratio`: how many times better than the peer. `target`: `x` is of the ratio, `b` of the bound, else of the value itself.", "",
              *table_of(results["table"], verdict), ""]
    return "\n".join(lines)


def collect(table, version):
    return {"when": time.strftime("%Y-%m-%d"), "machine": machine(), "version": version, "table": table}


def write(folder, results, verdict):
    """The results, the pictures and the page."""
    def put(name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    put(DATA, json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    for name, title, unit, rows_of, _ in PICTURES:
        rows = rows_of(results["table"])
        if rows:
            put(f"benchmark-{name}.svg", picture(title, unit, rows))
    put("benchmark.md", page(results, verdict))
