"""Files through a real upload service, from and to a client that was not written here, in both OMEMO versions."""
import os
import re

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import UPLOAD, Prosody
from stage import canary, check, read, until

VERSIONS = ["axolotl", "omemo2"]
MIB = 1 << 20
# What a transfer may cost above what the gateway had before it. Unit: MiB
ROOM = 24


def gateway(stage, server, **files):
    files = {"private_hosts": ["localhost"], "max_size": 300 * MIB, "max_total": 900 * MIB, **files}

    class WithFiles(Gateway):
        def settings(self):
            return {**super().settings(), "files": files}
    return WithFiles(stage, server)


def memory(bot, which="VmRSS"):
    """MiB"""
    status = read(f"/proc/{bot.process.pid}/status").decode()
    return int(re.search(rf"{which}:\s+(\d+) kB", status)[1]) / 1024


def received(bot, seconds=30):
    rows = until(seconds, lambda: f"the file is here: {bot.cli_json('file', 'list')}",
                 lambda: [row for row in bot.cli_json("file", "list")["rows"] if row.get("from")])
    return rows[0]


@case(version=VERSIONS, seconds=120)
def a_file_goes_both_ways(stage, version):
    server = Prosody(stage, uploads=10 * MIB)
    alice, bot = Peer(stage, server, "alice", version), gateway(stage, server)
    secret = canary("file")
    path = stage.write("figures of May.txt", f"the figures\n{secret}\n")
    shown = bot.cli("send", alice.jid, "--file", path, "Here they are", "--wait", "sent")
    check(shown.stdout.startswith("sent"), shown.stdout)
    alice.hears("Here they are")
    copy = stage.path("alice-got")
    heard = alice.gets_file(copy, version=version)
    check(read(copy) == read(path), "alice has the same bytes")
    if version == "omemo2":
        check(heard["file"]["name"] == "figures of May.txt", "and its name")
    check("May" not in heard["file"]["url"], "which the server does not learn")
    check(secret.encode() not in server.stanzas().encode(), "nor what is in it")

    back = stage.write("answer.txt", f"the answer {secret}")
    alice.sends_file(bot.jid, back, UPLOAD, version)
    alice.sends(bot.jid, "tell that was it")
    alice.hears("you said that was it")
    row = bot.cli_json("file", "list")["rows"][0]
    check(row["from"] == alice.jid and row["state"] == "offered", f"nobody here hears of files, so it was not fetched: {row}")
    got = stage.path("bot-got")
    bot.cli("file", "get", str(row["id"]), "--output", got)
    check(read(got) == read(back), "the operator has alice's bytes")
    check(os.stat(got).st_mode & 0o777 == 0o600, "for nobody else")
    again = bot.cli("file", "get", str(row["id"]), "--output", got, check_code=False)
    check(again.returncode != 0 and "File exists" in again.stderr, "and writes over nothing")
    for name, bytes_ in bot.everything_written().items():
        check(heard["file"]["key"].encode() not in bytes_, f"no key in {name}")
        check(secret.encode() not in bytes_, f"no content in {name}")
    log = read(bot.log).decode()
    check("aesgcm" not in log and "#" not in log, "no link in the log")


@case(version=["omemo2"], seconds=300)
def a_large_file_costs_no_memory(stage, version):
    server = Prosody(stage, uploads=200 * MIB)
    alice, bot = Peer(stage, server, "alice", version), gateway(stage, server)
    path = stage.path("large.bin")
    with open(path, "wb") as file:
        for _ in range(100):
            file.write(os.urandom(MIB))
    before = memory(bot)
    bot.cli("send", alice.jid, "--file", path, "--wait", "sent", "--timeout", "200", timeout=220)
    alice.gets_file(stage.path("alice-got"), seconds=60)
    sent = memory(bot, "VmHWM")
    alice.sends_file(bot.jid, path, UPLOAD, version)
    row = received(bot)
    bot.cli("file", "get", str(row["id"]), "--output", stage.path("bot-got"), "--timeout", "200", timeout=220)
    most = memory(bot, "VmHWM")
    stage.say(f"resident: {before:.0f} MiB before, {sent:.0f} at most while 100 MiB were sent, {most:.0f} and received")
    check(read(stage.path("bot-got")) == read(path), "the same bytes came back")
    check(most - before < ROOM, f"100 MiB cost {most - before:.0f} MiB of memory")


@case(seconds=120)
def too_large_for_the_server_is_said_with_the_limit(stage):
    server = Prosody(stage, uploads=MIB)
    alice, bot = Peer(stage, server, "alice"), gateway(stage, server)
    path = stage.write("large.bin", "x" * (MIB + 1))
    shown = bot.cli("send", alice.jid, "--file", path, "--wait", "sent", check_code=False)
    check(shown.returncode == 4 and "too large for the server" in shown.stdout, shown.stdout + shown.stderr)
    check(f"{UPLOAD} takes files up to 1 MB" in bot.cli("doctor", check_code=False).stdout, "the doctor names the limit")


@case(seconds=120)
def a_pipe_can_be_sent(stage):
    server = Prosody(stage, uploads=MIB)
    alice, bot = Peer(stage, server, "alice"), gateway(stage, server)
    bot.cli("send", alice.jid, "--file", "-", "--name-as", "shop.sql", input="SELECT 1;\n")
    heard = alice.gets_file(stage.path("got"))
    check(read(stage.path("got")) == b"SELECT 1;\n" and heard["file"].get("name", "shop.sql") == "shop.sql", heard)
