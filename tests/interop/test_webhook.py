"""The main job: curl on one side, a stranger's client on the other."""
import json

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import canary, check, until
from wiretap import WireTap

CLIENTS = ["axolotl", "omemo2", "omemo2,axolotl", "axolotl,omemo2"]


@case(client=CLIENTS)
def an_alert_reaches_a_client_encrypted(stage, client):
    server = Prosody(stage)
    tap = WireTap(stage, server)
    alice = Peer(stage, server, "alice", client)
    bot = Gateway(stage, server)
    secrets = [canary("disk") for _ in range(3)]
    for secret in secrets:
        text = f"{secret} is full, ünï 🦀"
        bot.alerts(text)
        heard = alice.hears(text, sender=bot.jid)
        check(heard["version"] in client, "in a version that the client speaks")
    for place, content in {"the server": server.stanzas().encode(), "the wire": tap.stop()}.items():
        check(not any(secret.encode() in content for secret in secrets), f"{place} must not see a text")
    check("<encrypted" in server.stanzas(), "the server sees encrypted elements")


@case()
def an_alert_is_sent_once_for_a_client_with_both_versions(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("only once")
    alice.hears("only once")
    bot.alerts("the next")
    alice.hears("the next")
    check(alice.heard() == ["only once", "the next"], f"nothing twice: {alice.heard()}")


@case()
def json_is_taken_as_well_as_text(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts(json.dumps({"text": "from a monitoring system"}), content_type="application/json")
    alice.hears("from a monitoring system")


@case()
def who_has_no_token_is_not_heard(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    for token in (None, "wrong", ""):
        status, reply = bot.post("alerts", "forged", token=token)
        check(status == 401, f"token {token!r} gets 401, not {status}: {reply}")
    status, _ = bot.post("nowhere", "lost")
    check(status == 404, f"an unknown hook gets 404, not {status}")
    bot.alerts("the real one")
    alice.hears("the real one")
    alice.hears_nothing_of("forged")


@case()
def a_repeated_idempotency_key_sends_nothing_twice(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    for _ in range(3):
        bot.alerts("backup failed", key="backup-2024-11-24")
    bot.restart()
    bot.alerts("backup failed", key="backup-2024-11-24")
    bot.alerts("backup failed again", key="backup-2024-11-25")
    both = ["backup failed", "backup failed again"]
    until(60, lambda: f"alice has both; she has {alice.heard()}", lambda: set(both) <= set(alice.heard()))
    check(sorted(alice.heard()) == both, f"each key once: {alice.heard()}")


@case()
def an_alert_for_somebody_offline_is_there_when_he_comes(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", store="alice.keys"), Gateway(stage, server)
    bot.alerts("first")
    alice.hears("first")
    alice.close()
    bot.alerts("while you slept")
    until(15, "it is sent", lambda: all(row["state"] in ("sent", "delivered") for row in bot.outbox()))
    Peer(stage, server, "alice", store="alice.keys").hears("while you slept")


@case()
def an_alert_for_somebody_without_any_device_waits_for_one(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server)
    bot.alerts("you have no OMEMO yet")
    row = until(15, "it is held", lambda: next((r for r in bot.outbox() if r["state"] == "held"), None))
    check(row.get("reason"), f"a held row has a reason: {row}")
    check("you have no OMEMO yet" not in server.stanzas(), "and nothing went in the clear")
    Peer(stage, server, "alice").hears("you have no OMEMO yet", seconds=30)


@case()
def a_delivery_receipt_makes_a_message_delivered(stage):
    server = Prosody(stage)
    Peer(stage, server, "alice")
    bot = Gateway(stage, server)
    bot.alerts("did you get it?")
    until(15, lambda: f"the row is delivered: {bot.outbox()}", lambda: [r["state"] for r in bot.outbox()] == ["delivered"])
