"""`omegate doctor` against a real server: nothing to say when all is well, and one fault after the other."""
import json
import os

from cases import case
from gateway import Gateway
from prosody import Prosody
from stage import check, until
from test_pep import LIST, OTHER_DEVICE, Vandal


# Debian's Prosody offers no binding to TLS 1.3: that is worth a warning wherever it runs. And none of these takes files.
ALWAYS = {"warn login", "warn file upload (XEP-0363)"}


def report(bot, code):
    """All findings by check, and what is not well, as `level check`, besides ALWAYS; the exit code is asserted."""
    done = bot.cli("doctor", "--json", check_code=False)
    check(done.returncode == code, f"exit code {code}, not {done.returncode}: {done.stdout} {done.stderr}")
    found = json.loads(done.stdout)["findings"]
    for each in found:
        if each["level"] != "ok":
            print(f"{each['level']}  {each['check']}: {each['evidence']}\n      to do  {each.get('fix')}")
            check(each.get("fix"), f"it says what to do: {each}")
    return {each["check"]: each for each in found}, {f"{e['level']} {e['check']}" for e in found if e["level"] != "ok"} - ALWAYS


@case()
def doctor_finds_nothing_where_all_is_well(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server)
    found, complaints = report(bot, 0)
    check(not complaints, f"no complaints: {complaints}")
    check(found["clock"]["evidence"].startswith("as the server's") or "ours is" in found["clock"]["evidence"],
          f"the clock was compared: {found['clock']}")
    check("day(s) left" in found["certificate"]["evidence"], f"the certificate was read: {found['certificate']}")
    for version in ("legacy", "2"):
        check(found[f"access to the bundle (OMEMO {version})"]["evidence"] == "open", "the access model was read")
    print(bot.cli("doctor").stdout)


@case()
def doctor_names_what_the_server_lacks(stage):
    server = Prosody(stage, archive=False)
    bot = Gateway(stage, server)
    complaints = report(bot, 0)[1]
    check(complaints == {"warn message archive (XEP-0313)"}, f"the archive: {complaints}")


@case()
def doctor_sees_a_closed_node_and_a_dead_device(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server)
    vandal = Vandal(stage, server)
    vandal.closes(LIST["axolotl"])
    complaints = report(bot, 1)[1]
    check(complaints == {"bad access to the device list (OMEMO legacy)"}, f"the closed list: {complaints}")
    bot.restart()
    check(not report(bot, 0)[1], "a restart mended it, as the report said")
    vandal.publishes(LIST["omemo2"], OTHER_DEVICE["omemo2"])
    until(15, "it has put itself back and names the dead device", lambda: report(bot, 0)[1] == {"warn other devices"})


@case()
def doctor_looks_at_files_and_at_a_gateway_that_is_not_there(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server)
    os.chmod(bot.data_dir, 0o755)
    complaints = report(bot, 1)[1]
    check(complaints == {"bad data folder"}, f"the open folder: {complaints}")
    os.chmod(bot.data_dir, 0o700)
    bot.stop()
    complaints = report(bot, 3)[1]
    check(complaints == {"bad running"}, f"it does not run: {complaints}")
