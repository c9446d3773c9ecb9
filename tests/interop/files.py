"""Files as a client on python-omemo sends and gets them: XEP-0363, XEP-0454, XEP-0447 with XEP-0448.

Written after the specifications with the library `cryptography`; nothing of omegate is in it.
"""
import asyncio
import base64
import hashlib
import os
import re
import secrets
import ssl
import urllib.request
import xml.etree.ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from slixmpp import JID

UPLOAD, SFS, ESFS = "urn:xmpp:http:upload:0", "urn:xmpp:sfs:0", "urn:xmpp:esfs:0"
METADATA, HASHES, URL_DATA = "urn:xmpp:file:metadata:0", "urn:xmpp:hashes:2", "http://jabber.org/protocol/url-data"
FALLBACK = "urn:xmpp:fallback:0"
LINK = re.compile(r"aesgcm://([^#\s]+)#([0-9a-fA-F]{24}|[0-9a-fA-F]{32})([0-9a-fA-F]{64})$")
PIECE = 1 << 20


def b64(text):
    return base64.b64encode(bytes.fromhex(text)).decode()


def unb64(element):
    return base64.b64decode(element.text).hex()


async def upload(client, path, service, ca):
    """Encrypts the file and brings it there; where it is, and its key."""
    key, iv, plain = secrets.token_bytes(32), secrets.token_bytes(12), hashlib.sha256()
    seal = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()
    size, sealed = os.path.getsize(path), path + ".sealed"
    with open(path, "rb") as source, open(sealed, "wb") as target:
        while piece := source.read(PIECE):
            plain.update(piece)
            target.write(seal.update(piece))
        seal.finalize()
        target.write(seal.tag)
    request = client.make_iq_get(ito=JID(service))
    request.xml.append(ET.Element(f"{{{UPLOAD}}}request", filename=os.path.basename(path), size=str(size + 16)))
    slot = (await request.send()).xml.find(f"{{{UPLOAD}}}slot")
    put = slot.find(f"{{{UPLOAD}}}put")
    headers = {header.get("name"): header.text for header in put}
    headers.update({"Content-Type": "application/octet-stream", "Content-Length": str(size + 16)})

    def bring():
        with open(sealed, "rb") as source:
            http = urllib.request.Request(put.get("url"), data=source, method="PUT", headers=headers)
            urllib.request.urlopen(http, context=ssl.create_default_context(cafile=ca)).read()
    await asyncio.get_event_loop().run_in_executor(None, bring)
    return dict(url=slot.find(f"{{{UPLOAD}}}get").get("url"), key=key.hex(), iv=iv.hex(), name=os.path.basename(path), size=size,
                sha256=plain.hexdigest())


def sharing(file):
    """What stands in an envelope besides the body."""
    mark = ET.Element(f"{{{FALLBACK}}}fallback", {"for": SFS})
    ET.SubElement(mark, f"{{{FALLBACK}}}body")
    element = ET.Element(f"{{{SFS}}}file-sharing", disposition="attachment")
    about = ET.SubElement(element, f"{{{METADATA}}}file")
    ET.SubElement(about, f"{{{METADATA}}}name").text = file["name"]
    ET.SubElement(about, f"{{{METADATA}}}size").text = str(file["size"])
    ET.SubElement(about, f"{{{HASHES}}}hash", algo="sha-256").text = b64(file["sha256"])
    sources = ET.SubElement(element, f"{{{SFS}}}sources")
    encrypted = ET.SubElement(sources, f"{{{ESFS}}}encrypted", cipher="urn:xmpp:ciphers:aes-256-gcm-nopadding:0")
    ET.SubElement(encrypted, f"{{{ESFS}}}key").text = b64(file["key"])
    ET.SubElement(encrypted, f"{{{ESFS}}}iv").text = b64(file["iv"])
    places = ET.SubElement(encrypted, f"{{{SFS}}}sources")
    ET.SubElement(places, f"{{{URL_DATA}}}url-data", target=file["url"])
    return [mark, element]


def file_in(body, content):
    """The file of a decrypted message, or nothing."""
    element = None if content is None else content.find(f"{{{SFS}}}file-sharing")
    if element is not None:
        about, encrypted = element.find(f"{{{METADATA}}}file"), element.find(f".//{{{ESFS}}}encrypted")
        assert encrypted.get("cipher") == "urn:xmpp:ciphers:aes-256-gcm-nopadding:0", encrypted.get("cipher")
        return dict(url=encrypted.find(f".//{{{URL_DATA}}}url-data").get("target"), key=unb64(encrypted.find(f"{{{ESFS}}}key")),
                    iv=unb64(encrypted.find(f"{{{ESFS}}}iv")), name=about.find(f"{{{METADATA}}}name").text,
                    size=int(about.find(f"{{{METADATA}}}size").text), sha256=unb64(about.find(f"{{{HASHES}}}hash")))
    link = LINK.match(body or "")
    return link and dict(url="https://" + link[1], iv=link[2], key=link[3])


async def download(file, path, ca):
    """Fetches, decrypts and checks it; its size."""
    def fetch():
        answer = urllib.request.urlopen(file["url"], context=ssl.create_default_context(cafile=ca))
        opener, plain, size, kept = Cipher(algorithms.AES(bytes.fromhex(file["key"])), modes.GCM(bytes.fromhex(file["iv"]))).decryptor(), \
            hashlib.sha256(), 0, b""
        with open(path, "wb") as target:
            while piece := answer.read(PIECE):
                kept += piece
                text, kept = opener.update(kept[:-16]), kept[-16:]
                plain.update(text)
                size += target.write(text)
        opener.finalize_with_tag(kept)
        assert file.get("size", size) == size, f"{size} bytes, {file['size']} were said"
        assert file.get("sha256", plain.hexdigest()) == plain.hexdigest(), "another hash than was said"
        return size
    return await asyncio.get_event_loop().run_in_executor(None, fetch)
