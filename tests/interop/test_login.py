"""How the bot logs in: SASL2 and tokens where the server has them, and what is pinned."""
import glob
import os
import re
import shutil

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, until


def detail(bot):
    return bot.status()["accounts"][0]["detail"]


@case()
def a_token_takes_the_place_of_the_password(stage):
    server = Prosody(stage, sasl2=True)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    check("SCRAM-SHA-256" in detail(bot), f"the first login is by password: {detail(bot)}")
    login = bot.cli_json("login", "show")["accounts"][0]
    check(login["mechanism"].startswith("SCRAM-SHA-256"), f"pinned: {login}")
    check(login["token"]["uses"] == 0, f"a token was given: {login}")
    bot.kill()
    stage.write("gateway/bot.password", "not-the-password")
    bot.start()
    check("HT-SHA-256" in detail(bot), f"the second login is by token: {detail(bot)}")
    check(bot.cli_json("login", "show")["accounts"][0]["token"]["uses"] == 1, "and it was counted")
    bot.alerts("logged in by token")
    alice.hears("logged in by token")
    given = "".join(open(path, encoding="utf-8").read() for folder in token_folders(stage) for path in
                    glob.glob(os.path.join(folder, "*")))
    token = re.search(r"secret-token:fast-[\w-]+", given)[0]
    for name, content in bot.everything_written().items():
        check(token.encode() not in content, f"the token is not readable in {name}")


def token_folders(stage):
    return glob.glob(stage.path("prosody", "data", "*", "fast_tokens"))


@case()
def a_refused_token_costs_nothing_but_a_connection(stage):
    server = Prosody(stage, sasl2=True)
    bot = Gateway(stage, server)
    bot.stop()
    server.stop()
    check(token_folders(stage), "the server had given a token")
    for folder in token_folders(stage):
        shutil.rmtree(folder)
    server.start()
    bot.start()
    check("SCRAM-SHA-256" in detail(bot), f"by password again: {detail(bot)}")
    check("login.token_refused" in bot.log_text(), "and the log says why")
    check("account.lost" not in bot.log_text(), "nobody else noticed")


@case()
def a_server_that_offers_less_than_before_raises_an_alarm(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server)
    pinned = bot.cli_json("login", "show")["accounts"][0]["mechanism"]
    check(pinned.startswith("SCRAM-SHA-256"), f"pinned: {pinned}")
    server.stop()
    before = len(server.log_text())
    server.refused_mechanisms = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS")
    server.start()
    until(30, "the alarm", lambda: bot.status()["accounts"][0]["state"] == "alarm", pause=0.2)
    check("weaker login" in str(bot.status()["problems"]), f"the status says it: {bot.status()['problems']}")
    check("account.alarm" in bot.log_text(), "the log says it")
    bot.stop()
    bot.start(ready=False)
    until(30, "the alarm outlives a restart", lambda: (bot.status() or {}).get("accounts", [{}])[0].get("state") == "alarm",
          pause=0.2)
    check("Authenticated as bot" not in server.log_text()[before:], "nobody logged in")
    bot.cli("login", "unpin")
    bot.becomes_ready()
    check("SCRAM-SHA-1" in detail(bot), f"the weaker login was allowed: {detail(bot)}")
