"""Prometheus' Alertmanager on one side, a stranger's client on the other: an alert from its beginning to its end."""
import json
from datetime import datetime, timedelta, timezone

from cases import case
from gateway import TOKEN, Gateway
from peer import Peer
from prosody import Prosody, jid
from stage import check, end, port_is_open, run, tool, until

# The pauses are as short as it takes them; in life they are minutes and hours.
CONFIG = {
    "route": {"receiver": "phone", "group_by": ["alertname"], "group_wait": "100ms", "group_interval": "1s",
              "repeat_interval": "1h"},
    "receivers": [{"name": "phone", "webhook_configs": [{}]}],
}


class Alertmanager:
    """Running when constructed, and sends to this hook."""

    def __init__(self, stage, url):
        self.stage, self.port = stage, stage.free_port()
        config = json.loads(json.dumps(CONFIG))
        config["receivers"][0]["webhook_configs"][0] = {
            "url": url, "send_resolved": True, "http_config": {"authorization": {"credentials": TOKEN}}}
        path = stage.write("alertmanager.yaml", json.dumps(config))  # JSON is YAML
        self.process = stage.launch("alertmanager", [
            tool("prometheus-alertmanager"), f"--config.file={path}", f"--storage.path={stage.path('alertmanager', '')}",
            f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="])
        stage.at_end(lambda: end(self.process))
        until(20, "Alertmanager listens", lambda: port_is_open(self.port))

    def tool(self, *arguments):
        self.stage.say("$ amtool " + " ".join(arguments))
        return run([tool("amtool"), "--alertmanager.url", f"http://127.0.0.1:{self.port}", *arguments]).stdout

    def fires(self, *labels, summary="it is ill"):
        self.tool("alert", "add", *labels, f"--annotation=summary={summary}")

    def is_over(self, *labels, summary="it is ill"):
        soon = datetime.now(timezone.utc) + timedelta(seconds=1)
        self.tool("alert", "add", *labels, f"--annotation=summary={summary}", f"--end={soon:%Y-%m-%dT%H:%M:%SZ}")


def heard(peer, about, *parts):
    """The next message with all of these in it, that is a new text of `about`, or a message of its own."""
    def look():
        peer.drain()
        for event in peer.events:
            fits = event["event"] == "message" and all(part in event["body"] for part in parts)
            if fits and event.get("about", {}).get("replace") == about:
                peer.events.remove(event)
                return event
        return None
    found = until(20, lambda: f"{peer.user} reads {parts}; it had {peer.heard()}", look)
    peer.stage.say(f"{peer.user} reads: {found['body']!r}" + (" (corrected)" if about else ""))
    return found


@case()
def an_alert_is_one_message_from_its_beginning_to_its_end(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    manager = Alertmanager(stage, f"http://127.0.0.1:{bot.http_port}/hooks/alerts")
    disk = ["alertname=DiskFull", "instance=web1", "severity=critical"]
    manager.fires(*disk, summary="/var has 4 % left")
    first = heard(alice, None, "🔴 FIRING: DiskFull (critical) on web1", "/var has 4 % left")
    alice.sends(bot.jid, "ack")
    heard(alice, first["id"], "👀 FIRING: DiskFull (critical) on web1", "👀 acknowledged by alice")
    # One more of the group is news; it stands in the message, too.
    manager.fires("alertname=DiskFull", "instance=web2", "severity=critical", summary="/srv has 2 % left")
    heard(alice, first["id"], "FIRING: DiskFull, 2 alerts", "web1", "web2")
    heard(alice, None, "🔴 FIRING: DiskFull (critical) on web2", "/srv has 2 % left")
    # What happens while the gateway is away comes when it is back.
    bot.stop()
    manager.is_over("alertname=DiskFull", "instance=web2", "severity=critical", summary="/srv has 2 % left")
    manager.is_over(*disk, summary="/var has 4 % left")
    bot.start()
    heard(alice, first["id"], "🟢 RESOLVED: DiskFull")
    check("DiskFull" not in server.stanzas(), "the server sees nothing of it")


@case()
def an_alert_that_nobody_takes_goes_to_the_next_person_over_a_restart_too(stage):
    server = Prosody(stage)
    alice, bob = Peer(stage, server, "alice"), Peer(stage, server, "bob")
    bot = Gateway(stage, server, allow=["alice", "bob"], hooks={
        "alerts": ("bot", ["alice"], {"escalate": {"after": "4s", "to": [jid("bob")]}})})
    manager = Alertmanager(stage, f"http://127.0.0.1:{bot.http_port}/hooks/alerts")
    manager.fires("alertname=Down", "instance=web1", summary="no answer")
    first = heard(alice, None, "🔴 FIRING: Down on web1", "bob hears of it at")
    bot.restart()
    second = heard(bob, None, "🔴 FIRING: Down on web1", "passed on to bob")
    heard(alice, first["id"], "passed on to bob")
    bob.sends(bot.jid, "> FIRING\nack", reply=second["id"])
    heard(bob, second["id"], "👀 FIRING", "acknowledged by bob")
    heard(alice, first["id"], "👀 FIRING", "acknowledged by bob")
    manager.is_over("alertname=Down", "instance=web1", summary="no answer")
    heard(alice, first["id"], "🟢 RESOLVED: Down on web1", "acknowledged by bob")
    heard(bob, second["id"], "🟢 RESOLVED: Down on web1")


@case()
def a_reaction_makes_a_silence(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server, start=False)
    manager = Alertmanager(stage, f"http://127.0.0.1:{bot.http_port}/hooks/alerts")
    bot.plugins = {"webhook": {
        "secrets": {"token": {"file": "hook.token"}},
        "hosts": {"am": {"url": f"http://127.0.0.1:{manager.port}", "allow_private": True}},
        "config": {"hooks": {"alerts": {"secret": "token", "account": "bot", "to": [alice.jid], "alertmanager": "am"}}}}}
    bot.write_files()
    bot.start()
    manager.fires("alertname=Loud", "instance=web1", summary="it is loud")
    first = heard(alice, None, "🔴 FIRING: Loud on web1")
    alice.sends(bot.jid, "", reactions=[first["id"], "🔕"])
    heard(alice, first["id"], "🔕 silenced by alice until")
    made = json.loads(manager.tool("silence", "query", "-o", "json"))
    check(len(made) == 1 and made[0]["createdBy"] == alice.jid and made[0]["status"]["state"] == "active", f"one silence of hers: {made}")
    wanted = {("alertname", "Loud"), ("instance", "web1")}
    check({(m["name"], m["value"]) for m in made[0]["matchers"]} == wanted, f"about that alert: {made}")
    check("Loud" in manager.tool("alert", "query", "--silenced"), "Alertmanager keeps it quiet")
    alice.sends(bot.jid, "silence 5m 1")
    until(20, "she hears how long", lambda: any(text.startswith("🔕 silenced until") for text in alice.heard()))
