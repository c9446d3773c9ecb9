"""A slow disk, no descriptors left: the gateway waits where it must, and goes on."""
import os
import resource
import socket
import time

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, tool, until

SYNC_SECONDS = 2
DESCRIPTORS = 48


# case 141
@case(seconds=240)
def what_is_accepted_waits_for_a_slow_disk(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("fast")
    alice.hears("fast")
    bot.stop()
    delay = f"inject=fdatasync:delay_enter={SYNC_SECONDS * 1_000_000}"
    bot.start(ready=False, under=[tool("strace"), "-D", "-f", "-qq", "-o", stage.path("calls"), "-e", "trace=fdatasync",
                                  "-e", delay])
    bot.becomes_ready(seconds=120)
    start = time.monotonic()
    bot.alerts("slow")
    took = time.monotonic() - start
    stage.say(f"202 after {took:.1f} s")
    check(took >= SYNC_SECONDS, f"the answer waits for the sync: {took:.1f} s")
    alice.hears("slow", seconds=60)


# case 152
@case(seconds=180)
def without_descriptors_it_waits_and_does_not_spin(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("before")
    alice.hears("before")
    pid = bot.process.pid
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    held = [socket.create_connection(("127.0.0.1", bot.http_port)) for _ in range(2 * DESCRIPTORS)]
    until(20, "all descriptors are taken", lambda: len(os.listdir(f"/proc/{pid}/fd")) >= DESCRIPTORS - 2)
    before, lines = cpu_seconds(pid), bot.log_text().count("\n")
    time.sleep(3)  # what is measured is this while
    used = cpu_seconds(pid) - before
    stage.say(f"{used:.2f} s of processor time in 3 s, {bot.log_text().count(chr(10)) - lines} lines of log")
    check(used < 1, "it waits and does not spin")
    check(bot.log_text().count("\n") - lines < 20, "it does not fill the log")
    alice.sends(bot.jid, "tell still there")
    alice.hears("you said still there", seconds=60)
    for connection in held:
        connection.close()
    until(30, "the webhook answers again", lambda: answers(bot))
    alice.hears("again", seconds=60)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answers(bot):
    try:
        return bot.post("alerts", "again", key="again")[0] == 202
    except OSError:
        return False
