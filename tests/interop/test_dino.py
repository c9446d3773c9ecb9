"""Dino, which many people write with, as the contact: everything is read off its window and done with its buttons."""
from cases import case
from dino import Dino
from peer import Peer
from prosody import Prosody
from stage import canary, check


@case(seconds=180)
def dino_and_a_python_peer_talk_both_ways(stage):
    server = Prosody(stage)
    bob, alice = Peer(stage, server, "bob", "axolotl"), Dino(stage, server, "alice")
    device, = bob.finds_device(alice.jid, "axolotl", device=alice.device)
    check(alice.own_fingerprint() == device["fingerprint"], "Dino and the peer show the same fingerprint")
    alice.opens_chat(bob.jid)
    text, answer = (f"Grüße & <tags> 🦀 {canary(name)}" for name in ("alice", "bob"))
    alice.says(text)
    bob.hears(text, version="axolotl")
    bob.sends(alice.jid, answer)
    alice.reads(answer)
    check(alice.keys_of_the_contact() == [(bob.fingerprint, "Accepted")], "Dino shows the peer's fingerprint")
    check(text not in server.stanzas() and answer not in server.stanzas(), "the server sees neither")
