"""What must not bring it down: stanzas made to hurt, a full disk."""
import http.client
import re

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import Failure, check, read, tool, until

# Each passes through Prosody and breaks a limit of ours.
BOMBS = {
    "depth": "<x xmlns='urn:x'>" * 120 + "</x>" * 120,
    "attributes": "<x xmlns='urn:x' {}/>".format(" ".join(f"a{number}='1'" for number in range(500))),
    "namespaces": "<x xmlns='urn:x' {}/>".format(" ".join(f"xmlns:n{number}='urn:{number}'" for number in range(200))),
    "name": "<{} xmlns='urn:x'/>".format("n" * 5000),
    "size": "<x xmlns='urn:x'>{}</x>".format("y" * (256 * 1024 - 150)),  # the server adds its part and is above our limit
}


# case 34
@case(kind=list(BOMBS))
def a_stanza_bomb_is_survived_and_not_fatal_to_what_follows(stage, kind):
    server = Prosody(stage)
    alice, bob, bot = Peer(stage, server, "alice"), Peer(stage, server, "bob", versions="none"), Gateway(stage, server)
    stage.say(f"bob throws a stanza with too much {kind}")
    bob.command("raw", xml=f"<message to='{bot.jid}' type='chat'><body>boom</body>{BOMBS[kind]}</message>")
    until(10, "the server passes it on", lambda: "boom" in server.stanzas())
    alice.sends(bot.jid, "tell still there")
    alice.hears("you said still there", seconds=60)
    bot.alerts("and still sending")
    alice.hears("and still sending", seconds=30)
    check(bot.process.poll() is None, "the process is the same")


# Where the server does not say beforehand what it takes: the way it ends the stream says enough.
@case(seconds=240)
def a_message_too_large_for_the_server_is_found_and_the_rest_goes_on(stage):
    server = Prosody(stage, max_stanza=30_000)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("before")
    alice.hears("before", seconds=30)
    bot.post("alerts", "x" * 40_000)
    bot.alerts("behind it")
    alice.hears("behind it", seconds=120)
    large = next(row for row in bot.outbox() if row["state"] == "parked")
    print(f"  {large['reason']}")
    check("the server ended the connection over it" in large["reason"] or "too large" in large["reason"], large)
    check(large["waits"]["for"] == "operator", large)
    ended = len(re.findall("account.lost", bot.log_text()))
    check(ended <= 2, f"it cost {ended} streams")
    bot.alerts("all is well")
    alice.hears("all is well", seconds=30)
    check(len(re.findall("account.lost", bot.log_text())) == ended, "and no more")


def under_strace(stage, *injection):
    """-D: the gateway stays our child, the tracer ends with it."""
    stage.write("writes", "")
    return [tool("strace"), "-D", "-f", "-qq", "-o", stage.path("writes"), "-e", "trace=pwrite64", *injection]


def post_until_refused(bot, most=300):
    """Sends numbered alerts; which were accepted, and what came then."""
    accepted = []
    for number in range(most):
        try:
            status, reply = bot.post("alerts", f"number {number}")
        except (OSError, http.client.HTTPException) as failure:
            return accepted, repr(failure)
        if status != 202:
            return accepted, f"{status} {reply}"
        accepted.append(f"number {number}")
    raise Failure(f"the disk is full and still {most} alerts are accepted")


# case 143
@case(seconds=180)
def a_full_disk_loses_nothing_that_was_accepted(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server, start=False)
    bot.start(under=under_strace(stage))
    bot.alerts("while there is space")
    alice.hears("while there is space")
    bot.stop()
    writes = read(stage.path("writes")).count(b"pwrite64")
    bot.start(under=under_strace(stage, "-e", f"inject=pwrite64:error=ENOSPC:when={writes}+"))
    accepted, then = post_until_refused(bot)
    stage.say(f"{len(accepted)} alerts accepted, then: {then}")
    until(10, lambda: f"the log says why; it says:\n{bot.log_text()}", lambda: re.search(r"full|space", bot.log_text(), re.I))
    bot.kill()
    bot.start()
    bot.alerts("there is space again")
    texts = ["while there is space", *accepted, "there is space again"]
    until(90, lambda: f"alice has {texts}; she has {alice.heard()}", lambda: set(texts) <= set(alice.heard()))
    check(sorted(alice.heard()) == sorted(texts), f"each accepted alert once: {alice.heard()} of {texts}")


MANIFEST = """\
name: broken
version: "1.0"
api: 1
description: Breaks.
grants:
  send_to: [sender]
"""
BROKEN = {
    "fails": 'P.command("trip", "Fails", function() error("broken on purpose") end)',
    "never ends": 'P.command("trip", "Never ends", function() while true do end end)',
    "eats memory": 'P.command("trip", "Eats", function() local t = {} while true do t[#t + 1] = ("x"):rep(1e6) .. #t end end)',
}


@case(how=list(BROKEN))
def a_broken_plugin_harms_only_itself(stage, how):
    stage.write("broken/plugin.yaml", MANIFEST)
    stage.write("broken/init.lua", f"local P = ...\n{BROKEN[how]}\n")
    server = Prosody(stage)
    alice = Peer(stage, server, "alice")
    bot = Gateway(stage, server, plugins={"broken": {"path": stage.path("broken")}})
    alice.sends(bot.jid, "trip")
    alice.sends(bot.jid, "tell still there")
    alice.hears("you said still there", seconds=30)
    bot.alerts("and still sending")
    alice.hears("and still sending", seconds=30)

    def told():
        row = next((r for r in bot.ask("inbox.list", limit=100)["rows"] if r["plugin"] == "broken"), None)
        return row and row.get("error")
    error = until(40, lambda: f"the inbox says what is wrong: {bot.ask('inbox.list', limit=100)}", told)
    stage.say(f"inbox: {error}")


@case()
def a_plugin_that_does_not_load_is_named_with_its_line(stage):
    stage.write("broken/plugin.yaml", MANIFEST)
    stage.write("broken/init.lua", "local P = ...\n\nthis is not Lua\n")
    bot = Gateway(stage, Prosody(stage), start=False, plugins={"broken": {"path": stage.path("broken")}})
    said = bot.cli("check", check_code=False)
    stage.say((said.stdout + said.stderr).strip())
    check(said.returncode != 0 and re.search(r"init\.lua:3", said.stdout + said.stderr), "check names file and line")
    bot.start(ready=False)
    until(20, lambda: f"the log names file and line: {bot.log_text()}", lambda: "init.lua:3" in bot.log_text())
