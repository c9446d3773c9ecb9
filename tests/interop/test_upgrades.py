"""An upgrade: the database of an earlier version, the stream of the version before, the way back."""
import glob
import gzip
import http.client
import json
import os
import re
import sqlite3
import sys
import tarfile
import threading

from cases import case
from gateway import PROGRAM, Gateway
from peer import Peer
from prosody import Prosody
from stage import ROOT, check, read, run, until
from test_crash import each_once, post_stubbornly
from test_resuming import RESUMED, has_its_presence_recorded

DATABASES = os.path.join(ROOT, "tests/data/databases")
sys.path.insert(0, DATABASES)
from make_database import API_TOKEN, gateway_of  # noqa: E402

PATIENCE = 'P.command("later <text>", "Can be done now", function(cmd) cmd:reply("done: " .. cmd.args.text) end)\n'


def earlier_versions():
    return sorted(os.path.basename(path) for path in glob.glob(os.path.join(DATABASES, "schema-*")))


def unpack(stage, version):
    """Puts everything where gateway and clients look for it; what must be found."""
    places = {"key": "gateway/data.key", "omegate.db": "gateway/data/omegate.db", "alice.json": "alice.json", "bob.json": "bob.json"}
    for path in glob.glob(os.path.join(DATABASES, version, "**/*.gz"), recursive=True):
        name = os.path.relpath(path, os.path.join(DATABASES, version))[:-len(".gz")]
        folder, _, file = name.rpartition("/")
        to = stage.path(places.get(name) or {"anchor": "gateway/data-anchor/", "files": "gateway/data/files/"}[folder] + file)
        with gzip.open(path) as packed, open(to, "wb") as file:
            file.write(packed.read())
        os.chmod(to, 0o600)
    with tarfile.open(os.path.join(DATABASES, version, "server.tgz")) as packed:
        packed.extractall(stage.path("prosody", "data", ""))
    for folder in glob.glob(stage.path("gateway", "data*") + "/"):
        for inner, _, _ in os.walk(folder):
            os.chmod(inner, 0o700)
    return json.loads(read(os.path.join(DATABASES, version, "content.json")))


def answer_of_the_api(bot, path):
    connection = http.client.HTTPConnection("127.0.0.1", bot.http_port, timeout=20)
    connection.request("GET", "/v1/" + path, headers={"Authorization": "Bearer " + API_TOKEN})
    return json.loads(connection.getresponse().read())


# case 160
@case(version=earlier_versions(), seconds=120)
def a_gateway_of_an_earlier_version_goes_on_where_it_was(stage, version):
    content = unpack(stage, version)
    server = Prosody(stage, **({"uploads": 1 << 20} if "files" in content["has"] else {}))
    alice = Peer(stage, server, "alice", store="alice.json")
    bob = Peer(stage, server, "bob", "axolotl", store="bob.json", resource="phone")
    bot = gateway_of(stage, server, content["has"], PATIENCE)
    own = [{name: account[name] for name in content["accounts"][0]} for account in bot.ask("keys")["accounts"]]
    check(own == content["accounts"], f"identity and device are the same: {own}")
    for peer in (alice, bob):
        for text in content["queued"][peer.user]:
            peer.hears(text, seconds=30)
    alice.hears("done: " + content["waiting"])
    keys = [{name: key.get(name) for name in content["keys"][0]} for key in bot.ask("trust.list")["keys"]]
    for key in content["keys"]:
        check(key in keys, f"each key is trusted as before: {key} is not among {keys}")
    check(any(key["fingerprint"] == content["revoked"] and key["level"] == "revoked" for key in keys), "what was revoked stays so")
    alice.sends(bot.jid, "tell after the upgrade")
    alice.hears("you said after the upgrade")
    bob.sends(bot.jid, "tell bob, too")
    bob.hears("you said bob, too")
    bob.hears_nothing_of(content["held"])
    bot.cli("trust", "approve", bob.jid, bob.fingerprint, "--account", "bot2")
    bob.hears(content["held"])
    if "timers" in content["has"]:
        alice.sends(bot.jid, "reminders")
        until(15, lambda: f"the reminder is there: {alice.heard()}", lambda: any(text and text.endswith(": drink") for text in alice.heard()))
    if "files" in content["has"]:
        copy = stage.path("alice-got")
        alice.gets_file(copy)
        check(read(copy) == b"what was in the file\n", "the file that was queued is whole")
    if "api" in content["has"]:
        first = answer_of_the_api(bot, "events?limit=1")["events"][0]
        check(first["payload"]["text"] == "tell 0", f"what a program had not fetched is there: {first}")
    for peer in (alice, bob):
        heard = [text for text in peer.heard() if text]
        check(len(set(heard)) == len(heard), f"nothing comes twice: {heard}")
    check("store.old_copy" not in bot.log_text(), "nothing was taken for an old copy")


def schema_steps():
    source = read(os.path.join(ROOT, "bridge/edge/store/schema.cpp")).decode()
    return re.findall(r'R"\((.*?)\)"', source, re.S)


def undo_newest_step(database):
    """Makes the database one of the version before: as it would be if that version had been running. The number it has now."""
    steps = schema_steps()
    newest = re.findall(r"CREATE (?:UNIQUE )?(TABLE|INDEX|TRIGGER) (\w+)|ALTER TABLE (\w+) ADD COLUMN (\w+)", steps[-1])
    with sqlite3.connect(database) as db:
        check(db.execute("PRAGMA user_version").fetchone()[0] == len(steps), "it is up to date")
        for kind, name, table, column in reversed(newest):
            db.execute(f"DROP {kind} {name}" if kind else f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute(f"PRAGMA user_version = {len(steps) - 1}")
    db.close()


class Sender(threading.Thread):
    """A program that sends alerts and tries again, under the same key, until it has its answer."""

    def __init__(self, bot):
        super().__init__(daemon=True)
        self.bot, self.accepted, self.ends = bot, [], threading.Event()
        self.start()

    def run(self):
        post_stubbornly(self.bot, self.texts(), 0.02)

    def texts(self):  # goes on behind `yield` when that text was accepted
        while not self.ends.is_set():
            text = f"alert {len(self.accepted)}"
            yield text
            self.accepted.append(text)


# case 160
@case(seconds=180)
def an_upgrade_under_load_resumes_the_stream_and_loses_nothing(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("before")
    alice.hears("before")
    has_its_presence_recorded(bot)
    sender, told = Sender(bot), []

    def talk(times):
        for _ in range(times):
            told.append(f"you said {len(told)}")
            alice.sends(bot.jid, f"tell {len(told) - 1}")
    for _ in range(3):
        talk(5)
        check(bot.stop() == 0, "it stops in peace, in the middle of the traffic")
        undo_newest_step(os.path.join(bot.data_dir, "omegate.db"))
        talk(5)
        bot.start()
    talk(5)
    sender.ends.set()
    sender.join()
    wanted = ["before", *sender.accepted, *told]
    check(len(sender.accepted) > 30, f"there was traffic: {len(sender.accepted)} alerts")
    until(60, lambda: f"alice has them all; {set(wanted) - set(alice.heard())} are missing", lambda: set(wanted) <= set(alice.heard()))
    alice.sends(bot.jid, "tell end")
    alice.hears("you said end")
    each_once(alice.heard(), [*wanted, "you said end"])
    alerts = [text for text in alice.heard() if text.startswith("alert")]
    check(alerts == sender.accepted, f"in the order in which they were accepted: {alerts}")
    resumed = server.log_text().count(RESUMED)
    check(resumed == 3, f"each start went on with the stream: {resumed} of 3")
    check("store.old_copy" not in bot.log_text(), "nothing was taken for an old copy")


# case 159
@case()
def the_program_of_before_refuses_the_newer_database_and_says_so(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("before")
    alice.hears("before")
    bot.stop()
    database = os.path.join(bot.data_dir, "omegate.db")
    newest = len(schema_steps())
    with sqlite3.connect(database) as db:
        db.execute(f"PRAGMA user_version = {newest + 1}")
    db.close()
    written = read(database)
    refused = run([PROGRAM, "run", "--config", bot.config], check_code=False)
    said = refused.stderr + refused.stdout
    stage.say(said.strip())
    check(refused.returncode == 1, f"it ends: {refused.returncode}")
    check(f"newer omegate (schema {newest + 1}, this program knows {newest})" in said, f"it says why: {said}")
    check("install that version again" in said, f"and what to do: {said}")
    check(read(database) == written, "and has changed nothing")
    with sqlite3.connect(database) as db:
        db.execute(f"PRAGMA user_version = {newest}")
    db.close()
    bot.start()
    bot.alerts("after")
    alice.hears("after")
