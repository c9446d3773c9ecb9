#!/usr/bin/python3
"""A device run by python-oldmemo or python-twomemo, driven over standard input and output: a JSON object a line each way.

  {"op": "new", "version": "legacy" | "omemo2", "seed": bool}     a new device without sessions; answers its bundle
  {"op": "start", "bundle": {...}, "key_material": hex}            starts a session; answers the first message
  {"op": "send", "key_material": hex}                              answers {"wire": hex, "key_exchange": bool}
  {"op": "receive", "wire": hex, "key_exchange": bool}             answers {"key_material": hex} or {"error": text}

A bundle: {identity, signed_prekey_id, signed_prekey, signature, prekeys: [[id, key], ...]}, keys as on the wire but
without type byte. The libraries keep one session per device; here the replaced ones are kept to read late messages.
"""
import asyncio
import json
import secrets
import sys

import oldmemo.oldmemo as old
import twomemo.twomemo as two
import x3dh
import xeddsa
from omemo.session import Initiation
from omemo.storage import Just, Nothing, Storage

US, THEM = "peer@example.org", "omegate@example.org"
OUR_ID, THEIR_ID = 2, 1
MODULES = {"legacy": old, "omemo2": two}
BACKENDS = {"legacy": old.Oldmemo, "omemo2": two.Twomemo}


class Memory(Storage):
    def __init__(self):
        super().__init__()
        self.values = {}

    async def _load(self, key):
        return Just(self.values[key]) if key in self.values else Nothing()

    async def _store(self, key, value):
        self.values[key] = value

    async def _delete(self, key):
        self.values.pop(key, None)


class Device:
    def __init__(self, version):
        self.legacy = version == "legacy"
        self.module = MODULES[version]
        self.storage = Memory()
        self.backend = BACKENDS[version](self.storage)
        self.sessions = []  # the current one first
        self.their_sign = False

    @classmethod
    async def make(cls, version, seed):
        """Identities come in two kinds: an Ed25519 seed (sign bit 0 or 1) or a Curve25519 key."""
        device = cls(version)
        await device.storage.store("/ikp/is_seed", seed)
        key = secrets.token_bytes(32)
        if not seed:
            key = bytes([key[0] & 0xf8]) + key[1:31] + bytes([key[31] & 0x7f | 0x40])
        await device.storage.store_bytes("/ikp/key", key)
        await device.backend.generate_pre_keys(5)
        return device

    async def bundle(self):
        bundle = await self.backend.get_bundle(US, OUR_ID)
        identity, signature = bundle.bundle.identity_key, bytearray(bundle.bundle.signed_pre_key_sig)
        if self.legacy:  # the sign bit travels in the signature
            signature[63] |= identity[31] & 0x80
            identity = xeddsa.ed25519_pub_to_curve25519_pub(identity)
        return {"identity": identity.hex(), "signed_prekey_id": bundle.signed_pre_key_id,
                "signed_prekey": bundle.bundle.signed_pre_key.hex(), "signature": bytes(signature).hex(),
                "prekeys": [[number, key.hex()] for key, number in bundle.pre_key_ids.items()]}

    def read_bundle(self, data):
        identity, signature = bytes.fromhex(data["identity"]), bytearray.fromhex(data["signature"])
        if self.legacy:
            self.their_sign = bool(signature[63] >> 7)
            identity = xeddsa.curve25519_pub_to_ed25519_pub(identity, self.their_sign)
            signature[63] &= 0x7f
        ids = {bytes.fromhex(key): number for number, key in data["prekeys"]}
        bundle = x3dh.Bundle(identity, bytes.fromhex(data["signed_prekey"]), bytes(signature), frozenset(ids))
        return self.module.BundleImpl(THEM, THEIR_ID, bundle, data["signed_prekey_id"], ids)

    def material(self, data):
        size = self.module.PlainKeyMaterialImpl.KEY_LENGTH
        return self.module.PlainKeyMaterialImpl(data[:size], data[size:])

    async def start(self, bundle, key_material):
        session, encrypted = await self.backend.build_session_active(THEM, THEIR_ID, self.read_bundle(bundle),
                                                                     self.material(key_material))
        self.sessions.insert(0, session)
        return self.wire(session, encrypted)

    async def send(self, key_material):
        session = self.sessions[0]
        return self.wire(session, await self.backend.encrypt_key_material(session, self.material(key_material)))

    def wire(self, session, encrypted):
        wire = encrypted.serialize()
        key_exchange = session.initiation is Initiation.ACTIVE and not session.confirmed
        if key_exchange:
            wire = session.key_exchange.serialize(wire)
            wire = wire[0] if isinstance(wire, tuple) else wire
        return {"wire": wire.hex(), "key_exchange": key_exchange}

    async def receive(self, wire, key_exchange):
        candidates = self.sessions
        if key_exchange:
            parse = self.module.KeyExchangeImpl.parse
            exchange, wire = parse(wire, self.their_sign) if self.legacy else parse(wire)
            candidates = [session for session in self.sessions if session.key_exchange.builds_same_session(exchange)]
        message = self.module.EncryptedKeyMaterialImpl.parse(wire, US, OUR_ID)
        if key_exchange and not candidates:
            session, material = await self.backend.build_session_passive(THEM, THEIR_ID, exchange, message)
            return self.received(session, material)
        failure = LookupError("no session")
        for session in candidates:
            try:
                return self.received(session, await self.backend.decrypt_key_material(session, message))
            except Exception as caught:  # whatever the library raises: the next session may fit
                failure = caught
        raise failure

    def received(self, session, material):
        session.confirm()
        self.sessions = [session] + [each for each in self.sessions if each is not session]
        return {"key_material": (material.key + material.auth_tag).hex()}


async def answer(device, request):
    if request["op"] == "start":
        return await device.start(request["bundle"], bytes.fromhex(request["key_material"]))
    if request["op"] == "send":
        return await device.send(bytes.fromhex(request["key_material"]))
    try:
        return await device.receive(bytes.fromhex(request["wire"]), request["key_exchange"])
    except Exception as failure:
        return {"error": f"{type(failure).__name__}: {failure}"}


async def main():
    device = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "new":
            device = await Device.make(request["version"], request["seed"])
            reply = await device.bundle()
        else:
            reply = await answer(device, request)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
