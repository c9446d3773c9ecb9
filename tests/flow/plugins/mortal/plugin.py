"""Counts, and ends itself by SIGKILL at the place that the key `die` names; for tests."""
import json
import os
import sys

sys.path.insert(0, ".")

import frames


def kill_here():
    os.kill(os.getpid(), 9)


def make(plugin):
    plugin.keeps()

    @plugin.command("count", "Counts")
    def count(ev):
        place = ev.keep_get("die", "")
        if place == "before anything":
            kill_here()
        number = ev.keep_get("count", 0) + 1
        ev.keep_put("count", number)
        if place == "in the middle":
            kill_here()
        ev.reply(f"mortal {number}")
        ev.timer("later", 60, number, timer_id=f"later {number}")
        done = {"type": "done", "id": ev.id, "effects": ev.effects,
                "reads": [{"key": key, "version": read["version"]} for key, read in ev.reads.items() if key != "die"]}
        text = json.dumps(done).encode()
        data = len(text).to_bytes(4, "big") + text
        if place == "in a length":
            os.write(3, data[:2])
            kill_here()
        if place == "in a frame":
            os.write(3, data[:-1])
            kill_here()
        if place == "behind the answer":
            os.write(3, data)
            kill_here()

    @plugin.on_timer("later")
    def later(ev):
        ev.reply(f"later {ev['state']}")


frames.serve(make)
