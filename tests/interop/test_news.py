"""What is learnt about keys is told to people on real clients, and their answers and orders count."""
import json

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody, jid
from stage import check, until

CLIENTS = ["axolotl", "omemo2"]


def keys_of(bot, peer):
    return {key["fingerprint"]: key["level"] for key in bot.ask("trust.list", jid=peer.jid)["keys"]}


def second_device(stage, server, bot, first, client):
    """Another device of the same person, once the gateway has seen its key."""
    laptop = Peer(stage, server, first.user, client, resource="laptop")
    until(15, "the gateway knows the laptop's key", lambda: laptop.fingerprint in keys_of(bot, first))
    return laptop


@case(client=CLIENTS)
def an_admin_is_told_of_a_new_device_and_approves_it_in_the_chat(stage, client):
    server = Prosody(stage)
    phone = Peer(stage, server, "alice", client, resource="phone")
    bot = Gateway(stage, server, admins=[jid("alice")])
    phone.sends(bot.jid, "ping")
    phone.hears("pong")
    bot.cli("trust", "approve", phone.jid, phone.fingerprint, "--verified")
    laptop = second_device(stage, server, bot, phone, client)
    told = until(15, "the phone reads the news", lambda: [t for t in phone.heard() if "new device" in t])
    print(told[0])
    check(laptop.fingerprint in told[0], f"the order it names is ready to be sent: {told}")
    phone.sends(bot.jid, f"omegate trust approve {phone.jid} {laptop.fingerprint}")
    until(15, "the laptop is trusted", lambda: keys_of(bot, phone)[laptop.fingerprint] == "trusted")
    bot.alerts("for both")
    phone.hears("for both")
    laptop.hears("for both")
    explained = bot.cli("trust", "explain", laptop.fingerprint).stdout
    print(explained)
    check("admin " + phone.jid in explained, "the ledger says who decided")


@case(client=CLIENTS)
def a_contact_says_on_a_trusted_device_whose_the_new_one_is(stage, client):
    server = Prosody(stage)
    phone = Peer(stage, server, "alice", client, resource="phone")
    bot = Gateway(stage, server, ask_contacts=True)
    phone.sends(bot.jid, "ping")
    phone.hears("pong")
    laptop = second_device(stage, server, bot, phone, client)
    code = laptop.fingerprint[:8]
    until(15, "the phone is asked", lambda: [t for t in phone.heard() if f"yes {code}" in t])
    laptop.sends(bot.jid, f"yes {code}")
    phone.sends(bot.jid, f"no {code}")
    until(15, "the phone's answer counts", lambda: keys_of(bot, phone)[laptop.fingerprint] == "revoked")
    laptop.hears_nothing_of("pong")


@case(client=CLIENTS)
def who_writes_without_encryption_is_told_so_encrypted(stage, client):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", client), Gateway(stage, server, language="de")
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    alice.command("plain", to=bot.jid, body="psst")
    until(15, "she is told", lambda: [t for t in alice.heard() if "schalte OMEMO ein" in t])
    alice.command("plain", to=bot.jid, body="psst again")
    alice.sends(bot.jid, "tell me")
    alice.hears("you said me")
    check(len([t for t in alice.heard() if "schalte OMEMO ein" in t]) == 1, "once is enough")


@case()
def a_ledger_is_checked_elsewhere_carried_over_and_forgets(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    point = stage.write("point.json", bot.cli("trust", "checkpoint").stdout)
    bot.cli("trust", "revoke", alice.jid, alice.fingerprint, "--why", "lost")
    bot.cli("trust", "rotate", "--why", "spring")
    file = stage.path("ledger.jsonl")
    bot.cli("trust", "export", file)
    print(open(file).read()[:1200])
    bot.stop()
    verified = bot.cli_json("trust", "verify", file)
    check(verified["ok"] and verified["first_signed_by"] != verified["signed_by"], f"without a gateway: {verified}")
    broken = stage.write("broken.jsonl", open(file).read().replace('"hash":"', '"hash":"0', 3)[:-1])
    check(bot.cli("trust", "verify", broken, check_code=False).returncode in (1, 4), "an altered one is not whole")
    bot.start()
    check(bot.cli_json("trust", "verify", "--checkpoint", point)["checkpoint"] == "kept", "nothing was made anew")
    bot.cli("trust", "forget", alice.jid)
    check(not keys_of(bot, alice), "nobody is known by that name")
    check(bot.cli_json("trust", "verify")["forgotten"] >= 3, "and the chain still holds")
    bot.cli("trust", "import", file, "--signed-by", verified["signed_by"])
    check(keys_of(bot, alice)[alice.fingerprint] == "revoked", "what was decided is decided again")
    log = json.loads(bot.cli("trust", "log", "--fact", "forgot", "--json").stdout)["rows"]
    check(len(log) == 1 and not log[0]["jid"], f"it is not said who: {log}")
