"""The whole program through a real Prosody, beside a bot on python-omemo in the same run.

Echoes of both bots alternate. Each load comes from an account of its own: one whose clients come and go has more devices each
time, and every answer would be encrypted to all of them. All of it happens twice: on the disk, and in memory, where a sync costs
nothing; what lies between them is the disk. Not here: what is printed of it (scripts/bench).
"""
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "interop"))
import peer as interop_peer  # noqa: E402
from gateway import Gateway  # noqa: E402
from prosody import PASSWORDS, Prosody, jid  # noqa: E402
from stage import Stage, check, until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = "python-omemo"
SHOWN = {"axolotl": "legacy", "omemo2": "omemo2"}
PLACES = {"": "/tmp", "/in-memory": "/dev/shm"}
SYNCS = 100
PATIENCE = 60  # seconds for what takes one on a quiet machine
LOAD_PATIENCE = 300
# Hangs inside one call of a library, which no budget of instructions ends: until its deadline, ten seconds.
STUCK = """local P = ...
P.command("hang", "Hangs", function() string.find(("a"):rep(60), ("a*"):rep(30) .. "b") end)
"""
STUCK_MANIFEST = "name: stuck\nversion: \"1.0.0\"\napi: 1\ndescription: Hangs.\ngrants:\n  send_to: [sender]\n"


class QuietProsody(Prosody):
    """Without logs and archive: they would be measured too."""

    def config(self):
        return super().config().replace('"stanza_log"; ', "").replace('min = "debug"', 'min = "error"')


class EchoPeer(interop_peer.Peer):
    """Started from this folder's program."""

    program = os.path.join(HERE, "echo_peer.py")


class BareGateway(Gateway):
    """Without plugins."""

    def settings(self):
        settings = super().settings()
        settings["plugins"] = {}
        return settings


def resident(pid):
    """MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def echoing(stage, server, version):
    """The other bot."""
    peer = EchoPeer(stage, server, "bot2", version)
    peer.command("echo")
    peer.wait("echoing", seconds=PATIENCE)
    return peer


def people():
    """All accounts of the server but the bots'."""
    return [name for name in PASSWORDS if not name.startswith("bot")]


@contextlib.contextmanager
def clients(count):
    """So many more accounts for the servers that are started meanwhile, friends of the bots: an iterator over their names."""
    names = [f"client{number}" for number in range(count)]
    PASSWORDS.update({name: name + "-pw-7d1f" for name in names})
    try:
        yield iter(names)
    finally:
        for name in names:
            del PASSWORDS[name]


def load(stage, server, user, bot_jid, version, count, window, first=lambda: None):
    """One run of a client that has not been there before against a bot: (echoes per second, latencies in ms)."""
    client = EchoPeer(stage, server, user, version)
    client.sends(bot_jid, "tell hello")
    client.hears("you said hello", seconds=PATIENCE)
    client.command("prepare", to=bot_jid, version=version, count=count)
    client.wait("prepared", seconds=LOAD_PATIENCE)
    first()
    client.command("load", window=window)
    done = client.wait("load", seconds=LOAD_PATIENCE)
    client.process.kill()
    client.process.wait()
    return count / done["seconds"], done["latencies"]


def mirrors(bot):
    """The other bot only turns bytes round from now on."""
    bot.command("mirror")
    bot.wait("mirroring", seconds=PATIENCE)


def measure_echoes(version, rounds, count, say, place):
    """{name: {side: value}}"""
    rates, alone = {"omegate": [], PEER: []}, {"omegate": [], PEER: []}
    with Stage(place=place) as stage, clients(rounds * 4) as users:
        stage.say = lambda text: None
        server = QuietProsody(stage, archive=False)
        other = echoing(stage, server, version)
        ours = Gateway(stage, server, allow=people())
        for number in range(rounds):
            for side, bot in (("omegate", ours.jid), (PEER, other.jid)):
                few = count if side == "omegate" else count // 4
                rates[side].append(load(stage, server, next(users), bot, version, few, 100)[0])
                alone[side] += load(stage, server, next(users), bot, version, few // 2, 1)[1]
            say(f"echo/{version}: round {number + 1} of {rounds}: {rates['omegate'][-1]:.0f} and {rates[PEER][-1]:.0f} per second")
    name = SHOWN[version]
    with Stage(place=place) as stage:
        stage.say = lambda text: None
        server = QuietProsody(stage, archive=False)
        mirror = echoing(stage, server, version)
        bound = load(stage, server, "alice", mirror.jid, version, count, 100, first=lambda: mirrors(mirror))[0]
    return {
        f"server-rate/{name}": ("1/s", {"omegate": bound, PEER: None}),
        f"echo-rate/{name}": ("1/s", {side: statistics.median(values) for side, values in rates.items()}),
        f"echo-p50/{name}": ("ms", {side: percentile(values, 0.5) for side, values in alone.items()}),
        f"echo-p99/{name}": ("ms", {side: percentile(values, 0.99) for side, values in alone.items()}),
    }


def plugin_of(gateway, name):
    return next(each for each in gateway.status()["plugins"] if each["name"] == name)


def hangs(gateway, client, before):
    """The client has one plugin hang; returns once it does."""
    client.sends(gateway.jid, "hang")
    until(PATIENCE, "the plugin hangs", lambda: plugin_of(gateway, "stuck").get("cpu_ms", 0) > before + 50)


def measure_stuck(version, rounds, count, say, place):
    """One echo at a time, and the same while another plugin hangs, in turn; a gateway for each, as what hung is tried again."""
    took = {"omegate": [], "alone": []}
    for number in range(rounds * 2):
        side = "alone" if number % 2 == 0 else "omegate"
        with Stage(place=place) as stage, clients(2) as users:
            stage.say = lambda text: None
            server = QuietProsody(stage, archive=False)
            stage.write("stuck/plugin.yaml", STUCK_MANIFEST)
            stage.write("stuck/init.lua", STUCK)
            gateway = Gateway(stage, server, allow=people(), plugins={"stuck": {"path": stage.path("stuck")}})
            other, before = EchoPeer(stage, server, next(users), version), plugin_of(gateway, "stuck")
            first = (lambda: hangs(gateway, other, before["cpu_ms"])) if side == "omegate" else lambda: None
            took[side] += load(stage, server, next(users), gateway.jid, version, count, 1, first=first)[1]
            after = plugin_of(gateway, "stuck")
            check(after["restarts"] == before["restarts"] and after["state"] == "running", f"it hung to the end: {after}")
    say(f"stuck: p50 {percentile(took['omegate'], 0.5):.2f} ms beside a plugin that hangs, {percentile(took['alone'], 0.5):.2f} ms alone")
    return {f"echo-p50-beside-stuck/{SHOWN[version]}": ("ms", {side: percentile(values, 0.5) for side, values in took.items()}),
            f"echo-p99-beside-stuck/{SHOWN[version]}": ("ms", {side: percentile(values, 0.99) for side, values in took.items()})}


def online(gateway):
    """Milliseconds from the start of the process until it says that it is ready."""
    begun = time.perf_counter()
    gateway.start(ready=False)
    while not (gateway.status() or {}).get("ready"):
        time.sleep(0.0005)
    return (time.perf_counter() - begun) * 1000


def measure_start(rounds, place):
    ours, theirs, sizes, their_sizes = [], [], [], []
    with Stage(place=place) as stage:
        stage.say = lambda text: None
        server = QuietProsody(stage, archive=False)
        gateway = BareGateway(stage, server)
        for _ in range(rounds):
            gateway.stop()
            ours.append(online(gateway))
            time.sleep(7)  # idle: the start is over
            sizes.append(resident(gateway.process.pid))
            begun = time.perf_counter()
            peer = EchoPeer(stage, server, "bot2", "axolotl")
            theirs.append((time.perf_counter() - begun) * 1000)
            their_sizes.append(resident(peer.process.pid))
            peer.close()
    return {"start-to-online": ("ms", {"omegate": statistics.median(ours), PEER: statistics.median(theirs)}),
            "idle-rss": ("MiB", {"omegate": statistics.median(sizes), PEER: statistics.median(their_sizes)})}


def measure_sync(place):
    """What one sync of a page costs there: each echo waits for two in a row."""
    times = []
    with tempfile.NamedTemporaryFile(dir=place) as file:
        for number in range(SYNCS):
            begun = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * 4096, 4096 * number)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begun) * 1000)
    return {"disk-sync": ("ms", {"omegate": statistics.median(times), PEER: None})}


def measure(quick, wanted, say):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):  # a shell that names a bundle has it read at each start: 27 ms
        os.environ.pop(name, None)
    found = {}
    for suffix, place in PLACES.items():
        here = measure_sync(place)
        if wanted("start-to-online" + suffix) or wanted("idle-rss" + suffix):
            here |= measure_start(5 if quick else 15, place)
        if wanted("echo-p50-beside-stuck/legacy" + suffix) or wanted("echo-p99-beside-stuck/legacy" + suffix):
            here |= measure_stuck("axolotl", 1 if quick else 3, 200 if quick else 800, say, place)
        for version in SHOWN:
            if any(wanted(f"{name}/{SHOWN[version]}{suffix}") for name in ("server-rate", "echo-rate", "echo-p50", "echo-p99")):
                here |= measure_echoes(version, 1 if quick else 3, 400 if quick else 1600, say, place)
        found |= {name + suffix: value for name, value in here.items()}
    return found


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv, lambda name: True, print), indent=1))
