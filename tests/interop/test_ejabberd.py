"""The other server that people run: what works beside Prosody works beside ejabberd, set up as deploy/ejabberd says."""
from cases import case
from ejabberd import Ejabberd
from gateway import Gateway
from peer import Peer
from prosody import UPLOAD, jid
from stage import canary, check, read, until
from test_doctor import report
from test_files import MIB, gateway
from test_resuming import has_its_presence_recorded
from test_rooms import TEAM, found, in_team

VERSIONS = ["axolotl", "omemo2"]


@case(version=VERSIONS, seconds=120)
def an_alert_and_an_answer_pass_encrypted(stage, version):
    server = Ejabberd(stage, watched=True)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    secret = canary("alert")
    bot.alerts(f"{secret} is full, ünï 🦀")
    alice.hears(f"{secret} is full, ünï 🦀", sender=bot.jid)
    alice.sends(bot.jid, f"tell {secret}")
    alice.hears(f"you said {secret}")
    until(10, "the server has encrypted elements", lambda: b"encrypted" in server.archived())
    check(secret.encode() not in server.archived() and secret not in server.stanzas(), "and no text")


@case(seconds=120)
def the_server_goes_and_comes_back(stage):
    server = Ejabberd(stage)
    alice, bot = Peer(stage, server, "alice", store="alice.keys"), Gateway(stage, server)
    bot.alerts("before")
    alice.hears("before")
    alice.close()
    server.stop()
    bot.alerts("while it is away")
    server.start()
    alice = Peer(stage, server, "alice", store="alice.keys")
    alice.hears("while it is away", seconds=60)
    check(alice.heard() == ["while it is away"], f"once: {alice.heard()}")


@case(seconds=120)
def a_restart_resumes_the_stream_and_loses_nothing(stage):
    server = Ejabberd(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("before the restart")
    alice.hears("before the restart")
    has_its_presence_recorded(bot)
    bot.kill()
    alice.sends(bot.jid, "tell meanwhile")
    bot.start()
    alice.hears("you said meanwhile")
    bot.alerts("after the restart")
    alice.hears("after the restart")
    until(10, "the server says that it resumed", lambda: "Resumed session for" in server.log_text())
    check(alice.heard() == ["before the restart", "you said meanwhile", "after the restart"], f"each once: {alice.heard()}")


@case(seconds=120)
def what_was_written_while_it_was_away_comes_by_the_archive(stage):
    server = Ejabberd(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("first")
    alice.hears("first")
    bot.cli("stop", "--final")
    bot.process.wait(20)
    texts = [f"number {n}" for n in range(12)]
    for text in texts:
        alice.sends(bot.jid, f"tell {text}")
    bot.start()
    for text in texts:
        alice.hears(f"you said {text}", seconds=40)
    heard = [text for text in alice.heard() if text.startswith("you said")]
    check(heard == [f"you said {text}" for text in texts], f"each once, in order: {heard}")


@case(version=VERSIONS, seconds=120)
def a_room_of_three_with_one_offline(stage, version):
    server = Ejabberd(stage)
    alice, bob = Peer(stage, server, "alice", version), Peer(stage, server, "bob", version, store="bob.keys")
    found(alice, [jid("bot"), bob.jid])
    bob.close()
    bot = in_team(stage, server)
    bot.cli("send", TEAM, "for all of the team", "--wait", "sent")
    alice.hears("for all of the team", room=TEAM)
    bob = Peer(stage, server, "bob", version, store="bob.keys")
    bob.joins(TEAM)
    bob.hears("for all of the team", room=TEAM)
    alice.says_in(TEAM, "tell all", [bot.jid, bob.jid], version)
    alice.hears("you said all", room=TEAM)


@case(version=VERSIONS, seconds=120)
def a_file_goes_both_ways(stage, version):
    server = Ejabberd(stage, watched=True)
    alice, bot = Peer(stage, server, "alice", version), gateway(stage, server)
    secret = canary("file")
    path = stage.write("figures.txt", f"the figures\n{secret}\n" * 2000)
    bot.cli("send", alice.jid, "--file", path, "Here they are", "--wait", "sent")
    alice.hears("Here they are")
    copy = stage.path("alice-got")
    alice.gets_file(copy, version=version)
    check(read(copy) == read(path), "alice has the same bytes")
    check(len(read(path)) < 10 * MIB and secret.encode() not in server.stanzas().encode(), "which the server did not read")
    alice.sends_file(bot.jid, stage.write("answer.txt", f"the answer {secret}"), UPLOAD, version)
    row = until(30, "the file is known", lambda: [row for row in bot.cli_json("file", "list")["rows"] if row.get("from")])[0]
    check(row["from"] == alice.jid, f"and whose it is: {row}")


@case(seconds=120)
def the_doctor_finds_nothing_missing(stage):
    server = Ejabberd(stage)
    _, complaints = report(Gateway(stage, server), 0)
    check(not complaints, f"a server set up as the advice says has what a bot needs: {complaints}")
