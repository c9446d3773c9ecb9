"""What lies on the disk: one owner, nothing readable."""
import os
import stat

from cases import case
from gateway import PROGRAM, TOKEN, Gateway
from peer import Peer
from prosody import PASSWORDS, Prosody
from stage import canary, check, run
from wiretap import WireTap


# case 104, 169
@case()
def no_text_and_no_secret_is_found_on_the_disk_or_on_the_wire(stage):
    server = Prosody(stage)
    tap = WireTap(stage, server)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    alert, word, waiting = canary("alert"), canary("word"), canary("waiting")
    bot.alerts(alert)
    alice.hears(alert)
    alice.sends(bot.jid, f"tell {word}")
    alice.hears(f"you said {word}")
    bot.cli("trust", "revoke", alice.jid, alice.fingerprint)
    bot.alerts(waiting)  # stays in the outbox
    bot.kill()           # leaves the write-ahead log behind
    written = bot.everything_written()
    check(any(content.startswith(b"SQLite format 3") for content in written.values()), f"the database is there: {list(written)}")
    places = {**written, "the wire": tap.stop(), "the server": server.stanzas().encode()}
    for secret in (alert, word, waiting, PASSWORDS["bot"], TOKEN, os.path.basename(TOKEN)):
        for place, content in places.items():
            check(secret.encode() not in content, f"{secret.split('-')[0]} … is found in {place}")


@case()
def only_the_owner_can_read_what_it_writes(stage):
    bot = Gateway(stage, Prosody(stage))
    for folder, _, names in os.walk(bot.data_dir):
        check(stat.S_IMODE(os.stat(folder).st_mode) == 0o700, f"{folder} is 0700")
        for name in names:
            mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
            check(mode == 0o600, f"{name} is 0600, not {mode:o}")
    mode = stat.S_IMODE(os.stat(bot.socket).st_mode)
    check(mode == 0o600, f"the control socket is 0600, not {mode:o}")


# case 147
@case()
def a_second_gateway_on_the_same_database_is_refused(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    second = run([PROGRAM, "run", "--config", bot.config], check_code=False)
    stage.say(f"the second says: {second.stderr.strip() or second.stdout.strip()}")
    check(second.returncode != 0, "the second one ends with an error")
    check("omegate.db" in second.stderr + second.stdout or bot.data_dir in second.stderr + second.stdout, "and names the file")
    bot.alerts("the first one lives")
    alice.hears("the first one lives")


# case 166
@case()
def a_wrong_key_file_opens_nothing_and_destroys_nothing(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.stop()
    key = stage.path("gateway", "data.key")
    os.rename(key, key + ".right")
    bot.new_key()
    wrong = run([PROGRAM, "run", "--config", bot.config], check_code=False)
    stage.say(f"it says: {wrong.stderr.strip() or wrong.stdout.strip()}")
    check(wrong.returncode != 0, "it refuses")
    os.rename(key + ".right", key)
    bot.start()
    bot.alerts("all still there")
    alice.hears("all still there")
