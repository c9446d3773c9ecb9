"""The config is taken on while everything runs: by `omegate reload`, by SIGHUP."""
import signal

from cases import case
from gateway import Gateway, account
from peer import Peer
from prosody import Prosody, jid
from stage import check, until


def since(bot, name):
    return next(each["since_ms"] for each in bot.status()["accounts"] if each["name"] == name)


@case()
def an_account_is_added_and_taken_away_while_the_other_stays_online(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("before")
    alice.hears("before")
    online = since(bot, "bot")

    bot.accounts["second"] = account("bot2", server)
    bot.hooks["more"] = ("second", ["alice"])
    bot.write_files()
    said = bot.cli_json("reload")
    check("account second: added" in said["changes"] and not said["problems"], f"it says what it did: {said}")
    bot.becomes_ready()
    status, _ = bot.post("more", "from the new account")
    check(status == 202, f"its hook is there: {status}")
    check(alice.hears("from the new account")["sender"] == jid("bot2"), "the new account has sent it")

    del bot.accounts["second"], bot.hooks["more"]
    bot.write_files()
    said = bot.cli_json("reload")
    check("account second: removed" in said["changes"], f"and that it took it away: {said}")
    status, _ = bot.post("more", "nobody is there")
    check(status == 404, f"its hook is gone: {status}")
    bot.alerts("after")
    alice.hears("after")
    check(since(bot, "bot") == online, "the first account was online all the time")


@case()
def a_config_with_a_mistake_changes_nothing(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.accounts["second"] = account("bot2", server, policy="trust everybody")
    bot.write_files()
    refused = bot.cli("reload", check_code=False)
    check(refused.returncode == 1, f"it fails: {refused.returncode}")
    check("omegate.yaml:" in refused.stderr and "policy" in refused.stderr, f"and names the place: {refused.stderr}")
    bot.process.send_signal(signal.SIGHUP)
    until(10, "the log says so, too", lambda: "gateway.reload_refused" in bot.log_text())
    check([each["name"] for each in bot.status()["accounts"]] == ["bot"], "no account was added")
    bot.alerts("still here")
    alice.hears("still here")


@case()
def what_needs_a_restart_is_said_until_there_was_one(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server)
    settings = bot.settings()
    bot.settings = lambda: {**settings, "network_threads": 2}
    bot.write_files()
    for _ in range(2):
        said = bot.cli_json("reload")
        check(said["needs_restart"] == ["network_threads"], f"it is not taken on, and that is said: {said}")


@case()
def a_hangup_takes_on_rules_and_what_they_held_goes_out(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server, policy="manual")
    online = since(bot, "bot")
    bot.alerts("for whom it may concern")
    until(15, "it is held", lambda: [row for row in bot.cli_json("outbox", "list")["rows"] if row["state"] == "held"])
    bot.accounts["bot"]["policy"] = "tofu"
    bot.write_files()
    bot.process.send_signal(signal.SIGHUP)
    alice.hears("for whom it may concern")
    facts = bot.cli("trust", "log").stdout
    check("tofu" in facts and "config" in facts, f"the ledger says who changed the policy: {facts}")
    check(since(bot, "bot") == online, "the stream was not touched")


@case()
def a_token_is_changed_without_a_restart(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    new = "another-token-" + "77aa" * 8
    bot.token = new
    bot.write_files()
    bot.cli("reload")
    status, _ = bot.post("alerts", "with the old token", token="hook-token-" + "5c1e9a7b" * 4)
    check(status == 401, f"the old token opens nothing: {status}")
    status, _ = bot.post("alerts", "with the new token", token=new)
    check(status == 202, f"the new one does: {status}")
    alice.hears("with the new token")


@case()
def a_new_version_of_a_plugin_takes_over_only_if_it_loads(stage):
    server = Prosody(stage)
    manifest = "name: parrot\nversion: \"%s\"\napi: 1\ndescription: repeats\ngrants:\n  messages: true\n  send_to: [sender]\n"

    def version(number, code):
        stage.write("parrot/plugin.yaml", manifest % number)
        stage.write("parrot/init.lua", code)

    version("1.0.0", "local P = ... P.hear('^say', function(ev) ev:reply('one') end)")
    parrot = {"parrot": {"path": stage.path("parrot")}}
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server, plugins=parrot)
    alice.sends(bot.jid, "say it")
    alice.hears("one")

    version("2.0.0", "local P = ... P.hear('^say', function(ev) ev:reply('two') end")  # a parenthesis is missing
    failed = bot.cli("reload", check_code=False)
    check(failed.returncode == 1 and "init.lua:1" in failed.stdout, f"it names file and line: {failed.stdout}")
    alice.sends(bot.jid, "say it again")
    alice.hears("one")

    version("2.0.0", "local P = ... P.hear('^say', function(ev) ev:reply('two') end)")
    shown = bot.cli("reload", "--rehearse", "5").stdout
    check("plugin parrot: 2 events, 2 would be different" in shown and '"text":"one"' in shown and '"text":"two"' in shown,
          f"a rehearsal shows what would be different: {shown}")
    alice.sends(bot.jid, "say it after the rehearsal")
    alice.hears("one")
    check("plugin parrot: 1.0.0 -> 2.0.0" in bot.cli("reload").stdout, "it says that it took over")
    alice.sends(bot.jid, "say it once more")
    alice.hears("two")


@case()
def another_login_resumes_the_stream(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    bot.accounts["bot"]["allow_plain"] = True
    bot.write_files()
    for number in range(20):
        bot.alerts(f"alert {number}")
        if number == 10:
            bot.cli("reload")
    for number in range(20):
        alice.hears(f"alert {number}")
    check(bot.log_text().count('resumed') > 0, "the same stream goes on")
