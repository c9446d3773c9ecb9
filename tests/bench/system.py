"""The whole program through a real Prosody, beside a bot on python-omemo in the same run.

Echoes of both bots alternate. All of it happens twice: on the disk, and in memory, where a sync costs nothing; what lies
between them is the disk. Not here: what is printed of it (scripts/bench).
"""
import json
import os
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "interop"))
import peer as interop_peer  # noqa: E402
from gateway import Gateway  # noqa: E402
from prosody import Prosody, jid  # noqa: E402
from stage import Stage, until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = "python-omemo"
PLACES = {"": "/tmp", "/in-memory": "/dev/shm"}
SYNCS = 100


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
    peer.wait("echoing")
    return peer


def load(stage, server, bot_jid, version, count, window, mirror=None):
    """One run of a new client against a bot: (echoes per second, latencies in ms)."""
    alice = EchoPeer(stage, server, "alice", version)
    alice.sends(bot_jid, "tell hello")
    alice.hears("you said hello", seconds=20)
    if mirror:
        mirror.command("mirror")
        mirror.wait("mirroring")
    alice.command("load", to=bot_jid, version=version, count=count, window=window)
    done = alice.wait("load", seconds=120)
    alice.process.kill()
    alice.process.wait()
    return count / done["seconds"], done["latencies"]


def measure_echoes(version, rounds, count, say, place):
    """{name: {side: value}}"""
    rates, alone = {"omegate": [], PEER: []}, {"omegate": [], PEER: []}
    with Stage(place=place) as stage:
        stage.say = lambda text: None
        server = QuietProsody(stage, archive=False)
        other = echoing(stage, server, version)
        ours = Gateway(stage, server, policy="blind")  # each client has a new key
        for number in range(rounds):
            for side, bot in (("omegate", ours.jid), (PEER, other.jid)):
                few = count if side == "omegate" else count // 4
                rates[side].append(load(stage, server, bot, version, few, 100)[0])
                alone[side] += load(stage, server, bot, version, few // 2, 1)[1]
            say(f"echo/{version}: round {number + 1} of {rounds}: {rates['omegate'][-1]:.0f} and {rates[PEER][-1]:.0f} per second")
    name = "legacy" if version == "axolotl" else version
    with Stage(place=place) as stage:
        stage.say = lambda text: None
        server = QuietProsody(stage, archive=False)
        bound = load(stage, server, jid("bot2"), version, count, 100, mirror=echoing(stage, server, version))[0]
    return {
        f"server-rate/{name}": ("1/s", {"omegate": bound, PEER: None}),
        f"echo-rate/{name}": ("1/s", {side: statistics.median(values) for side, values in rates.items()}),
        f"echo-p50/{name}": ("ms", {side: percentile(values, 0.5) for side, values in alone.items()}),
        f"echo-p99/{name}": ("ms", {side: percentile(values, 0.99) for side, values in alone.items()}),
    }


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
    """What one sync of a page costs there: the gateway waits for three in each echo."""
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
        for version in ("axolotl", "omemo2"):
            if wanted("echo" + suffix):
                here |= measure_echoes(version, 1 if quick else 3, 400 if quick else 1600, say, place)
        found |= {name + suffix: value for name, value in here.items()}
    return found


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv, lambda name: True, print), indent=1))
