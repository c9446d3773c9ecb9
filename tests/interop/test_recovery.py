"""Old copies of the database, and two copies at once: noticed, said, and nothing lost after."""
import json
import os
import shutil

from cases import case
from gateway import PROGRAM, Gateway
from peer import Peer
from prosody import Prosody
from stage import check, read, run, until

VERSIONS = ["axolotl", "omemo2"]


def talk(bot, alice, name):
    """A message each way."""
    bot.alerts(f"alert {name}")
    alice.hears(f"alert {name}")
    alice.sends(bot.jid, f"tell {name}")
    alice.hears(f"you said {name}")


def facts(bot):
    return [row["fact"] for row in bot.ask("trust.log", limit=1000)["rows"]]


def put_back(bot, copy):
    shutil.rmtree(bot.data_dir)
    shutil.copytree(copy, bot.data_dir)


@case(version=VERSIONS)
def after_an_old_copy_came_back_the_conversation_goes_on(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    talk(bot, alice, "one")
    own = bot.ask("keys")["accounts"][0]
    bot.stop()
    copy = stage.path("copy")
    shutil.copytree(bot.data_dir, copy)
    bot.start()
    talk(bot, alice, "two")
    talk(bot, alice, "three")
    bot.stop()
    put_back(bot, copy)
    bot.start()
    check("store.old_copy" in bot.log_text(), "the log says so")
    until(20, "alice hears of the new session", lambda: not bot.status()["renewed"]["waiting"])
    talk(bot, alice, "four")
    talk(bot, alice, "five")
    check(bot.ask("keys")["accounts"][0] == own, "identity and device are the same")
    check("restored" in facts(bot), f"the ledger says so: {facts(bot)}")
    check(bot.ask("trust.list")["keys"][0]["level"] != "undecided", "alice is still trusted")
    heard = alice.heard()
    check(len(heard) == len(set(heard)), f"nothing twice: {heard}")


@case(version=VERSIONS)
def alice_may_write_first_after_an_old_copy_came_back(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    talk(bot, alice, "one")
    bot.stop()
    copy = stage.path("copy")
    shutil.copytree(bot.data_dir, copy)
    bot.start()
    talk(bot, alice, "two")
    bot.stop()
    put_back(bot, copy)
    alice.drain()
    bot.start()
    alice.wait("empty", seconds=20)  # in the new session, without being asked
    alice.sends(bot.jid, "tell three")
    alice.hears("you said three")
    talk(bot, alice, "four")


def set_passphrase(bot, stage):
    words = stage.write("words", "correct horse battery\n")
    bot.cli("key", "recovery", "set", "--memory", "8", "--passphrase-file", words)
    bot.cli("key", "recovery", "test", "--passphrase-file", words)
    return words


@case(version=VERSIONS)
def a_backup_made_while_it_runs_comes_back_and_the_conversation_goes_on(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    words, backup = set_passphrase(bot, stage), stage.path("omegate.backup")
    talk(bot, alice, "one")
    own = bot.ask("keys")["accounts"][0]
    bot.cli("backup", backup)
    bot.cli("backup", "--check", backup, "--passphrase-file", words)
    check(not [name for name in os.listdir(bot.data_dir) if "copy" in name], "the copy is gone")
    talk(bot, alice, "two")
    talk(bot, alice, "three")
    running = bot.cli("restore", backup, "--replace", "--passphrase-file", words, check_code=False)
    check(running.returncode == 1 and "stop it first" in running.stderr, f"not while it runs: {running.stderr}")
    bot.stop()
    there = bot.cli("restore", backup, "--passphrase-file", words, check_code=False)
    check(there.returncode == 1 and "--replace" in there.stderr, f"not over a database: {there.stderr}")
    stage.say(bot.cli("restore", backup, "--replace", "--passphrase-file", words).stdout)
    bot.start()
    check("a backup was restored" in bot.log_text(), "the log says so")
    until(20, "alice hears of the new session", lambda: not bot.status()["renewed"]["waiting"])
    talk(bot, alice, "four")
    talk(bot, alice, "five")
    check(bot.ask("keys")["accounts"][0] == own, "identity and device are the same")
    check("restored" in facts(bot), f"the ledger says so: {facts(bot)}")
    heard = alice.heard()
    check(len(heard) == len(set(heard)), f"nothing twice: {heard}")
    bot.restart()
    talk(bot, alice, "six")
    check(facts(bot).count("restored") == 1, "and it was one time")


@case(seconds=240)
def a_backup_comes_back_on_a_new_machine_with_nothing_but_the_passphrase(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    words, backup = set_passphrase(bot, stage), stage.path("omegate.backup")
    talk(bot, alice, "one")
    bot.cli("backup", backup)
    bot.stop()
    shutil.rmtree(stage.path("gateway"))
    bot.cli("restore", backup, "--passphrase-file", words)
    bot.start()
    bot.becomes_ready(seconds=180)
    until(20, "alice hears of the new session", lambda: not bot.status()["renewed"]["waiting"])
    talk(bot, alice, "two")
    check(bot.ask("trust.list")["keys"][0]["level"] != "undecided", "alice is still trusted")


@case()
def the_key_file_may_be_changed_and_may_be_lost(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    words, key = set_passphrase(bot, stage), stage.path("gateway", "data.key")
    talk(bot, alice, "one")
    old = read(key)
    bot.cli("key", "rotate")
    check(read(key) != old, "the file is another one")
    bot.restart()
    talk(bot, alice, "two")
    bot.stop()
    os.remove(key)
    lost = run([PROGRAM, "run", "--config", bot.config], check_code=False)
    check(lost.returncode == 1 and "omegate key unlock" in lost.stderr, f"it says what to do: {lost.stderr}")
    check(not os.path.exists(key), "and makes no key of its own")
    bot.cli("key", "unlock", "--passphrase-file", words)
    bot.start()
    talk(bot, alice, "three")
    check("store.old_copy" not in bot.log_text(), "nothing was taken for an old copy")


@case()
def restarts_and_kills_are_no_old_copy(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    for number in range(4):
        talk(bot, alice, f"number {number}")
        if number % 2:
            bot.restart()
        else:
            bot.kill()
            bot.start()
    check("store.old_copy" not in bot.log_text() and "anchor.unknown_epoch" not in bot.log_text(), "nothing is suspected")
    check("renewed" not in bot.status(), "and the status knows of nothing")


class Copy(Gateway):
    """The whole machine of `original`, anchor included, at another place."""

    def __init__(self, stage, server, original, name):
        self.name = name
        super().__init__(stage, server, start=False)
        self.data_dir, self.log = stage.path(name, "data"), stage.path(name + ".out")
        self.socket, self.send_socket = stage.path(name, "control.sock"), stage.path(name, "send.sock")
        shutil.copytree(original.data_dir, self.data_dir)
        shutil.copytree(original.data_dir + "-anchor", self.data_dir + "-anchor")
        for secret in ("data.key", "bot.password", "hook.token"):
            shutil.copy(stage.path("gateway", secret), stage.path(name, secret))
        self.config = stage.write(f"{name}/omegate.yaml", json.dumps(self.settings()))

    def write_files(self):
        pass  # they are the original's

    def start(self, ready=True, under=()):
        self.process = self.stage.launch(self.name, [*under, PROGRAM, "run", "--config", self.config])
        if ready:
            self.becomes_ready()


@case(seconds=240)
def of_two_living_copies_the_second_stops(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    talk(bot, alice, "one")
    bot.stop()
    clone = Copy(stage, server, bot, "clone")
    bot.start()
    talk(bot, alice, "two")
    clone.start(ready=False)
    until(200, "the second stops", lambda: clone.process.poll() is not None)
    check(clone.process.returncode == 1, f"with exit code 1, not {clone.process.returncode}")
    check("another copy" in clone.log_text(), clone.log_text()[-500:])
    clone.start(ready=False)
    until(20, "it does not start again by itself", lambda: clone.process.poll() is not None)
    check("--take-over" in clone.log_text(), "and says what to do")
    bot.becomes_ready(seconds=60)
    talk(bot, alice, "three")
    check("store.old_copy" not in bot.log_text(), "the first one never noticed")


@case(seconds=240)
def a_machine_that_was_set_back_is_noticed_by_the_server(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    talk(bot, alice, "one")
    bot.stop()
    old = Copy(stage, server, bot, "old")
    bot.start()
    talk(bot, alice, "two")
    bot.stop()
    old.start(ready=False)
    old.becomes_ready(seconds=180)
    check("server has seen a later state" in old.log_text(), "the log says why")
    until(20, "alice hears of the new session", lambda: not old.status()["renewed"]["waiting"])
    talk(old, alice, "three")
