"""The canary: two accounts of one gateway write to each other, and readiness means that this works."""
import re
import urllib.error
import urllib.request

from cases import case
from gateway import Gateway, account
from peer import Peer
from prosody import Prosody
from stage import check, until


class CanaryGateway(Gateway):
    def settings(self):
        return {**super().settings(), "canary": {"account": "probe", "to": "bot", "every": 10}}


def get(bot, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{bot.http_port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def number(bot, name):
    found = re.search(rf"^omegate_{name} (\S+)$", get(bot, "/metrics")[1], re.M)
    return float(found[1]) if found else None


@case(seconds=150)
def a_gateway_is_ready_only_while_its_test_messages_come_back(stage):
    server = Prosody(stage, friends=False)
    alice = Peer(stage, server, "alice")
    bot = CanaryGateway(stage, server, hooks={"alerts": ("bot", ["alice"])},
                        accounts={"bot": account("bot", server), "probe": account("bot2", server)})
    until(30, "a test message has come back", lambda: number(bot, "canary_roundtrip_seconds") > 0)
    print(f"round trip: {number(bot, 'canary_roundtrip_seconds'):.3f} s")
    check(get(bot, "/health/ready")[0] == 200, "it is ready")
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    check("canary" not in str(bot.ask("inbox.list", limit=100)["rows"]), "no plugin hears of it")
    probe = bot.accounts["probe"]["jid"]
    key = next(each for each in bot.ask("trust.list", account="bot")["keys"] if each["jid"] == probe)
    bot.cli("trust", "revoke", probe, key["fingerprint"], "--account", "bot")
    until(60, "readiness notices that nothing comes back", lambda: get(bot, "/health/ready")[0] == 503)
    check("no test message has come back" in get(bot, "/health/ready")[1], "it says why")
    check("canary.failed" in bot.log_text(), "so does the log")
    bot.cli("trust", "approve", probe, key["fingerprint"], "--account", "bot")
    until(40, "it is ready again", lambda: get(bot, "/health/ready")[0] == 200)
    bot.alerts("and it works")
    alice.hears("and it works")
