"""The operator's and the scripts' side."""
import os
import stat

from cases import case
from gateway import PROGRAM, Gateway
from peer import Peer
from prosody import Prosody
from stage import check, read, run, until


def listen_elsewhere(stage, config):
    """Cases beside each other cannot all have the port that `init` writes."""
    text = read(config).decode()
    check("127.0.0.1:8443" in text, text)
    with open(config, "w", encoding="utf-8") as file:
        file.write(text.replace("127.0.0.1:8443", f"127.0.0.1:{stage.free_port()}"))


@case()
def cron_sends_through_the_socket_that_may_only_send(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    mode = stat.S_IMODE(os.stat(bot.send_socket).st_mode)
    check(mode == 0o660, f"the send socket is for a group: 0660, not {mode:o}")
    run([PROGRAM, "send", "--socket", bot.send_socket, alice.jid, "the backup is done"])
    alice.hears("the backup is done")
    run([PROGRAM, "send", "--socket", bot.send_socket, alice.jid, "-"], input="from a pipe\n")
    alice.hears("from a pipe")
    refused = run([PROGRAM, "trust", "list", "--socket", bot.send_socket], check_code=False)
    check(refused.returncode != 0 and alice.fingerprint not in refused.stdout, "but it lists no keys")


@case()
def send_can_wait_for_the_receipt(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    sent = bot.cli_json("send", "--wait", "delivered", alice.jid, "are you there?")
    alice.hears("are you there?")
    check(sent["state"] == "delivered", f"it waited: {sent}")


@case()
def check_finds_a_mistake_and_says_where(stage):
    bot = Gateway(stage, Prosody(stage), start=False)
    bot.cli("check")
    with open(bot.config, encoding="utf-8") as file:
        text = file.read()
    stage.write("gateway/omegate.yaml", text.replace('"policy": "tofu"', '"policy": "tofuu"'))
    line = text[:text.index('"policy": "tofu"')].count("\n") + 1
    wrong = bot.cli("check", check_code=False)
    said = wrong.stdout + wrong.stderr
    stage.say(said.strip())
    check(wrong.returncode != 0 and f"omegate.yaml:{line}" in said and "tofuu" in said, "it names file, line and value")


@case()
def init_writes_a_config_that_works(stage):
    server = Prosody(stage)
    alice = Peer(stage, server, "alice")
    directory = stage.path("fresh", "")
    password = stage.write("fresh.password", "bot-pw-7d1f")
    config = directory + "omegate.yaml"
    said = run([PROGRAM, "init", "--config", config, "--jid", "bot@omegate.test", "--password-file", password,
                "--host", "127.0.0.1", "--port", str(server.port), "--ca-file", server.ca, "--admin", alice.jid]).stdout
    stage.say(said.strip().splitlines()[-1] if said.strip() else "(init says nothing)")
    run([PROGRAM, "check", "--config", config])
    listen_elsewhere(stage, config)
    stage.launch("fresh-gateway", [PROGRAM, "run", "--config", config])
    alice.finds_device("bot@omegate.test", "omemo2")


@case()
def from_no_account_to_a_message_that_was_read(stage):
    """`omegate init --register`, `run`, `hello`, as the guide has it."""
    server = Prosody(stage, friends=False, registration=True)
    alice = Peer(stage, server, "alice")
    config, password = stage.path("fresh", "omegate.yaml"), stage.path("fresh", "password")
    argv = [PROGRAM, "init", "--config", config, "--jid", "newbot@omegate.test", "--register", "--host", "127.0.0.1",
            "--port", str(server.port), "--ca-file", server.ca, "--admin", alice.jid]
    said = run(argv).stdout
    stage.say(said.strip())
    check("the account newbot@omegate.test was made" in said and "logged in as newbot@omegate.test" in said, said)
    made = read(password).decode().strip()
    check(len(made) > 40 and made not in said, "with a password that nobody saw")
    check(stat.S_IMODE(os.stat(password).st_mode) == 0o600, "and nobody else can read")
    listen_elsewhere(stage, config)
    stage.launch("fresh-gateway", [PROGRAM, "run", "--config", config])
    until(20, "it has a socket", lambda: os.path.exists(stage.path("fresh", "data/control.sock")))
    greeted = run([PROGRAM, "hello", "--config", config])
    stage.say(greeted.stdout.strip().splitlines()[-1])
    check("delivered: a device has decrypted it" in greeted.stdout, greeted.stdout)
    until(15, lambda: f"she reads it; she has read {alice.heard()}", lambda: any("This is a test" in text for text in alice.heard()))

    again = run([*argv[:3], stage.path("other", "omegate.yaml"), *argv[4:]], check_code=False)
    stage.say(again.stderr.strip())
    check(again.returncode == 1 and "There is an account newbot@omegate.test already" in again.stderr, again.stderr)
    check(os.listdir(stage.path("other", "")) == [], "and nothing was written")


@case()
def a_server_that_makes_no_accounts_is_told_apart(stage):
    server = Prosody(stage)
    refused = run([PROGRAM, "init", "--dir", stage.path("fresh"), "--jid", "newbot@omegate.test", "--register", "--host", "127.0.0.1",
                   "--port", str(server.port), "--ca-file", server.ca], check_code=False)
    stage.say(refused.stderr.strip())
    check(refused.returncode == 1 and "lets no program make an account" in refused.stderr, refused.stderr)
