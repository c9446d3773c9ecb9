"""Mail that is fetched from Dovecot: at once, each once, whoever of the two is away meanwhile."""
import re
import threading
import time
from collections import Counter

from cases import case
from gateway import Gateway
from imap_server import LOGIN, PASSWORD, WITHOUT_IDLE, ImapServer
from peer import Peer
from prosody import Prosody, jid
from stage import canary, check, until


class MailGateway(Gateway):
    def __init__(self, stage, server, imap, **more):
        self.imap = imap
        routes = [{"address": LOGIN, "to": [jid("alice")]}, {"address": "bot+*@mail.test", "to": [jid("alice")]}]
        super().__init__(stage, server, plugins={"mail": {"config": {"routes": routes}}}, **more)
        until(20, lambda: "the folder is open: " + self.log_text()[-500:], lambda: "mailbox.open" in self.log_text())

    def settings(self):
        return {**super().settings(), "mail": {"imap": self.imap}}


def jobs(peer):
    """Which of the mails called "job N" were heard, and how often."""
    peer.drain()
    found = (re.match(r"✉️ job (\d+)\n", event["body"]) for event in peer.history if event.get("event") == "message" and event.get("body"))
    return Counter(int(match[1]) for match in found if match)


def hears_all(alice, total, seconds=60):
    until(seconds, lambda: f"alice reads all; missing {set(range(total)) - set(jobs(alice))}", lambda: len(jobs(alice)) == total)
    doubled = {number: count for number, count in jobs(alice).items() if count > 1}
    check(not doubled, f"none came twice: {doubled}")


@case(tls=["implicit", "starttls"])
def what_arrives_is_read_at_once(stage, tls):
    server, mail = Prosody(stage), ImapServer(stage)
    mail.delivers("old")
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings(tls))
    secret, began = canary("mail"), time.monotonic()
    mail.delivers("job 0", secret)
    alice.hears(f"✉️ job 0\nBackup <backup@home.example> (not proven)\n\n{secret}")
    check(time.monotonic() - began < 15, "long before anybody would have asked")
    mail.delivers("job 1", "for ops", to="bot+ops@mail.test")
    alice.hears("✉️ job 1\nBackup <backup@home.example> (not proven)\n\nfor ops")
    check(not any("✉️ old" in text for text in alice.heard()), "what lay there before is left alone")
    check(secret not in server.stanzas(), "the XMPP server sees nothing of it")
    check(not any("S" in flags for flags in mail.flags()), "and nothing was marked")
    check("told=true" in bot.log_text() or '"told":true' in bot.log_text(), "it is told by the server")
    for name, content in bot.everything_written().items():
        check(secret.encode() not in content and PASSWORD.encode() not in content, f"nothing is in the clear in {name}")


@case(seconds=200)
def nothing_is_lost_or_doubled_while_one_of_them_is_away(stage):
    server, mail = Prosody(stage), ImapServer(stage)
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings(afterwards="seen"))
    total, done = 60, threading.Event()

    def drip():
        for number in range(total):
            mail.delivers(f"job {number}")
            time.sleep(0.1)
        done.set()

    threading.Thread(target=drip).start()
    ends = 0
    while not done.is_set() and ends < 6:
        until(60, "some arrive", lambda seen=sum(jobs(alice).values()): sum(jobs(alice).values()) > seen or done.is_set())
        ends += 1
        if ends % 3 == 0:
            mail.stop()
            mail.start()
        else:
            (bot.kill if ends % 3 == 1 else bot.stop)()
            bot.start()
    done.wait()
    stage.say(f"one of them ended {ends} times")
    hears_all(alice, total)
    until(20, lambda: f"all are marked: {mail.flags()}", lambda: len(mail.flags()) == total and all("S" in flags for flags in mail.flags()))


# case 198
@case(seconds=120)
def another_uidvalidity_doubles_nothing(stage):
    server, mail = Prosody(stage), ImapServer(stage)
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings())
    for number in range(5):
        mail.delivers(f"job {number}")
    hears_all(alice, 5)
    mail.stop()
    mail.renumber()
    mail.delivers("job 5")
    mail.start()
    hears_all(alice, 6)
    check("mailbox.began_anew" in bot.log_text(), "the log tells")
    mail.delivers("job 6")
    hears_all(alice, 7)


@case()
def a_server_that_does_not_tell_is_asked_and_what_was_read_is_moved(stage):
    server, mail = Prosody(stage), ImapServer(stage, WITHOUT_IDLE)
    mail.delivers("job 0")
    alice = Peer(stage, server, "alice")
    bot = MailGateway(stage, server, mail.settings(poll=1, existing=True, afterwards="move", move_to="Read"))
    hears_all(alice, 1)
    for number in range(1, 4):
        mail.delivers(f"job {number}")
    hears_all(alice, 4)
    until(20, lambda: f"all are moved: {mail.folder('Read')}", lambda: len(mail.folder("Read")) == 4)
    check("told=false" in bot.log_text() or '"told":false' in bot.log_text(), "it was asked")


# case 207
@case()
def a_wrong_password_is_nowhere_and_the_right_one_counts_after_a_reload(stage):
    server, mail = Prosody(stage), ImapServer(stage)
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings())
    wrong = "wrong-password-" + canary()
    mail.settings(password=wrong)
    bot.cli("reload")
    until(20, lambda: bot.log_text()[-500:], lambda: "refuses the login of" in bot.log_text())
    mail.delivers("job 0")
    mail.settings()
    bot.cli("reload")
    hears_all(alice, 1)
    for name, content in bot.everything_written().items():
        check(wrong.encode() not in content and PASSWORD.encode() not in content, f"the password is not in {name}")
