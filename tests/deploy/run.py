#!/usr/bin/python3
"""Checks what is installed beside the program: units, manual pages, completions; and runs it under systemd itself.

usage: run.py [--list] [--build FOLDER] [PATTERN...]      default: build/release; ends with `N passed, N failed, N skipped`
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
from image import image_runs_as_its_file_says  # noqa: E402
UNITS = ("omegate.service", "omegate@.service")
NOT_POSSIBLE = 77  # of container.py: a machine in a container of others, say
MOST_EXPOSURE = 1.5  # of 10, as systemd counts it
CASES = {}
BY_NAME = {"the_image_runs_as_its_file_says"}  # only if a pattern is given that fits


class Failure(AssertionError):
    pass


def case(function):
    CASES[function.__name__] = function
    return function


def check(truth, what):
    if not truth:
        raise Failure(what)


def run(argv, ok=(0,), **options):
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    check(done.returncode in ok, f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


# --- units
# case 174
@case
def units_expose_little(_):
    for unit in UNITS:
        said = run(["systemd-analyze", "security", "--offline=yes", os.path.join(ROOT, "deploy/systemd", unit)])
        level = float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1])
        print(f"  {unit}: {level}")
        check(level <= MOST_EXPOSURE, f"{unit} has exposure {level}, at most {MOST_EXPOSURE} is wanted")


@case
def units_have_no_fault_that_systemd_sees(build):
    with tempfile.TemporaryDirectory() as root:
        for folder in ("usr/bin", "etc/omegate", "lib/systemd/system"):
            os.makedirs(os.path.join(root, folder))
        for unit in UNITS:
            text = read(ROOT, "deploy/systemd", unit).replace("=/usr/bin/omegate ", f"={build}/omegate ")
            text = "\n".join(line for line in text.splitlines() if not line.startswith("Documentation="))
            with open(os.path.join(root, unit), "w", encoding="utf-8") as file:
                file.write(text)
        said = run(["systemd-analyze", "verify", *(os.path.join(root, unit.replace("@.", "@x.")) for unit in UNITS)])
        check("omegate" not in said, said)


@case
def both_units_are_the_same_but_for_names(_):
    one, many = (read(ROOT, "deploy/systemd", unit).split("[Unit]")[1] for unit in UNITS)
    for of_many, of_one in ((" (%i)", ""), ("/%i/", "/"), ("omegate-%i", "omegate"), ("8443-8499", "8443")):
        many = many.replace(of_many, of_one)
    check(one == many, "omegate@.service differs from omegate.service in more than names")


# --- manual pages and completions
def command(build):
    return json.loads(run([f"{build}/omegate", "help", "--describe"]))


def all_verbs(verb, before=()):
    for each in verb["verbs"]:
        yield " ".join((*before, each["name"])), each
        yield from all_verbs(each, (*before, each["name"]))


def all_options(verbs):
    return sorted({name for verb in verbs for option in verb["options"] for name in option["names"] if name.startswith("--")})


def rendered(path):
    said = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path], capture_output=True, text=True, check=False)
    check(said.returncode == 0 and not said.stderr.strip(), f"{path}: {said.stderr}")
    text = run(["man", "-E", "ascii", "-l", path], env={**os.environ, "MANWIDTH": "120", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"})
    return re.sub(r"\x1b\[[0-9;]*m|.\x08", "", text)


@case
def the_manual_names_every_verb_and_option(build):
    text = rendered(f"{build}/manual/omegate.1")
    described = command(build)
    for words, verb in all_verbs(described):
        check(f"omegate {words}" in text, f"omegate(1) lacks the verb {words}")
    for name in all_options([described, *(verb for _, verb in all_verbs(described))]):
        check(name in text, f"omegate(1) lacks the option {name}")


@case
def the_manual_of_the_config_names_every_key(build):
    text = rendered(f"{build}/manual/omegate.yaml.5")
    for key in set(re.findall(r"^\s*([a-z_]+):", read(ROOT, "config/omegate.yaml"), re.M)):
        check(key in text, f"omegate.yaml(5) lacks the key {key}")


def completed(build, words):
    """What bash offers behind these words."""
    script = f'source {build}/manual/omegate.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _omegate; echo "${{COMPREPLY[@]}}"'
    return run(["bash", "-c", script, "bash", *words]).split()


@case
def bash_completes_every_verb_and_option(build):
    described = command(build)
    check(set(completed(build, ["omegate", ""])) >= {verb["name"] for verb in described["verbs"]}, "the verbs")
    for words, verb in all_verbs(described):
        offers = completed(build, ["omegate", *words.split(), ""])
        for name in [each["name"] for each in verb["verbs"]] + [n for o in verb["options"] for n in o["names"]]:
            check(name in offers, f"bash offers {name} behind omegate {words}, not only {offers}")
    check(completed(build, ["omegate", "trust", "list", "--level", "re"]) == ["revoked"], "values of options")
    check("approve" in completed(build, ["omegate", "--config", "x.yaml", "trust", "a"]), "options may stand in between")


@case
def zsh_and_fish_take_their_completions(build):
    described = command(build)
    run(["zsh", "-n", f"{build}/manual/_omegate"])
    run(["fish", "--no-execute", f"{build}/manual/omegate.fish"])
    zsh = read(build, "manual/_omegate")
    for words, verb in all_verbs(described):
        check(f'"{words}")' in zsh, f"zsh knows omegate {words}")
        for name in all_options([verb]):
            check(f"{name}[" in zsh, f"zsh knows {name}")
        line = f"complete -C 'omegate {words} '" if verb["verbs"] else f"complete -C 'omegate {words} --'"
        offers = run(["fish", "--no-config", "-c", f"source {build}/manual/omegate.fish; {line}"])
        for name in [each["name"] for each in verb["verbs"]] or all_options([verb]):
            check(name in offers, f"fish offers {name} behind omegate {words}: {offers}")


# --- monitoring
def promtool(*arguments, **options):
    return run(["promtool", *arguments], **options)


@case
def each_alert_fires_when_it_should_and_not_else(_):
    promtool("check", "config", os.path.join(ROOT, "deploy/prometheus/prometheus.yaml"))
    promtool("test", "rules", os.path.join(ROOT, "deploy/prometheus/alerts_test.yaml"))
    tried = read(ROOT, "deploy/prometheus/alerts_test.yaml")
    for name in re.findall(r"alert: (\w+)", read(ROOT, "deploy/prometheus/alerts.yaml")):
        check(f'"{name}"' in tried, f"alerts_test.yaml does not try {name}")


@case
def alerts_and_dashboard_use_numbers_that_exist(_):
    source = read(ROOT, "bridge/gateway/log/metrics.cpp")
    for path in ("deploy/prometheus/alerts.yaml", "deploy/grafana/omegate.json"):
        for name in sorted(set(re.findall(r"\bomegate_(\w+?)\b(?=[{\[ \"\\])", read(ROOT, path)))):
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            check(f'"{name}"' in source or f'histogram("{family}"' in source, f"{path} asks for omegate_{name}, which the gateway does not tell")
    json.loads(read(ROOT, "deploy/grafana/omegate.json"))


# --- documents
@case
def versions_agree(build):
    version = re.search(r"project\(omegate VERSION (\S+)", read(ROOT, "CMakeLists.txt"))[1]
    newest = re.search(r"^## (\S+)", read(ROOT, "CHANGELOG.md"), re.M)[1]
    check(newest == version, f"CHANGELOG.md begins with {newest}, CMakeLists.txt has {version}")
    check(version in run([f"{build}/omegate", "--version"]), "the program says another version")


@case
def documents_type_commands_that_exist(build):
    described = command(build)
    verbs = dict(all_verbs(described))
    always = all_options([described]) + ["--json", "--socket"]
    typed = 0
    for folder, _, names in os.walk(os.path.join(ROOT, "docs")):
        for name in sorted(names):
            if not name.endswith(".md"):
                continue
            for line in re.findall(r"omegate ([a-z][^`\n|]*)", read(folder, name)):
                words = line.split()
                known = next((w for w in (" ".join(words[:2]), words[0]) if w in verbs), None)
                if known is None:
                    continue  # prose
                typed += 1
                for option in re.findall(r"--[a-z-]+", line):
                    check(option in all_options([verbs[known]]) + always, f"{name}: omegate {known} has no {option}")
    check(typed > 20, f"only {typed} commands found")


@case
def both_lists_of_protocols_say_the_same(_):
    doap = ElementTree.parse(os.path.join(ROOT, "deploy/omegate.doap"))
    told = {re.search(r"xep-(\d+)", next(iter(xep.find("{*}xep").attrib.values())))[1]: (xep.findtext("{*}version") or "", xep.findtext("{*}status"))
            for xep in doap.iter("{https://linkmauve.fr/ns/xmpp-doap#}SupportedXep")}
    rows = re.findall(r"^\| \[(\d{4})\]\(\S+\) \| [^|]+ \| ([\d.]*) ?\| (\w+)", read(ROOT, "docs/protocols.md"), re.M)
    check({number: (version, status) for number, version, status in rows} == told, "docs/protocols.md and deploy/omegate.doap differ")
    check(len(told) > 20, "a list of protocols")


@case
def the_bench_draws_what_was_measured(_):
    row = {"unit": "1/s", "peer": "python-omemo", "peer_value": 150.0, "ratio": 13.33, "bound": None}
    table = [{**row, "name": "echo-rate/legacy", "value": 2000.0, "target": 2500},
             {**row, "name": "server-rate/legacy", "value": 3000.0, "peer_value": None, "ratio": None, "target": None},
             {"name": "encrypt/legacy", "unit": "us", "value": 1.1, "peer": "libomemo-c", "peer_value": 11.0, "ratio": 10.0, "bound": 0.84, "target": 8},
             {"name": "plugin/event-p50-beside-stuck", "unit": "us", "value": 52.0, "peer": "alone", "peer_value": 40.0, "ratio": 0.77, "bound": None,
              "target": 1.25}]
    with tempfile.TemporaryDirectory() as folder:
        saved = os.path.join(folder, "saved.json")
        with open(saved, "w", encoding="utf-8") as file:
            json.dump({"when": "2026-01-05", "machine": "2 × A & B", "version": "0.1.0", "table": table}, file)
        run([os.path.join(ROOT, "scripts/bench"), "--plot", folder, "--from", saved])
        page = read(folder, "benchmark.md")
        check(re.search(r"echo-rate/legacy .*missed", page) and re.search(r"encrypt/legacy .*reached", page), page)
        pictures = re.findall(r"\((benchmark-\w+\.svg)\)", page)
        check(pictures == ["benchmark-core.svg", "benchmark-rate.svg", "benchmark-plugin.svg"], f"what was measured, and nothing else: {pictures}")
        check(re.search(r"event-p50-beside-stuck .*40 \(alone\).*<=1.25x .*missed", page), f"against ourselves the target is at most so many times: {page}")
        shown = {name: "".join(ElementTree.parse(os.path.join(folder, name)).getroot().itertext()) for name in pictures}
        check("11" in shown["benchmark-core.svg"] and "bound" in shown["benchmark-core.svg"], shown["benchmark-core.svg"])
        check("logarithmic" in shown["benchmark-core.svg"] and "logarithmic" not in shown["benchmark-rate.svg"], "a scale that does not begin at zero says so")
        bars = [float(bar.get("width")) for bar in ElementTree.parse(os.path.join(folder, "benchmark-rate.svg")).findall(".//{*}rect") if bar.get("height") == "15"]
        check(abs(bars[0] / bars[1] - 2000 / 150) < 0.2, f"else lengths are to each other as the values: {bars}")
        check("beside one that hangs" in shown["benchmark-plugin.svg"] and "alone" in shown["benchmark-plugin.svg"], "what is compared is named")
        check("2 000" in shown["benchmark-rate.svg"] and "bound" in shown["benchmark-rate.svg"], "the server alone is the bound of an echo")
        with open(saved, "w", encoding="utf-8") as file:
            file.write("{}")
        check("is not what --plot wrote" in run([os.path.join(ROOT, "scripts/bench"), "--plot", folder, "--from", saved], ok=(1,)), "which file, and why")


# --- the real thing
def boot(script, argument, seconds=300):
    """Boots systemd in a machine of its own, which runs `script`; what that printed."""
    with tempfile.TemporaryDirectory(prefix="omegate-boot-", dir="/var/tmp") as place:
        out = os.path.join(place, "out")
        unit = os.path.join(place, "omegate-test.service")
        text = read(HERE, "omegate-test.service")
        for name, value in (("SCRIPT", os.path.join(HERE, script)), ("ARGUMENT", argument), ("OUT", out)):
            text = text.replace(f"@{name}@", value)
        with open(unit, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([sys.executable, os.path.join(HERE, "container.py"), unit, "--", ROOT, place],
                              capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL, check=False)
        if done.returncode == NOT_POSSIBLE:
            return f"  systemd was not booted, the package was looked at only: {done.stderr}"
        said = read(out) if os.path.exists(out) else ""
        check(done.returncode == 0 and "inside: ok" in said, f"{said}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return said


@case
def the_package_is_clean_and_its_service_runs_under_systemd(build):
    said = run([os.path.join(ROOT, "scripts/deb"), os.path.relpath(build, ROOT)])
    package = os.path.join(ROOT, said.strip().splitlines()[-1])
    print(run(["lintian", "--allow-root", "--fail-on", "error,warning", package]), end="")
    print(boot("inside.py", package), end="")


# By name only: it makes a Debian of its own, which takes minutes. Wants scripts/packages.sh install roots.
@case
def the_image_runs_as_its_file_says(build):
    with tempfile.TemporaryDirectory(prefix="omegate-image-", dir="/var/tmp") as place:
        image_runs_as_its_file_says(build, place)


def play(name, build):
    begun = time.monotonic()
    try:
        CASES[name](build)
        verdict = "ok"
    except (AssertionError, subprocess.TimeoutExpired, OSError) as failure:
        verdict = "FAIL"
        print("  " + str(failure).replace("\n", "\n  "))
    print(f"{verdict:4} {name} ({time.monotonic() - begun:.1f} s)", flush=True)
    return verdict == "ok"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"))
    options = parser.parse_args()
    chosen = [name for name in CASES if any(re.search(p, name) for p in options.patterns) or not (options.patterns or name in BY_NAME)]
    if options.list:
        print("\n".join(chosen))
        return 0
    good = [play(name, os.path.abspath(options.build)) for name in chosen]
    print(f"{good.count(True)} passed, {good.count(False)} failed, 0 skipped")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    shutil.which("systemd-analyze") or sys.exit("systemd is not installed: scripts/packages.sh install test")
    sys.exit(main())
