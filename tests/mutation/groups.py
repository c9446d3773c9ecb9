"""What is mutated together, and the tests that must notice. Which of their cases reach a mutation is measured."""
import collections

# tests: {program of tests/CMakeLists.txt: its sources that concern the group}; libraries: what they are linked with
Group = collections.namedtuple("Group", "files tests libraries")

OMEMO, CORE = ["omegate_omemo"], ["omegate_omemo", "omegate_core"]
EDGE, GATEWAY = [*CORE, "omegate_edge"], [*CORE, "omegate_edge", "omegate_gateway", "omegate_app", "test_support"]
OMEMO_TESTS = {"unit_omemo": ["tests/unit/core/**/*.cpp", "tests/vectors/*.cpp"]}
QUEUE_TESTS = ["outbox", "inbox", "ratchets", "keys", "small_tables", "transactions"]

GROUPS = {
    "crypto": Group(["bridge/core/crypto/*.cpp"], OMEMO_TESTS, CORE),
    "omemo": Group(["bridge/core/omemo/*.cpp"], OMEMO_TESTS, CORE),
    "trust": Group(["bridge/core/trust/*.cpp"], {"unit_core": ["tests/unit/core/trust/*.cpp"]}, CORE),
    "queue": Group(["bridge/edge/store/outbox*.cpp", "bridge/edge/store/inbox*.cpp", "bridge/edge/store/ratchets.cpp",
                    "bridge/edge/store/prekeys.cpp", "bridge/edge/store/seen.cpp"],
                   {"unit_edge": [f"tests/unit/edge/store/{name}_test.cpp" for name in QUEUE_TESTS]}, EDGE),
    "sealing": Group(["bridge/gateway/messages/seal.cpp", "bridge/gateway/messages/recipients.cpp", "bridge/gateway/messages/receive.cpp",
                      "bridge/gateway/messages/opening.cpp", "bridge/gateway/messages/outgoing.cpp"],
                     {"unit_gateway": [f"tests/unit/gateway/{name}_test.cpp" for name in ("seal_receive", "outgoing", "rekeying")]},
                     GATEWAY),
}
