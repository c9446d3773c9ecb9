"""Messages about messages, as a client writes and reads them: XEP-0308, 0424, 0444, 0461, 0333, 0085, 0428.

Used by omemo_peer.py alone; written after the specifications and not after the program under test.
"""
import xml.etree.ElementTree as ET

REPLACE, RETRACT, REACTIONS = "urn:xmpp:message-correct:0", "urn:xmpp:message-retract:1", "urn:xmpp:reactions:0"
REPLY, FALLBACK, MARKERS = "urn:xmpp:reply:0", "urn:xmpp:fallback:0", "urn:xmpp:chat-markers:0"
STATES = "http://jabber.org/protocol/chatstates"
WITH_ID = {"replace": REPLACE, "retract": RETRACT, "reply": REPLY, "displayed": MARKERS}


def annotate(parent, about, body):
    """`body`: with a reply it begins with the quote, which ends at the first line that is none."""
    for name, space in WITH_ID.items():
        if name in about:
            ET.SubElement(parent, f"{{{space}}}{name}", id=about[name])
    if "reactions" in about:
        of, *emojis = about["reactions"]
        element = ET.SubElement(parent, f"{{{REACTIONS}}}reactions", id=of)
        for emoji in emojis:
            ET.SubElement(element, f"{{{REACTIONS}}}reaction").text = emoji
    if "retract" in about:
        ET.SubElement(ET.SubElement(parent, f"{{{FALLBACK}}}fallback", {"for": RETRACT}), f"{{{FALLBACK}}}body")
    if "reply" in about:
        quote = "".join(line for line in body.splitlines(True) if line.startswith("> "))
        mark = ET.SubElement(parent, f"{{{FALLBACK}}}fallback", {"for": REPLY})
        ET.SubElement(mark, f"{{{FALLBACK}}}body", start="0", end=str(len(quote)))


def ask_for_markers(parent):
    ET.SubElement(parent, f"{{{MARKERS}}}markable")


def annotations(parent):
    said = {}
    for name, space in WITH_ID.items():
        element = parent.find(f"{{{space}}}{name}")
        if element is not None:
            said[name] = element.get("id")
    reactions = parent.find(f"{{{REACTIONS}}}reactions")
    if reactions is not None:
        said["reactions"] = [reactions.get("id"), *(each.text for each in reactions)]
    said.update({"state": each.tag.split("}")[1] for each in parent if each.tag.startswith(f"{{{STATES}}}")})
    return said


def own_text(body, parent):
    """The text without what is marked as fallback, and that."""
    for mark in parent.findall(f"{{{FALLBACK}}}fallback"):
        if body is None or mark.get("for") not in (REPLY, RETRACT):
            continue
        part = mark.find(f"{{{FALLBACK}}}body")
        start, end = int(part.get("start", 0)), int(part.get("end", len(body)))
        return body[:start] + body[end:], body[start:end]
    return body, ""
