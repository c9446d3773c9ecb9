"""The world as it is: no kindnesses, wrong passwords, wrong certificates, hosts that are not there."""
import re

from cases import case
from gateway import Gateway, account
from peer import Peer
from prosody import PASSWORDS, Authority, Prosody
from stage import canary, check, until


@case(version=["axolotl", "omemo2"])
def people_who_never_subscribed_are_served(stage, version):
    server = Prosody(stage, friends=False)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    bot.alerts("we are no contacts")
    alice.hears("we are no contacts")
    alice.sends(bot.jid, "ping")
    alice.hears("pong")


@case(seconds=150)
def a_server_that_lets_ten_kilobytes_a_second_through_is_enough(stage):
    server = Prosody(stage, rate="10kb/s")
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    texts = [canary(f"{number}: " + "x" * 2000) for number in range(15)]
    for text in texts:
        bot.alerts(text)
    until(90, lambda: f"alice has them all; she has {len(alice.heard())}", lambda: len(alice.heard()) >= len(texts))
    check(alice.heard() == texts, "each once and in order")
    alice.sends(bot.jid, "ping")
    alice.hears("pong", seconds=30)


@case(seconds=120)
def an_alert_passes_a_bulk_job_on_a_slow_server(stage):
    server = Prosody(stage, rate="10kb/s")
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    for number in range(60):
        bot.ask("send", to=alice.jid, text=f"bulk {number} " + "x" * 1000, priority="low")
    bot.ask("send", to=alice.jid, text="fire", priority="high")
    bot.ask("send", to=alice.jid, text="too late", expires_in_s=1, priority="low")
    alice.hears("fire", seconds=40)
    before = [text for text in alice.heard() if text.startswith("bulk")]
    check(len(before) < 50, f"the alert came after {len(before)} of 60 bulk messages")
    until(60, "the bulk job is through", lambda: len(alice.heard()) >= 61)
    bulk = [text.split()[1] for text in alice.heard() if text.startswith("bulk")]
    check(bulk == [str(number) for number in range(60)], f"in its order: {bulk}")
    expired = [row for row in bot.outbox() if row["state"] == "expired"]
    check(len(expired) == 1 and expired[0].get("reason"), f"what was too late has expired: {expired}")


@case()
def direct_tls_works_as_starttls_does(stage):
    server = Prosody(stage)
    alice = Peer(stage, server, "alice")
    bot = Gateway(stage, server, port=server.direct_tls_port, direct_tls=True)
    bot.alerts("over direct TLS")
    alice.hears("over direct TLS")


@case(offered=["SCRAM-SHA-1", "SCRAM-SHA-256"])
def one_mechanism_is_enough(stage, offered):
    every = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]
    server = Prosody(stage, refused_mechanisms=[name for name in every if name != offered])
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("logged in")
    alice.hears("logged in")


def complains(bot, pattern):
    """The operator is told, in the log or in the status, and the process neither hangs nor claims to be ready."""
    def told():
        if bot.process.poll() is not None:
            check(bot.process.returncode != 0, "it must not end as if all was well")
            return re.search(pattern, bot.log_text(), re.I)
        try:
            status = bot.status() or {}
        except OSError:
            status = {}
        check(not status.get("ready"), f"it cannot be ready: {status}")
        return re.search(pattern, bot.log_text() + str(status), re.I)
    found = until(20, lambda: f"a complaint that matches /{pattern}/; it says:\n{bot.log_text()}", told)
    line = next((l for l in bot.log_text().splitlines() if found[0] in l), found[0])
    bot.stage.say(f"omegate: {line}")


def never_speaks(server):
    check("<encrypted" not in server.stanzas(), "nothing of the bot's got through")


# case 33
@case()
def a_wrong_password_is_named(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server, start=False)
    wrong = canary("wrong")
    stage.write("gateway/bot.password", wrong)
    bot.start(ready=False)
    complains(bot, r"password|not.authori[sz]ed|credentials")
    check(wrong not in bot.log_text(), "and the password is not printed")


# case 9
@case()
def a_certificate_of_an_unknown_authority_is_refused(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server, start=False, ca_file=Authority(stage, "another-ca").ca)
    bot.start(ready=False)
    complains(bot, r"certificate")
    check("bot@" not in server.stanzas(), "and no login was tried")


# case 9
@case()
def a_certificate_for_another_domain_is_refused(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server, start=False, jid="bot@elsewhere.test")
    bot.start(ready=False)
    complains(bot, r"certificate|elsewhere\.test")
    check("bot@" not in server.stanzas(), "and no login was tried")


@case()
def a_host_that_does_not_exist_is_named(stage):
    bot = Gateway(stage, Prosody(stage), start=False, host="nowhere.invalid")
    bot.start(ready=False)
    complains(bot, r"nowhere\.invalid")


# case 1
@case()
def a_server_that_is_down_is_tried_again_until_it_is_up(stage):
    server = Prosody(stage)
    server.stop()
    bot = Gateway(stage, server, start=False)
    bot.start(ready=False)
    complains(bot, r"refused|connect")
    server.start()
    bot.becomes_ready(seconds=60)


# case 17
@case()
def a_server_that_only_offers_plain_is_refused(stage):
    server = Prosody(stage, refused_mechanisms=["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
    bot = Gateway(stage, server, start=False)
    bot.start(ready=False)
    complains(bot, r"PLAIN|mechanism")
    check(PASSWORDS["bot"] not in server.log_text(), "the password was not shown")


@case()
def one_broken_account_does_not_stop_the_other(stage):
    server = Prosody(stage)
    alice = Peer(stage, server, "alice")
    gateway = Gateway(stage, server, start=False,
                      accounts={"good": account("bot", server), "bad": account("bot2", server, host="nowhere.invalid")},
                      hooks={"alerts": ("good", ["alice"])})
    gateway.start(ready=False)
    until(20, "the good account is online", lambda: [
        a for a in (gateway.status() or {}).get("accounts", []) if a["name"] == "good" and a["state"] == "online"])
    gateway.alerts("one of two is enough")
    alice.hears("one of two is enough")
