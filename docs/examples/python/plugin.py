"""Does a little of everything that plugins can do; ../lua does the same, and ../conformance.chat says what."""
import json
import sys

sys.path.insert(0, ".")  # `python3 -I` looks for modules in its own library only

from frames import Again, Fail, serve


def make(plugin):
    plugin.keeps()

    @plugin.command("echo <text>", "Says it again")
    def echo(ev, text):
        ev.reply(text)

    @plugin.command("sum <numbers>", "Adds them")
    def add(ev, numbers):
        total = 0
        for word in numbers.split():
            try:
                total += int(word)
            except ValueError:
                raise Fail(f"{word} is no number.") from None
        ev.reply(str(total))

    @plugin.command("secret", "For verified keys", min_trust="verified")
    def secret(ev):
        ev.reply("The secret is out.")

    @plugin.command("post <text>", "Writes on the board")
    def post(ev, text):
        ev.send(ev["from"], text, name="board", update=True)

    @plugin.command("unpost", "Clears the board")
    def unpost(ev):
        ev.retract({"to": ev["from"], "name": "board"})

    @plugin.command("like", "Likes it")
    def like(ev):
        ev.react(ev.message(), "👍")

    @plugin.command("count", "Counts")
    def count(ev):
        number = ev.keep_get("count", 0) + 1
        ev.keep_put("count", number)
        ev.reply(str(number))

    @plugin.command("keep <word>", "Keeps it")
    def keep(ev, word):
        ev.keep_put("thing/" + word, True)
        ev.reply(f"I keep {word}.")

    @plugin.command("forget <word>", "Forgets it")
    def forget(ev, word):
        ev.keep_delete("thing/" + word)
        ev.reply(f"I forgot {word}.")

    @plugin.command("kept", "What is kept")
    def kept(ev):
        words = [key.removeprefix("thing/") for key in ev.keys("thing/")]
        ev.reply(" ".join(words) or "Nothing.")

    @plugin.command("boom", "Fails")
    def boom(ev):
        ev.keep_put("count", 100)
        ev.reply("never seen")
        raise RuntimeError("the fuse is gone")

    @plugin.command("later <text>", "Says it in ten minutes")
    def later(ev, text):
        ev.timer("later", 600, text, timer_id="later")
        ev.reply("In ten minutes.")

    @plugin.command("never", "Does not")
    def never(ev):
        ev.cancel("later")
        ev.reply("Never then.")

    @plugin.on_timer("later")
    def now(ev):
        ev.reply("Later: " + ev["state"])

    @plugin.every("hour", 3600)
    def hour(ev):
        ev.log("an hour went by")

    @plugin.command("order <what>", "Orders it")
    def order(ev, what):
        ev.ask(f"Really a {what}? (yes or no)", "order", what, seconds=600)

    @plugin.on_answer("order")
    def ordered(ev):
        what = ev["state"]
        if ev["outcome"] == "timeout":
            ev.reply(f"Nobody wanted a {what}.")
        else:
            ev.reply(f"A {what} is on its way." if ev.yes else f"No {what}.")

    @plugin.command("stock <thing>", "How much is left")
    def stock(ev, thing):
        fetched = ev.fetch("shop", "/stock/" + thing, retries=0)
        if fetched["status"] == 0:
            raise Again(10, fetched["error"])
        ev.reply(f"{json.loads(fetched['body'])['count']} left")

    @plugin.command("clock <zone>", "How far it is ahead")
    def clock(ev, zone):
        offset = ev.zone(zone)
        if offset is None:
            raise Fail(f"There is no zone {zone}.")
        ev.reply(f"{zone} is {offset // 60} minutes ahead of UTC.")

    @plugin.command("write <address>", "Invites by mail")
    def write(ev, address):
        ev.mail([address], "Invitation", "Come.")
        ev.reply("It is on its way.")

    @plugin.command("note <text>", "Into the log")
    def note(ev, text):
        ev.log("noted " + text)
        ev.reply("Noted.")

    @plugin.command("spam", "What it may not")
    def spam(ev):
        ev.send("stranger@example.net", "Buy!")

    @plugin.command("flood", "Too much")
    def flood(ev):
        for _ in range(1001):
            ev.reply("x")

    @plugin.on("message")
    def message(ev):
        if ev["text"] == "hello":
            ev.reply(f"Hello {ev['from']}.", answers=ev.message(), quote=ev["text"])

    @plugin.on("edit")
    def edit(ev):
        ev.reply("You changed your mind.")

    @plugin.on("reaction")
    def reaction(ev):
        ev.reply("Thank you for " + " ".join(ev["added"]))

    @plugin.on("retract")
    def retract(ev):
        ev.reply("Forgotten.")

    @plugin.hook("/in", "door")
    def request(ev):
        try:
            ev.send(plugin.config["room"], json.loads(ev["body"])["text"])
        except ValueError:
            ev.log("nobody can read that", "warn")


serve(make)
