#!/usr/bin/python3
"""Makes a database as a version of the program writes it, with what a gateway has after a day of work.

usage: make_database.py CHECKOUT PROGRAM      a checkout of that version, and its `omegate`, built; writes schema-NN beside this file

It plays with that version's own server, clients and gateway (CHECKOUT/tests/interop). What there was no room for in
earlier versions (timers, files …) is made where the version has it. README.md says what a folder has.
"""
import glob
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIGNS = {"timers": "plugins/remind", "files": "bridge/edge/store/file_table.cpp", "api": "bridge/edge/store/api_events.cpp",
         "mails": "bridge/edge/store/mails.cpp"}  # what shows that a version has it
API_TOKEN = "api-token-" + "7b1e9a5c" * 4  # no secret


def schema_of(checkout):
    with open(os.path.join(checkout, "bridge/edge/store/schema.cpp"), encoding="utf-8") as file:
        return len(re.findall(r'^    R"\($', file.read(), re.M))


def write_plugin(stage, name, script, more):
    """Its folder."""
    stage.write(f"gateway/{name}/plugin.yaml", f'name: {name}\nversion: "1.0"\napi: 1\ndescription: For the test.\n{more}', 0o644)
    return os.path.dirname(stage.write(f"gateway/{name}/init.lua", "local P = ...\n" + script, 0o644))


NOT_YET = 'P.command("later <text>", "Cannot be done yet", function() error("not yet") end)\n'
MAILER = """
P.command("mail <text>", "Writes one", function(cmd)
  P.mail { to = "juliet@example.net", subject = "A mail", text = cmd.args.text }
end)
"""


def gateway_of(stage, server, has, patience=NOT_YET):
    """With all that leaves something in its database; `patience` is the script of the plugin of that name."""
    from gateway import Gateway, account
    from prosody import jid

    class Making(Gateway):
        def settings(self):
            more = {}
            if "files" in has:
                more["files"] = {"private_hosts": ["localhost"]}
            if "mails" in has:
                secret = {"file": stage.write("gateway/mail.password", "nobody looks at it\n")}
                more["mail"] = {"submission": {"host": "127.0.0.1", "port": stage.free_port(), "user": "bot@example.net",
                                               "secret": secret, "from": "bot@example.net"}}
            return {**super().settings(), **more}

    plugins = {"patience": {"path": write_plugin(stage, "patience", patience, "grants:\n  messages: true\n  send_to: [sender]\n")}}
    if "timers" in has:
        plugins["remind"] = {}
    if "mails" in has:
        mailer = write_plugin(stage, "mailer", MAILER, "config:\n  write_to: {type: list, of: mail_to, default: []}\n"
                              "grants:\n  send_to: [sender]\n  mail_to: [config]\n")
        plugins["mailer"] = {"path": mailer, "config": {"write_to": ["juliet@example.net"]}}
    more = {}
    if "api" in has:
        stage.write("gateway/api.token", API_TOKEN + "\n")
        more["api"] = {"clients": {"home": {"token": {"file": "api.token"}, "scopes": ["send", "events"], "send_to": [jid("alice")]}}}
    accounts = {"bot": account("bot", server, allow=("alice", "bob")), "bot2": account("bot2", server, allow=("bob",), policy="manual")}
    hooks = {"alerts": ("bot", ["alice"]), "bob": ("bot", ["bob"]), "strict": ("bot2", ["bob"])}
    return Making(stage, server, accounts, hooks, plugins, **more)


def make(checkout, has):
    from peer import Peer
    from prosody import Prosody
    from stage import Stage, until

    with Stage() as stage:
        server = Prosody(stage, **({"uploads": 1 << 20} if "files" in has else {}))
        alice = Peer(stage, server, "alice", store="alice.json")
        bob = Peer(stage, server, "bob", "axolotl", store="bob.json", resource="phone")
        bot = gateway_of(stage, server, has)

        def posts(hook, text):
            status, reply = bot.post(hook, text)
            assert status == 202, (hook, text, status, reply)

        def talk(number):
            posts("alerts", f"alert {number}")
            alice.hears(f"alert {number}")
            alice.sends(bot.jid, f"tell {number}")
            alice.hears(f"you said {number}")
            posts("bob", f"word {number}")
            bob.hears(f"word {number}")
            bob.sends(bot.jid, f"tell bob {number}")
            bob.hears(f"you said bob {number}")

        for number in range(3):
            talk(number)
        bot.restart()
        talk(3)

        laptop = Peer(stage, server, "bob", "axolotl", resource="laptop")
        posts("bob", "not for the laptop")
        bob.hears("not for the laptop")
        until(15, "the laptop's key is known", lambda: any(key["fingerprint"] == laptop.fingerprint for key in bot.ask("trust.list", jid=bob.jid)["keys"]))
        bot.cli("trust", "revoke", bob.jid, laptop.fingerprint, "--why", "sold", "--account", "bot")
        bot.cli("trust", "approve", alice.jid, alice.fingerprint, "--verified", "--why", "she read it to me", "--account", "bot")
        laptop.close()

        posts("strict", "waits for a decision")
        until(15, "it is held", lambda: any(row["state"] == "held" for row in bot.outbox()))
        if "timers" in has:
            alice.sends(bot.jid, "remind me every day at 9 to drink")
            until(15, "it is noted", lambda: any("number 1" in text for text in alice.heard()))
        if "mails" in has:
            alice.sends(bot.jid, "mail it will be a while")
            until(15, "a mail waits", lambda: "mail.deferred" in bot.log_text() or "mail.server_trouble" in bot.log_text())
        # The last word: what alice says behind it waits, too.
        alice.sends(bot.jid, "later be patient")
        until(15, "an event waits", lambda: waiting(bot, "patience"))
        time.sleep(1)  # acknowledgements of what was last
        keys = [{name: key[name] for name in ("account", "jid", "fingerprint", "level") if name in key} for key in bot.ask("trust.list")["keys"]]
        own = bot.ask("keys")["accounts"]
        for peer in (alice, bob):
            peer.close()
        server.stop()

        queued = {"alice": [f"queued {number} for alice" for number in range(3)], "bob": [f"queued {number} for bob" for number in range(2)]}
        for user, hook in (("alice", "alerts"), ("bob", "bob")):
            for text in queued[user]:
                posts(hook, text)
        if "files" in has:
            report = stage.write("report.txt", "what was in the file\n")
            bot.cli("send", alice.jid, "--file", report, "--account", "bot")
        wanted = sum(map(len, queued.values())) + ("files" in has)
        until(15, "all is queued", lambda: len([row for row in bot.outbox() if row["state"] == "accepted"]) == wanted)
        facts = len(bot.ask("trust.log", limit=1000)["rows"])
        bot.stop()
        return pack(stage, checkout, {
            "has": sorted(has), "accounts": own, "keys": keys, "facts": facts, "revoked": laptop.fingerprint, "queued": queued,
            "held": "waits for a decision", "waiting": "be patient", "heard": {"alice": alice.heard(), "bob": bob.heard()}})


def waiting(bot, plugin):
    rows = bot.ask("inbox.list", limit=100)["rows"]
    return [row for row in rows if row["plugin"] == plugin and row["attempts"] > 0]


def pack(stage, checkout, content):
    number = schema_of(checkout)
    folder = os.path.join(HERE, f"schema-{number:02}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    data = stage.path("gateway", "data")
    left = {"omegate.db": os.path.join(data, "omegate.db"), "key": stage.path("gateway", "data.key"),
            "alice.json": stage.path("alice.json"), "bob.json": stage.path("bob.json")}
    for path in glob.glob(data + "-anchor/*"):
        left["anchor/" + os.path.basename(path)] = path
    for path in glob.glob(data + "/files/*"):
        left["files/" + os.path.basename(path)] = path
    for name, path in left.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(path, "rb") as file, gzip.GzipFile(os.path.join(folder, name + ".gz"), "wb", mtime=0) as packed:
            packed.write(file.read())
    with tarfile.open(os.path.join(folder, "server.tgz"), "w:gz") as packed:
        packed.add(stage.path("prosody", "data"), ".")
    commit = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    with open(os.path.join(folder, "content.json"), "w", encoding="utf-8") as file:
        json.dump({"schema": number, "commit": commit, "made_ms": int(time.time() * 1000), **content}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    return folder


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    checkout, program = map(os.path.abspath, sys.argv[1:])
    os.environ["OMEGATE"] = program
    sys.path.insert(0, os.path.join(checkout, "tests/interop"))
    has = {thing for thing, sign in SIGNS.items() if os.path.exists(os.path.join(checkout, sign))}
    print("made " + make(checkout, has))


if __name__ == "__main__":
    main()
