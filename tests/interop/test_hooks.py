"""An operator and the hooks: what came, what would come of it, again; another address."""
import json
import urllib.error
import urllib.request

from cases import case
from gateway import TOKEN, Gateway
from peer import Peer
from prosody import Prosody
from stage import canary, check


def post(url, body):
    """What a sender does that knows nothing but an address: the status."""
    try:
        return urllib.request.urlopen(urllib.request.Request(url, body.encode(), method="POST"), timeout=20).status
    except urllib.error.HTTPError as refusal:
        return refusal.code


@case()
def what_came_is_looked_at_tried_and_had_again(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    word = canary("request")
    bot.alerts(json.dumps({"title": "Disk", "message": word}), content_type="application/json")
    alice.hears(f"Disk\n{word}")
    check("alerts" in bot.cli("hook", "list").stdout, "the hook is listed")
    rows = bot.cli_json("hook", "log", "alerts")["rows"]
    check([row["result"] for row in rows] == ["accepted"], f"one request: {rows}")
    request = str(rows[0]["id"])
    shown = bot.cli("hook", "show", request).stdout
    check(word in shown and "POST /hooks/alerts" in shown and TOKEN not in shown, f"as it came, without its token: {shown}")
    tried = bot.cli("hook", "dry-run", request).stdout
    check(word in tried and alice.jid in tried, f"the message and for whom: {tried}")
    refused = bot.cli("hook", "dry-run", "alerts", "-", input=" \n", check_code=False)
    check(refused.returncode == 1 and "no text" in refused.stdout, f"what is not taken: {refused.stdout}")
    bot.restart()
    bot.cli("hook", "replay", request)
    alice.hears(f"Disk\n{word}")
    check(alice.heard().count(f"Disk\n{word}") == 2, "twice, and not a third time by trying")
    for name, content in bot.everything_written().items():
        check(word.encode() not in content, f"nothing of it lies open in {name}")


@case()
def an_address_is_changed_without_losing_a_sender(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    old = bot.cli("hook", "url", "alerts").stdout.split()[0]
    check(post(old, "by the first") == 202, "the first address works")
    new = bot.cli("hook", "rotate", "alerts", "--grace", "1h", "--expires", "3d").stdout.split()[0]
    check(old != new and post(old, "by the old one") == 202 and post(new, "by the new one") == 202, "both work for a while")
    check("hook.old_address" in bot.log_text(), "who uses the old one is in the log")
    last = bot.cli("hook", "rotate", "alerts", "--grace", "0s").stdout.split()[0]
    check([post(url, "again") for url in (old, new, last)] == [401, 401, 202], "and then only the last")
    for text in ("by the first", "by the old one", "by the new one", "again"):
        alice.hears(text)
