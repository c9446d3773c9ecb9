"""Runs in the machine that container.py boots: the installed program as a service, by its unit, under systemd.

usage: inside.py PACKAGE.deb
"""
import glob
import os
import re
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))
from peer import Peer  # noqa: E402
from prosody import Prosody, PASSWORDS  # noqa: E402
from stage import ROOT, Failure, Stage, check, run, until  # noqa: E402

PROGRAM = "/usr/bin/omegate"
PACKAGE = os.path.abspath(sys.argv[1])


def show(unit, name):
    return run(["systemctl", "show", "-P", name, unit]).stdout.strip()


def journal(unit):
    return run(["journalctl", "--no-pager", "-o", "cat", "-u", unit]).stdout


def status_field(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return re.search(rf"^{name}:\s*(\S+)", file.read(), re.M)[1]


def processes(unit):
    """pid → program, of everything that runs in the unit."""
    group = show(unit, "ControlGroup")
    with open(f"/sys/fs/cgroup{group}/cgroup.procs", encoding="ascii") as file:
        pids = file.read().split()
    found = {}
    for pid in pids:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            found[pid] = file.read().strip()
    return found


def install():
    run(["dpkg", "--install", PACKAGE], timeout=100)
    check(os.stat("/etc/omegate").st_mode & 0o777 == 0o750, "the config's folder is not for everybody")
    run(["systemctl", "daemon-reload"])


def purge():
    """With the package goes all that it brought and all that it made."""
    files = run(["dpkg", "--listfiles", "omegate"]).stdout.split()
    run(["dpkg", "--purge", "omegate"], timeout=100)
    left = [path for path in files if "omegate" in path and os.path.exists(path)]
    left += glob.glob("/var/lib/omegate*") + glob.glob("/etc/omegate*") + glob.glob("/run/omegate*")
    check(not left, f"left behind: {left}")


def set_up(server, folder, user, admin, port=8443):
    """What the guide says: `omegate init`, as root."""
    os.makedirs(folder, exist_ok=True)
    ca, password = (os.path.join(folder, name) for name in ("ca.pem", "password"))
    run(["cp", server.ca, ca])
    os.chmod(ca, 0o644)
    with open(password, "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(PASSWORDS[user] + "\n")
    shutil.chown(password, "omegate")
    config = os.path.join(folder, "omegate.yaml")
    run([PROGRAM, "init", "--config", config, "--jid", f"{user}@omegate.test", "--password-file", password, "--host",
         "127.0.0.1", "--port", str(server.port), "--ca-file", ca, "--admin", admin])
    with open(config, encoding="utf-8") as file:
        text = file.read()
    with open(config, "w", encoding="utf-8") as file:
        file.write(text.replace(":8443", f":{port}"))
    return config


def drop_in(unit, *lines):
    folder = f"/etc/systemd/system/{unit}.d"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/test.conf", "w", encoding="utf-8") as file:
        file.write("[Service]\n" + "\n".join(lines) + "\n")
    run(["systemctl", "daemon-reload"])


def start(unit):
    try:
        run(["systemctl", "start", unit], timeout=100)
    except Failure as failure:
        raise Failure(f"{failure}\n{journal(unit)[-4000:]}") from None


def alert(alice, text, port=8443, folder="/etc/omegate"):
    with open(f"{folder}/alerts.token", encoding="ascii") as file:
        token = file.read().strip()
    run(["curl", "-sSf", "-H", f"Authorization: Bearer {token}", "-d", text, f"http://127.0.0.1:{port}/hooks/alerts"])
    alice.hears(text, seconds=40)


def locked_in(unit, stage):
    """Every process of the unit is filtered; the plugin workers more than the gateway."""
    found = processes(unit)
    names = sorted(found.values())
    stage.say(f"{unit}: {names}")
    check(len(names) == 3 and names.count("omegate") == 1, f"the gateway and two plugin workers run: {names}")
    for pid, name in found.items():
        check(status_field(pid, "Seccomp") == "2", f"{name} ({pid}) has a system call filter")
        check(status_field(pid, "NoNewPrivs") == "1", f"{name} ({pid}) gains no privileges")
        check(status_field(pid, "CapBnd").strip("0") == "", f"{name} ({pid}) has no capabilities to gain")
        check(status_field(pid, "Uid") != "0", f"{name} ({pid}) is not root")
    filters = {name: int(status_field(pid, "Seccomp_filters")) for pid, name in found.items()}
    stage.say(f"filters: {filters}")
    worker = next(name for name in filters if name != "omegate")
    check(filters[worker] > filters["omegate"], "a worker has a filter of its own above the unit's")
    levels = re.findall(r"seccomp[^\"]*Landlock[^\"]*", journal(unit))
    stage.say(f"workers say: {levels}")
    check(len(levels) >= 2, "each worker says how it is locked in")


def reloads(unit, alice):
    """The process and its stream stay; systemctl waits for the outcome."""
    main = show(unit, "MainPID")
    run(["systemctl", "reload", unit], timeout=60)
    check("gateway.reloaded" in journal(unit), "it has read its config again")
    check(show(unit, "MainPID") == main and show(unit, "ActiveState") == "active", "the same process runs")
    alert(alice, "after the reload")


def killed_when_it_hangs(unit, alice, stage):
    main = show(unit, "MainPID")
    os.kill(int(main), signal.SIGSTOP)
    until(40, "the watchdog starts another one", lambda: show(unit, "MainPID") not in (main, "0") and
          show(unit, "ActiveState") == "active", pause=0.5)
    stage.say(f"the watchdog restarted it: {show(unit, 'NRestarts')} restart")
    check(show(unit, "NRestarts") == "1", "one restart")
    alert(alice, "after the watchdog")


# What the documents tell people to type: the first word behind "```sh" says whether it is done as it stands here, or has
# been done in another way by the time (building, installing, `omegate init` with this server's address, a key of this alice).
AS_IT_STANDS = ("run", "alert", "why", "keys", "journal", "waits")  # who waits may do so in vain: exit code 4
OTHERWISE = ("build", "install", "init", "start", "second", "approve", "passphrase")


def documented_commands(alice, stage):
    done = 0
    for path in sorted(glob.glob(os.path.join(ROOT, "docs/*.md"))):
        if os.path.basename(path) in ("recipes.md", "http-api.md"):
            continue  # cases of tests/interop type every line of them
        with open(path, encoding="utf-8") as file:
            blocks = re.findall(r"^```sh(?: (\w+))?\n(.*?)^```", file.read(), re.M | re.S)
        for tag, text in blocks:
            check(tag in AS_IT_STANDS + OTHERWISE, f"{path}: a block of commands is marked '{tag}': {text}")
            if tag in AS_IT_STANDS:
                ended = run(["bash", "-ec", text.replace("you@example.org", alice.jid)], timeout=90, check_code=tag != "waits")
                check(ended.returncode in (0, 4), f"{text}{ended.stdout}{ended.stderr}")
                done += 1
    stage.say(f"{done} blocks of commands in the documents do what they say")
    check(done > 10, "the documents have commands")


def stops(unit, stage):
    begun = time.monotonic()
    run(["systemctl", "stop", unit])
    stage.say(f"{unit} stopped in {time.monotonic() - begun:.1f} s")
    check(time.monotonic() - begun < 15, "SIGTERM ends it, not the time limit")
    check(show(unit, "Result") == "success", f"an orderly end: {show(unit, 'Result')}\n{journal(unit)[-1500:]}")


def play(stage):
    install()
    stage.say(f"systemd {run(['systemctl', '--version']).stdout.split()[1]}, booted: "
              f"{run(['systemctl', 'is-system-running'], check_code=False).stdout.strip()}")
    server = Prosody(stage)
    alice = Peer(stage, server, "alice")
    unit = "omegate.service"
    set_up(server, "/etc/omegate", "bot", alice.jid)
    drop_in(unit, "WatchdogSec=6")
    start(unit)
    check(show(unit, "ActiveState") == "active", "it told systemd that it is ready")
    alert(alice, "sent by a service")
    run([PROGRAM, "status"])
    locked_in(unit, stage)
    alice.sends("bot@omegate.test", "ping")
    alice.hears("pong")
    documented_commands(alice, stage)
    reloads(unit, alice)
    killed_when_it_hangs(unit, alice, stage)

    second = "omegate@second.service"
    set_up(server, "/etc/omegate/second", "bot2", alice.jid, port=8444)
    start(second)
    alert(alice, "from the second instance", 8444, "/etc/omegate/second")
    locked_in(second, stage)
    check(os.path.isdir("/var/lib/omegate-second"), "it has data of its own")

    stops(unit, stage)
    stops(second, stage)
    denied = [line for line in run(["journalctl", "--no-pager", "-o", "cat"]).stdout.splitlines() if "type=1326" in line]
    check(not denied, f"no system call was denied with a signal: {denied}")
    purge()


if __name__ == "__main__":
    with Stage() as the_stage:
        try:
            play(the_stage)
            print("inside: ok", flush=True)
        except Failure as failure:
            print(f"inside: FAILED: {failure}", flush=True)
            for log in ("omegate.service", "omegate@second.service"):
                print(journal(log)[-6000:], flush=True)
            sys.exit(1)
