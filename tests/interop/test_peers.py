"""The peers among themselves: if these fail, the fault is not omegate's."""
from cases import case
from peer import Peer
from profanity import Profanity
from prosody import Prosody
from stage import canary, check
from wiretap import WireTap

VERSIONS = ["axolotl", "omemo2"]


@case(version=VERSIONS)
def two_python_peers_talk_both_ways(stage, version):
    server = Prosody(stage)
    tap = WireTap(stage, server)
    alice, bob = Peer(stage, server, "alice", version), Peer(stage, server, "bob", version)
    secrets = []
    for speaker, listener in [(alice, bob), (bob, alice), (alice, bob)]:
        secret = canary(speaker.user)
        secrets.append(secret.encode())
        text = f"ünï 🦀 {secret}"
        speaker.sends(listener.jid, text)
        heard = listener.hears(text, version=version)
        check(heard["fingerprint"] == speaker.fingerprint, "the listener names the speaker's key")
    seen = server.stanzas().encode() + tap.stop()
    check(not any(secret in seen for secret in secrets), "neither the server nor the wire sees a text")
    check(b"<encrypted" in seen, "and the server does see that something was sent")


@case()
def peers_that_do_not_know_each_other_can_talk_too(stage):
    server = Prosody(stage, friends=False)
    alice, bob = Peer(stage, server, "alice"), Peer(stage, server, "bob")
    alice.sends(bob.jid, "we never subscribed")
    bob.hears("we never subscribed")


@case()
def a_peer_keeps_its_keys_over_a_restart_of_itself_and_of_the_server(stage):
    server = Prosody(stage)
    alice, bob = Peer(stage, server, "alice"), Peer(stage, server, "bob", store="bob.keys")
    alice.sends(bob.jid, "one")
    bob.hears("one")
    bob.close()
    alice.sends(bob.jid, "while you were away")
    alice.close()
    server.restart()
    bob_again = Peer(stage, server, "bob", store="bob.keys")
    check(bob_again.fingerprint == bob.fingerprint, "the key is the same")
    bob_again.hears("while you were away")


@case()
def profanity_and_a_python_peer_talk_both_ways(stage):
    server = Prosody(stage, legacy_codes=True)
    bob = Profanity(stage, server, "bob")
    alice = Peer(stage, server, "alice")
    device, = alice.finds_device(bob.jid, "axolotl", device=bob.device)
    check(bob.own_fingerprint() == device["fingerprint"], "Profanity and the peer show the same fingerprint")
    text = canary("from the peer")
    alice.sends(bob.jid, text, "axolotl")
    bob.opens_chat(alice.jid)
    bob.reads(text)
    answer = canary("typed")
    bob.says(answer)
    alice.hears(answer, version="axolotl")
    check(text not in server.stanzas() and answer not in server.stanzas(), "the server sees neither")
