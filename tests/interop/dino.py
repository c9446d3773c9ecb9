"""Dino, a client of the legacy OMEMO version, on a screen of its own (Xvfb), read and operated as assistive technology does (AT-SPI).

It finds its server by /etc/hosts and trusts it by the system's list of authorities: both are files of its own, in a mount namespace.
"""
import os
import random
import re
import sqlite3
import struct
import zlib

from chaos import Chaos
from prosody import DOMAIN, PASSWORDS, jid
from stage import end, read, run, tool, until

BUNDLES = "eu.siacs.conversations.axolotl.bundles"
XMPP_PORT = 5222  # where no SRV record says otherwise
NOBODY_ANSWERS = "nameserver {address}\n"  # at once, as nothing listens there
SCREEN = "1280x900x24"
IN_WINDOW, FOCUSED, PRESSED, SENSITIVE = 1, 12, 20, 24  # numbers of AT-SPI
XWD_COLOR = 12  # bytes of an entry of its table
SHADOW = 5  # pixels around each window
ACCOUNT = 1  # the number of its only account
APPLICATION = "im.dino.Dino", "/im/dino/Dino"
# Widgets without words go by the name of their class.
MAIN_WINDOW, CHAT_LIST, CHAT = "DinoUiMainWindow", "DinoUiConversationSelector", "DinoUiConversationSummaryConversationView"
TEXT_FIELD, ICON = "GtkTextView", "GtkImage"
DETAILS, KEYS, KEY = "Contact Details", "OMEMO Key Management", "Manage Key"  # its dialogs
FINGERPRINT = re.compile(r"[0-9a-f]{8}(?:\s[0-9a-f]{8}){7}")
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*"/><allow receive_type="*"/><allow own="*"/></policy>
</busconfig>
"""


class Widget:
    """One thing on the screen. Every question goes to the program: nothing is remembered."""

    def __init__(self, bus, owner, path):
        self.bus, self.owner, self.path = bus, owner, path

    def call(self, interface, method, signature="()", *arguments):
        return self.bus.call(self.owner, self.path, "org.a11y.atspi." + interface, method, signature, *arguments)

    def children(self):
        return [Widget(self.bus, *reference) for reference in self.call("Accessible", "GetChildren")[0]]

    def all(self):
        """Itself and what is in it, as they stand on the screen."""
        yield self
        for child in self.children():
            yield from child.all()

    @property
    def name(self):
        return self.bus.property(self.owner, self.path, "org.a11y.atspi.Accessible", "Name")

    @property
    def role(self):
        return self.call("Accessible", "GetRoleName")[0]

    def is_(self, role, name=None):
        return self.role == role and name in (None, self.name)

    def press(self):
        self.call("Action", "DoAction", "(i)", 0)

    def text(self):
        length = self.bus.property(self.owner, self.path, "org.a11y.atspi.Text", "CharacterCount")
        return self.call("Text", "GetText", "(ii)", 0, length)[0]

    def write(self, text):
        self.call("EditableText", "InsertText", "(isi)", 0, text, len(text.encode()))

    def place(self):
        """In its window: x, y, width, height."""
        return self.call("Component", "GetExtents", "(u)", IN_WINDOW)[0]

    def can_be_used(self):
        """It is on the page that is shown, and not grey."""
        return self.place()[2] > 0 and self.has(SENSITIVE)

    def has(self, state):
        return self.call("Accessible", "GetState")[0][0] >> state & 1


class Bus:
    """The session's bus and the one for accessibility, which are one here."""

    def __init__(self, stage, folder):
        self.path = stage.path(folder, "bus")
        config = stage.write(f"{folder}/bus.conf", BUS.format(path=self.path))
        self.address = "unix:path=" + self.path
        self.environment = {"DBUS_SESSION_BUS_ADDRESS": self.address, "AT_SPI_BUS_ADDRESS": self.address}
        stage.launch(f"{folder}-bus", [tool("dbus-daemon"), "--nofork", "--nosyslog", "--config-file", config])
        until(5, "the bus listens", lambda: os.path.exists(self.path))
        stage.launch(f"{folder}-registry", ["/usr/libexec/at-spi2-registryd"], env=self.environment)
        from gi.repository import Gio, GLib  # here: the other cases do without
        self.variant, self.Error = GLib.Variant, GLib.Error
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.connection = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)

    def call(self, owner, path, interface, method, signature="()", *arguments):
        parameters = self.variant(signature, arguments)
        return self.connection.call_sync(owner, path, interface, method, parameters, None, 0, 10000, None).unpack()

    def property(self, owner, path, interface, name):
        return self.call(owner, path, "org.freedesktop.DBus.Properties", "Get", "(ss)", interface, name)[0]

    def windows(self):
        registry = Widget(self, "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
        return [window for program in registry.children() for window in program.children()]


class Dino:
    """Logged in, with OMEMO keys published, when constructed. It accepts keys by itself until told otherwise."""

    def __init__(self, stage, server, user):
        self.stage, self.server, self.user, self.jid = stage, server, user, jid(user)
        self.folder = f"dino-{user}"
        self.home = stage.path(self.folder, "home", "")
        self.bus = Bus(stage, self.folder)
        self.open_screen()
        self.environment = {
            "HOME": self.home, "XDG_DATA_HOME": self.home, "XDG_CONFIG_HOME": self.home, "XDG_CACHE_HOME": self.home,
            "XDG_RUNTIME_DIR": self.home, "LANG": "C.UTF-8", "DISPLAY": self.display,
            "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo", "GSETTINGS_BACKEND": "memory",
            "GIO_USE_NETWORK_MONITOR": "base",  # else it takes a machine that has loopback alone for one without network
            "G_MESSAGES_DEBUG": "libdino OMEMO xmpp-vala", **self.bus.environment}
        self.make_account()
        self.start()
        self.device, = until(30, "Dino makes its keys", lambda: self.look_up("omemo", "SELECT device_id FROM identity"))
        until(30, "Dino publishes its keys", lambda: f"{BUNDLES}:{self.device}'" in server.stanzas())

    def open_screen(self):
        self.screen = self.stage.path(self.folder, "screen", "Xvfb_screen0")
        reader, writer = os.pipe()
        process = self.stage.launch(f"{self.folder}-screen", [tool("Xvfb"), "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp",
                                                              "-fbdir", os.path.dirname(self.screen)],
                                    pass_fds=(writer,))  # it takes the first free number and says which
        self.stage.at_end(lambda: end(process))  # by TERM, so that it gives its number back
        os.close(writer)
        with os.fdopen(reader) as said:
            self.display = ":" + said.readline().strip()

    def make_account(self):
        run([tool("dino-im"), "--version"], env={**os.environ, **self.environment})  # makes its databases
        database = self.database("dino")
        with database:
            database.execute("INSERT INTO account (id, bare_jid, resourcepart, password, alias, enabled) VALUES (?, ?, 'dino', ?, '', 1)",
                             (ACCOUNT, self.jid, PASSWORDS[self.user]))
        database.close()

    def start(self):
        address = self.way_to_server()
        own = {self.stage.write(f"{self.folder}/hosts", f"127.0.0.1 localhost\n{address} {DOMAIN}\n", 0o644): "/etc/hosts",
               self.stage.write(f"{self.folder}/resolv.conf", NOBODY_ANSWERS.format(address=address), 0o644): "/etc/resolv.conf",
               self.server.ca: "/etc/ssl/certs/ca-certificates.crt"}
        script = "".join(f"mount --bind '{ours}' '{theirs}' && " for ours, theirs in own.items()) + 'exec "$@"'
        self.process = self.stage.launch(self.folder, [tool("unshare"), "--map-current-user", "--keep-caps", "--mount",
                                                       "sh", "-c", script, "sh", tool("dino-im")], env=self.environment)

    def way_to_server(self):
        """An address of our own whose port 5222 leads there."""
        while True:
            address = ".".join(str(part) for part in (127, *(random.randrange(1, 255) for _ in range(3))))
            try:
                Chaos(self.stage, self.server.port, seed=0, address=(address, XMPP_PORT))
                return address
            except OSError:
                continue

    def database(self, name):
        return sqlite3.connect(f"{self.home}dino/{name}.db", timeout=10)

    def look_up(self, name, question, *arguments):
        """The first row."""
        database = self.database(name)
        try:
            return database.execute(question, arguments).fetchone()
        finally:
            database.close()

    # --- words of a test
    def opens_chat(self, other):
        """The conversation with `other`, with OMEMO switched on."""
        self.application("Application", "Open", "(assa{sv})", [f"xmpp:{other}?message"], "", {})  # what a link does
        self.finds("label", other, self.finds("widget", CHAT_LIST))
        # Two buttons stand behind the field for the text, each in another: the faces, the encryption.
        everything = list(self.window(MAIN_WINDOW).all())
        field = next(index for index, widget in enumerate(everything) if widget.is_("text box", TEXT_FIELD))
        *_, encryption = [widget for widget in everything[field:] if widget.is_("button", "GtkMenuButton")][:4]
        self.presses(encryption)
        self.presses(self.finds("menu item", "OMEMO"))
        self.stage.say(f"{self.user} opens the chat with {other.split('@')[0]} and chooses OMEMO")

    def says(self, text):
        self.stage.say(f"{self.user} types: {text}")
        field = self.finds("text box", TEXT_FIELD)

        def focus():  # a menu or dialog that goes takes it along, or the first click
            self.xdotool("search", "--onlyvisible", "--name", "^Dino$", "windowfocus")
            self.clicks(field)
            return field.has(FOCUSED)
        until(10, "the field for the text has the focus", focus, pause=0.2)
        field.write(text)
        until(5, "the text stands in its field", lambda: field.text() == text)
        self.xdotool("key", "Return")
        until(5, "the text has left its field", lambda: field.text() == "")

    def reads(self, text, seconds=15):
        """In the conversation that is open."""
        self.patiently(seconds, lambda: f"Dino shows '{text}'; it shows {self.sees()}", lambda: text in self.sees())
        self.stage.say(f"{self.user}'s window: {text}")

    def reads_something_with(self, words, seconds=15):
        """The whole text that they stand in."""
        text = self.patiently(seconds, lambda: f"Dino shows something with '{words}'; it shows {self.sees()}",
                              lambda: next((text for text in self.sees() if words in text), None))
        self.stage.say(f"{self.user}'s window: {text}")
        return text

    def sees(self):
        """What the open conversation says, from above."""
        return self.labels(self.finds("widget", CHAT))

    def own_fingerprint(self):
        self.opens_own_keys()
        (digits, _), *_ = self.keys_shown()
        self.closes(KEYS)
        return digits

    def own_code(self):
        """A picture of the screen with the QR code that others scan: its path, and what zbarimg reads in it."""
        self.opens_own_keys()
        menu = self.last("button", "GtkMenuButton", self.window(KEYS))
        self.presses(menu)
        picture = self.stage.path(f"{self.folder}-code.png")

        def look():
            photograph(self.screen, picture)
            return run([tool("zbarimg"), "--quiet", "--raw", picture], check_code=False).stdout.strip()
        code = until(10, "the QR code stands on the screen", look, pause=0.5)
        self.presses(menu)  # gone with the dialog it would go on holding the mouse
        self.patiently(5, "the QR code goes", lambda: not menu.has(PRESSED))
        self.closes(KEYS)
        self.stage.say(f"{self.user}'s window, as a picture: {code}")
        return picture, code

    def keys_of_the_contact(self):
        """Fingerprint and state, as the details of the open conversation show them."""
        self.opens_keys()
        keys = self.keys_shown()
        self.closes(KEYS, DETAILS)
        return keys

    def contact_key_as_shown(self):
        """The first key of the contact, with the spaces and lines that Dino puts in it."""
        self.opens_keys()
        self.keys_shown()
        shown = next(text for text in self.labels(self.window(KEYS)) if FINGERPRINT.fullmatch(text))
        self.closes(KEYS, DETAILS)
        return shown

    def verifies(self, fingerprint):
        self.decides(fingerprint, "Verify key fingerprint", "Fingerprints match")

    def rejects(self, fingerprint):
        self.decides(fingerprint, "Reject key")

    def accepts(self, fingerprint):
        self.decides(fingerprint, "Accept key")

    def decides(self, fingerprint, what, *answers):
        self.opens_keys()
        self.clicks(self.finds("label", written(fingerprint), self.window(KEYS)))
        self.clicks(self.finds("label", what, self.window(KEY)))
        for answer in (*answers, "Confirm"):
            self.presses(self.finds("button", answer, self.window(KEY)))
        self.goes(KEY)
        self.closes(KEYS, DETAILS)
        self.stage.say(f"{self.user} clicks: {', '.join((what, *answers))}")

    # --- below them
    def opens_own_keys(self):
        self.application("Actions", "Activate", "(sava{sv})", "own-keys", [self.bus.variant("i", ACCOUNT)], {})  # what a notification does

    def opens_keys(self):
        self.presses(self.last("button", ICON, self.window(MAIN_WINDOW)))
        # Pressed without a mouse it presses itself again and again, and opens a dialog each time.
        self.clicks(self.finds("button", ICON, self.window(DETAILS)))

    def keys_shown(self):
        """Fingerprint and what is said of it, from above."""
        def look():
            said = [widget.name for widget in self.window(KEYS).all() if widget.role == "label"]
            return [(re.sub(r"\s", "", digits), state) for digits, state in zip(said, said[1:]) if FINGERPRINT.fullmatch(digits)]
        return self.patiently(10, "Dino shows keys", look)

    def closes(self, *titles):
        for title in titles:
            self.presses(self.finds("button", "Close", self.window(title)))
            self.goes(title)

    def goes(self, title):
        self.patiently(10, f"the dialog '{title}' closes", lambda: title not in [window.name for window in self.bus.windows()])

    def window(self, title, seconds=10):
        return self.patiently(seconds, f"Dino opens '{title}'", lambda: next((w for w in self.bus.windows() if w.name == title), None))

    def finds(self, role, name, within=None, seconds=10):
        within = within or self.window(MAIN_WINDOW)
        return self.patiently(seconds, lambda: f"Dino shows the {role} '{name}'; its labels: {self.labels(within)}",
                              lambda: next((widget for widget in within.all() if widget.is_(role, name)), None))

    def last(self, role, name, within):
        *_, last = [widget for widget in within.all() if widget.is_(role, name)]
        return last

    @staticmethod
    def labels(within):
        return [widget.name for widget in within.all() if widget.role == "label"]

    def patiently(self, seconds, what, look):
        """`until`, where what is looked at may go away meanwhile."""
        def attempt():
            try:
                return look()
            except self.bus.Error:
                return None
        return until(seconds, what, attempt, pause=0.1)

    def clicks(self, widget):
        """With the mouse. No window manager moves windows about: each begins where the screen begins."""
        self.becomes_usable(widget)
        x, y, width, height = widget.place()
        self.xdotool("mousemove", str(SHADOW + x + width // 2), str(SHADOW + y + height // 2), "click", "1")

    def presses(self, widget):
        """As a screen reader does."""
        self.becomes_usable(widget)
        widget.press()

    def becomes_usable(self, widget):
        self.patiently(10, lambda: f"the {widget.role} '{widget.name}' can be used", widget.can_be_used)

    def xdotool(self, *arguments):
        run([tool("xdotool"), *arguments], env={**os.environ, "DISPLAY": self.display})

    def application(self, interface, method, signature, *arguments):
        return self.bus.call(*APPLICATION, "org.gtk." + interface, method, signature, *arguments)


def photograph(screen, path):
    """The screen's memory, which is XWD with the four bytes blue, green, red and nothing a pixel, as PNG."""
    content = read(screen)
    header = struct.unpack(">25I", content[:100])
    header_size, width, height, line, colors = (header[index] for index in (0, 4, 5, 12, 19))
    rows = bytearray()
    for start in range(header_size + XWD_COLOR * colors, header_size + XWD_COLOR * colors + line * height, line):
        row = content[start:start + 4 * width]
        row_of_png = bytearray(1 + 3 * width)  # the first byte says: no filter
        row_of_png[1::3], row_of_png[2::3], row_of_png[3::3] = row[2::4], row[1::4], row[0::4]
        rows += row_of_png
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 1)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def written(fingerprint):
    """As Dino writes it: two lines of four."""
    groups = re.findall(".{8}", fingerprint)
    return " ".join(groups[:4]) + "\n" + " ".join(groups[4:])
