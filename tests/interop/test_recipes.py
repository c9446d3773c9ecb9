"""Every line of docs/recipes.md, typed as it stands there; and what a person then reads."""
import os
import re

from cases import case
from gateway import PROGRAM, TOKEN, Gateway
from peer import Peer
from prosody import Prosody
from stage import check, run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECIPE = re.compile(r"```sh\n(.*?)```\n\n```(text|console)\n(.*?)\n```", re.S)  # what a person reads, or the screen shows
SMART = {"SMARTD_SUBJECT": "SMART error (CurrentPendingSector) detected on host: nas",
         "SMARTD_MESSAGE": "Device: /dev/sda [SAT], 8 Currently unreadable (pending) sectors"}


def recipes():
    with open(os.path.join(ROOT, "docs", "recipes.md"), encoding="utf-8") as page:
        return RECIPE.findall(page.read())


def surroundings(stage, bot, alice):
    """The commands by their names, the config and the aliases where an operator has them in /etc."""
    folder = stage.path("bin", "")
    os.makedirs(folder, exist_ok=True)
    os.symlink(PROGRAM, os.path.join(folder, "omegate"))
    os.symlink(os.path.join(ROOT, "deploy", "omegate-sendmail"), os.path.join(folder, "omegate-sendmail"))
    aliases = stage.path("aliases")
    with open(aliases, "w", encoding="utf-8") as file:
        file.write(f"root: {alice.jid}\n")
    return {**os.environ, **SMART, "PATH": folder + ":" + os.environ["PATH"], "TOKEN": TOKEN,
            "OMEGATE_CONFIG": bot.config, "OMEGATE_ALIASES": aliases}


@case()
def every_recipe_arrives_as_the_page_says(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    env = surroundings(stage, bot, alice)
    found = recipes()
    check(len(found) >= 12, f"the page has its recipes: {len(found)}")
    for script, kind, text in found:
        script = script.replace("127.0.0.1:8443", f"127.0.0.1:{bot.http_port}").replace("you@example.org", alice.jid)
        stage.say("$ " + script.strip().splitlines()[0])
        done = run(["sh", "-ec", script], env=env)
        check('"error"' not in done.stdout, f"it is taken: {done.stdout}")
        if kind == "text":
            alice.hears(text, sender=bot.jid)
        else:
            check(text.replace("you@example.org", alice.jid) in done.stdout, f"the screen shows {text}: {done.stdout}")
