"""The benchmark page: what scripts/bench measured, as pictures and tables (benchmark.md, benchmark-*.svg).

Not here: measuring (scripts/bench, system.py). The pictures need nothing but a browser. Bars begin at zero, and their lengths can be
compared; only where they could not be seen any more the scale is logarithmic, and the picture says so.
"""
import html
import json
import math
import os
import platform
import time
from typing import Callable, NamedTuple

OURS, THEIRS, BOUND, TEXT, QUIET, GRID = "#2a6f97", "#c9a66b", "#9d0208", "#222222", "#5b5b5b", "#e3e3e3"
WIDTH, RIGHT, TOP, BAR, GAP = 760, 86, 74, 15, 14
LETTER, MARGIN, LEAST_LEFT = 8.2, 22, 150  # what labels take, beyond what a title needs
STEPS = 6  # at most so many lines of a linear grid
STUCK = "-beside-stuck"
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


def echo_times(table):
    return [row for row in system_pairs(table, ("echo-p50", "echo-p99"), "ms") if STUCK not in row["name"]]


def beside_stuck(table, start):
    return [{**row, "label": row["name"].replace(STUCK, "")} for row in table if row["name"].startswith(start) and STUCK in row["name"]]


class Picture(NamedTuple):
    name: str
    title: str
    unit: str
    rows: Callable  # those of the table that it shows
    words: str      # what is said of it
    logarithmic: bool = False  # where what is compared lies up to three powers of ten apart
    ours: str = "omegate"


PICTURES = (
    Picture("core", "One message, one session", "µs of processor time", core_pairs,
            "Processor time of the OMEMO core beside libomemo-c with OpenSSL, in one process, interleaved. The mark is the bound: the "
            "primitives the operation cannot do without, measured beside it with nothing around them.", logarithmic=True),
    Picture("fanout", "One message to many devices", "µs of processor time", fanouts,
            "The same for a message to 10, 100 and 1000 devices, with its XML; libomemo-c makes none.", logarithmic=True),
    Picture("rate", "Echoes through Prosody, 100 under way", "per second", echo_rates,
            "A client sends an encrypted text, a plugin answers it, encrypted: received, decrypted, stored, handed to the plugin, its "
            "effects stored, encrypted, stored, sent. The peer is a bot on python-omemo that stores nothing before it sends. The mark is "
            "what the server alone lets through when the other side only turns the bytes round."),
    Picture("latency", "One echo at a time", "milliseconds", echo_times,
            "Each echo waits for the disk twice in a row (`disk-sync` is one such wait); `in-memory` is the same in /dev/shm."),
    Picture("stuck", "One echo at a time while another plugin hangs", "milliseconds", lambda table: beside_stuck(table, "echo-"),
            "The same, and meanwhile a plugin hangs in an endless search that only its deadline ends, with a processor of its own to waste; "
            "in turn with one where no plugin hangs.", ours="beside one that hangs"),
    Picture("plugin", "An event to a plugin's process and back", "µs", lambda table: beside_stuck(table, "plugin/"),
            "Only the process in its sandbox and the gateway's side of it, without database and network; beside a plugin that hangs and "
            "alone, in turn.", ours="beside one that hangs"),
    Picture("start", "From start to online", "milliseconds", lambda table: system_pairs(table, ("start-to-online",), "ms"),
            "From the start of the process until it is logged in over TLS and says that it is ready."),
    Picture("memory", "Memory when idle", "MiB", lambda table: [row for row in table if row["name"] == "idle-rss"],
            "Resident memory of the gateway without plugins, seven seconds after its start."),
)

# What names of rows begin with, and what they mean.
MEANINGS = (
    ("store/accepted", "messages a second that the store takes and has on the disk before it says so; `batched`: a thousand senders wait at a time"),
    ("store/syncs-per-message", "how often the disk is waited for"),
    ("store/sealed", "messages a second that are encrypted and stored, each awaited"),
    ("seal-1000-committed", "one message to a thousand devices, encrypted and on the disk"),
    ("cost-per-message", "what one message costs with 100 000 sessions in the database, against ten"),
    ("sessions-100000", "a start with 100 000 sessions: time, memory"),
    ("ledger-", "a trust ledger of so many rows: one more row; a start, which checks every hash, and that all signatures are those that were made; `omegate trust verify`, which checks every signature, too; memory"),
    ("plugin/event-", "an event to a plugin's process and back, without database and network; `beside-stuck`: while another plugin hangs"),
    ("plugin/events", "the same with 100 events waiting: how many a second"),
    ("plugin/reload", "a new version of a plugin with 10 events waiting: built, rehearsed, swapped, the old one ended"),
    ("plugin/idle", "memory of so many idle plugins together (PSS)"),
    ("disk-sync", "one wait for the disk of the echoes"),
    ("server-rate", "what the server alone lets through"),
)


# --- pictures

def shown(number):
    if number >= 1000:
        return f"{number:,.0f}".replace(",", " ")
    return f"{number:.3g}"


def text_at(x, y, words, anchor="start", color=TEXT, size=13, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}" '
            f'font-weight="{weight}">{html.escape(words)}</text>')


class Logarithmic:
    """From values to places, by their logarithm; it begins and ends at powers of ten."""

    def __init__(self, values, left):
        self.left = left
        self.least = math.floor(math.log10(min(values)) - 0.01)
        self.most = max(math.ceil(math.log10(max(values))), self.least + 1)

    def place(self, value):
        share = (math.log10(value) - self.least) / (self.most - self.least)
        return self.left + share * (WIDTH - self.left - RIGHT)

    def grid(self):
        return [10.0 ** power for power in range(self.least, self.most + 1)]


class Linear:
    """From zero to the first line of the grid that no value passes; lines lie 1, 2 or 5 times a power of ten apart."""

    def __init__(self, values, left):
        self.left = left
        power = 10.0 ** math.floor(math.log10(max(values) / STEPS))
        self.step = next(power * times for times in (1, 2, 5, 10) if power * times * STEPS >= max(values))
        self.lines = math.ceil(max(values) / self.step)

    def place(self, value):
        return self.left + value / (self.step * self.lines) * (WIDTH - self.left - RIGHT)

    def grid(self):
        return [self.step * line for line in range(self.lines + 1)]


def bar(scale, y, value, color):
    end = scale.place(value)
    return (f'<rect x="{scale.left:.1f}" y="{y}" width="{max(end - scale.left, 1):.1f}" height="{BAR}" fill="{color}"/>'
            + text_at(end + 5, y + BAR - 3, shown(value), size=12))


def legend(rows, ours, x):
    peers = [row["peer"] for row in rows if row["peer_value"] is not None]
    entries = [(ours, OURS)] + ([(peers[0], THEIRS)] if peers else [])
    parts = []
    for name, color in entries:
        parts.append(f'<rect x="{x:.1f}" y="44" width="12" height="12" fill="{color}"/>' + text_at(x + 17, 55, name, size=12))
        x += 40 + 8 * len(name)
    if any(row["bound"] for row in rows):
        parts.append(f'<path d="M{x + 6:.1f} 42v16" stroke="{BOUND}" stroke-width="2.5"/>' + text_at(x + 14, 55, "bound", size=12))
    return parts


def picture(about, rows):
    """SVG of one group of rows."""
    rows = [{"label": row["name"], **row} for row in rows]
    left = max(LEAST_LEFT, MARGIN + LETTER * max(len(row["label"]) for row in rows))
    values = [value for row in rows for value in (row["value"], row["peer_value"], row["bound"]) if value]
    scale, y, parts = (Logarithmic if about.logarithmic else Linear)(values, left), TOP, []
    for row in rows:
        bars = [(row["value"], OURS)] + ([(row["peer_value"], THEIRS)] if row["peer_value"] else [])
        parts.append(text_at(left - 10, y + BAR * len(bars) / 2 + 5, row["label"], anchor="end"))
        for place, (value, color) in enumerate(bars):
            parts.append(bar(scale, y + place * BAR, value, color))
        if row["bound"]:
            x = scale.place(row["bound"])
            parts.append(f'<path d="M{x:.1f} {y - 2}v{BAR * len(bars) + 4}" stroke="{BOUND}" stroke-width="2.5"/>')
        y += BAR * len(bars) + GAP
    height = y + 30
    grid = [f'<path d="M{scale.place(power):.1f} {TOP - 8}V{y - 4}" stroke="{GRID}"/>'
            + text_at(scale.place(power), y + 12, shown(power), anchor="middle", color=QUIET, size=12) for power in scale.grid()]
    unit = about.unit + (", logarithmic" if about.logarithmic else "")
    head = [text_at(left, 28, about.title, size=17, weight="bold"), text_at(WIDTH - 10, 28, unit, anchor="end", color=QUIET, size=12)]
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">',
                      f"<title>{html.escape(about.title)}</title>", f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>',
                      *head, *legend(rows, about.ours, left), *grid, *parts, "</svg>", ""])


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
             "was measured in the same run, in turn. Do it again with `./scripts/bench --plot .`", "",
             "Where a picture says that its scale is logarithmic, a step of the grid is a factor of ten."]
    for each in PICTURES:
        if each.rows(results["table"]):
            lines += ["", f"## {each.title}", "", f"![{each.title}](benchmark-{each.name}.svg)", "", each.words]
    meanings = [f"- `{start}…`: {words}" for start, words in MEANINGS if any(row["name"].startswith(start) for row in results["table"])]
    lines += ["", "## All figures", "",
              "`ratio`: how many times better than the peer. `target`: `>=8x` is of the ratio, `<=1.15x` of our value against the same in the "
              "circumstances in brackets, `b` of the bound, else of the value itself.", "",
              *meanings, *([""] if meanings else []), *table_of(results["table"], verdict), ""]
    return "\n".join(lines)


def collect(table, version):
    return {"when": time.strftime("%Y-%m-%d"), "machine": machine(), "version": version, "table": table}


def write(folder, results, verdict):
    """The results, the pictures and the page."""
    def put(name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    put(DATA, json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    for each in PICTURES:
        rows = each.rows(results["table"])
        if rows:
            put(f"benchmark-{each.name}.svg", picture(each, rows))
    put("benchmark.md", page(results, verdict))
