"""The way back: what people write to the bot, and who is heard at all."""
from cases import case
from gateway import Gateway, account
from peer import Peer
from profanity import Profanity
from prosody import Prosody, jid
from stage import canary, check


@case(version=["axolotl", "omemo2"])
def a_command_is_answered(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    for _ in range(3):
        word = canary("word")
        alice.sends(bot.jid, f"tell {word}")
        alice.hears(f"you said {word}", version=version)
        check(word not in server.stanzas(), "the server sees no word of it")


@case()
def a_client_that_changes_the_version_is_answered_still(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    for number, version in enumerate(["axolotl", "omemo2", "axolotl"]):
        alice.sends(bot.jid, f"tell {number}", version)
        alice.hears(f"you said {number}")


@case(seconds=120)
def profanity_reads_the_alert_and_gets_an_answer(stage):
    server = Prosody(stage, legacy_codes=True)
    alice, bot = Profanity(stage, server, "alice"), Gateway(stage, server)
    alert = canary("alert")
    bot.alerts(alert)
    alice.shows("chat message: " + bot.jid)
    alice.opens_chat(bot.jid)
    alice.reads(alert)
    word = canary("word")
    alice.says(f"tell {word}")
    alice.reads(f"you said {word}")
    check(alert not in server.stanzas() and word not in server.stanzas(), "the server sees neither")


@case()
def help_names_the_commands(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    alice.sends(bot.jid, "help")
    answer = alice.wait("message", sender=bot.jid)["body"]
    check("ping" in answer and "repeats what follows" in answer, f"help says: {answer}")


# case 73
@case()
def a_stranger_is_not_heard(stage):
    server = Prosody(stage)
    alice, bob, bot = Peer(stage, server, "alice"), Peer(stage, server, "bob"), Gateway(stage, server)
    bob.sends(bot.jid, "tell let me in")
    alice.sends(bot.jid, "tell me too")
    alice.hears("you said me too")
    bob.hears_nothing_of("you said let me in")


# case 73, 132
@case()
def what_is_written_in_the_clear_is_not_obeyed(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    alice.command("plain", to=bot.jid, body="tell spoken aloud")
    alice.sends(bot.jid, "tell whispered")
    alice.hears("you said whispered")
    alice.hears_nothing_of("you said spoken aloud")
    check("you said" not in server.stanzas(), "the bot says nothing in the clear")


@case()
def two_accounts_live_in_one_process(stage):
    server = Prosody(stage)
    alice, bob = Peer(stage, server, "alice"), Peer(stage, server, "bob")
    gateway = Gateway(
        stage, server,
        accounts={"first": account("bot", server, allow=["alice"]), "second": account("bot2", server, allow=["bob"])},
        hooks={"alerts": ("first", ["alice"]), "news": ("second", ["bob"])})
    gateway.alerts("for alice")
    check(gateway.post("news", "for bob")[0] == 202, "the second hook takes it")
    alice.hears("for alice", sender=jid("bot"))
    bob.hears("for bob", sender=jid("bot2"))
    alice.sends(jid("bot"), "tell one")
    bob.sends(jid("bot2"), "tell two")
    alice.hears("you said one", sender=jid("bot"))
    bob.hears("you said two", sender=jid("bot2"))
    fingerprints = {row["fingerprint"] for row in gateway.ask("keys")["accounts"]}
    check(len(fingerprints) == 2, "each has a key of its own")
