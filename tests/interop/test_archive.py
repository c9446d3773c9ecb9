"""What was written while the bot was away: each message once and in its order, from whatever the server keeps."""
import glob
import os
import random
import time

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, until

WORDS = 120  # more than two pages


class Absence:
    """The bot has been there, and is gone together with its session on the server; alice is there."""

    def __init__(self, stage, versions="omemo2,axolotl", **server):
        self.server = Prosody(stage, **server)
        alice, self.bot = Peer(stage, self.server, "alice", versions, store="alice.keys"), Gateway(stage, self.server)
        alice.sends(self.bot.jid, "ping")
        alice.hears("pong")
        alice.close()
        self.bot.kill()
        self.server.stop()
        self.while_all_are_away(stage)
        self.server.start()
        self.alice = Peer(stage, self.server, "alice", versions, store="alice.keys")

    def while_all_are_away(self, stage):
        pass

    def write(self, words):
        for word in words:
            self.alice.sends(self.bot.jid, f"tell {word}")
        return [f"you said {word}" for word in words]

    def each_is_answered_once(self, answers):
        def answered():
            return [text for text in self.alice.heard() if text in answers]
        until(60, lambda: f"all are answered; {len(answered())} are", lambda: set(answered()) == set(answers))
        self.alice.sends(self.bot.jid, "tell the end")
        self.alice.hears("you said the end")
        check(answered() == answers, f"each once and in order, not {answered()}")


def comes_back(absence, words):
    """Each of the commands that were written meanwhile is answered once and in order."""
    answers = absence.write([f"word {number}" for number in range(words)])
    absence.bot.start()
    absence.each_is_answered_once(answers)


@case(versions=["omemo2,axolotl", "axolotl,omemo2"], seconds=180)
def what_was_written_meanwhile_is_read_from_the_archive(stage, versions):
    comes_back(Absence(stage, versions, offline=False), WORDS)


# case 76
@case(seconds=120)
def what_the_server_kept_twice_is_answered_once(stage):
    comes_back(Absence(stage), words=20)


@case(seconds=120)
def without_an_archive_the_queue_for_the_absent_is_enough(stage):
    comes_back(Absence(stage, archive=False), words=20)


# case 135
@case(seconds=240)
def killed_again_and_again_while_it_reads_the_archive(stage):
    absence = Absence(stage, offline=False)
    answers = absence.write([f"word {number}" for number in range(WORDS)])
    for _ in range(5):
        absence.bot.start(ready=False)
        time.sleep(random.uniform(0.2, 0.8))
        absence.bot.kill()
    absence.bot.start()
    absence.each_is_answered_once(answers)


class Forgotten(Absence):
    def while_all_are_away(self, stage):
        files = glob.glob(stage.path("prosody", "data") + "/**/bot.*", recursive=True)
        archive = [name for name in files if os.path.basename(os.path.dirname(name)) == "archive"]
        check(archive, f"the server has an archive: {files}")
        for name in archive:
            os.unlink(name)


@case(seconds=120)
def an_archive_that_forgot_where_we_were_is_read_by_time(stage):
    comes_back(Forgotten(stage, offline=False), words=20)
