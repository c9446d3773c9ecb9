#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {
namespace {

constexpr Entry text_entries[] = {
    {"P.template", "text: string, values: table", "string filled",
     "Fills `{name}`, `{a.b}` and `{1}`; what is not there is empty. `{{` is a brace. What is filled in is not looked at again.",
     R"lua(P.template("{who} has {list.1} and {{braces}}", { who = "Bob", list = { "tea" } }) --> "Bob has tea and {braces}}"
P.template("[{missing}]", {}) --> "[]")lua"},
    {"P.html_to_text", "html: string", "string text",
     "What people would read of it: no tags, paragraphs, a dash before each list item, the addresses of links.",
     R"lua(P.html_to_text "<p>Tea &amp; milk</p>" --> "Tea & milk")lua"},
    {"P.json.decode", "text: string", "any value, string? reason", "The value, or nil and the reason. A null member is absent.",
     R"lua(P.json.decode('{"a": [1, null]}').a[1] --> 1
P.json.decode("nothing") --> nil)lua"},
    {"P.json.encode", "value: any", "string text", "The text of a value.", "P.json.encode { 1, \"two\", true } --> '[1,\"two\",true]'"},
    {"P.json.array", "table: table", "table table", "Marks a table that is a list even when it is empty.",
     "P.json.encode(P.json.array {}) --> \"[]\"\nP.json.encode {} --> \"{}\""},
    {"P.json.null", "", "lightuserdata", "A null in a list.", "P.json.decode(\"[null]\")[1] == P.json.null --> true", {}, Use::value},
    {"P.hash.sha256", "text: string", "string hex", "SHA-256, as hexadecimal digits.",
     "P.hash.sha256 \"abc\" --> \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""},
    {"P.hash.sha512", "text: string", "string hex", "SHA-512, as hexadecimal digits.", "#P.hash.sha512 \"abc\" --> 128"},
    {"P.hash.hmac_sha256", "key: string, text: string", "string hex",
     "HMAC-SHA-256, as hexadecimal digits. The operator's secrets never reach Lua: hooks and `P.fetch` check and sign by themselves.",
     "P.hash.hmac_sha256(\"key\", \"text\"):sub(1, 8) --> \"6afa9046\""},
    {"P.hash.same", "a: string, b: string", "boolean same", "Whether two texts are the same, in a time that does not tell where they differ.",
     "P.hash.same(\"a code\", \"a code\") --> true\nP.hash.same(\"a code\", \"a cold\") --> false"},
    {"P.base64.encode", "bytes: string", "string text", "With padding, as in RFC 4648.", "P.base64.encode \"any + all?\" --> \"YW55ICsgYWxsPw==\""},
    {"P.base64.encode_url", "bytes: string", "string text", "Without padding, with `-` and `_`: for addresses.",
     "P.base64.encode_url \"any + all?\" --> \"YW55ICsgYWxsPw\""},
    {"P.base64.decode", "text: string", "string? bytes, string? reason", "The bytes, or nil and the reason.",
     "P.base64.decode \"dGVh\" --> \"tea\"\nP.base64.decode \"?\" --> nil"},
    {"P.hex.encode", "bytes: string", "string text", "Hexadecimal digits.", "P.hex.encode \"tea\" --> \"746561\""},
    {"P.hex.decode", "text: string", "string? bytes, string? reason", "The bytes, or nil and the reason.",
     "P.hex.decode \"746561\" --> \"tea\"\nP.hex.decode \"tea\" --> nil"},
};

constexpr Entry number_entries[] = {
    {"P.metrics.counter", "name: string, help: string, opts?: { labels: string[] }", "Counter counter",
     "A number that only rises, shown as `omegate_plugin_own_…_total{plugin=…}`. Names are lower-case letters, digits and `_`; 50 metrics "
     "of 4 labels each, 500 series together. It is kept in the gateway, over restarts of the plugin.",
     R"lua(local orders = P.metrics.counter("orders", "Orders that people gave.", { labels = { "kind" } })

P.command("order <kind:tea|milk>", "Orders it", function(cmd)
  orders:add(1, { kind = cmd.args.kind })
  cmd:reply("Ordered.")
end))lua",
     "alice> order tea\n< Ordered.", Use::loading},
    {"P.metrics.gauge", "name: string, help: string, opts?: { labels: string[] }", "Gauge gauge", "A number that rises and falls.",
     R"lua(local open = P.metrics.gauge("open_alerts", "Alerts that nobody has closed.")
local alerts = P.kv "alerts"

P.every("1m", function() open:set(alerts:count()) end))lua",
     "+ 2m", Use::loading},
    {"P.metrics.histogram", "name: string, help: string, opts?: { labels: string[], buckets: number[] }", "Histogram histogram",
     "How values are spread; 20 buckets at most.",
     R"lua(local sizes = P.metrics.histogram("order_size", "Pieces of an order.", { buckets = { 1, 10, 100 } })

P.command("order <pieces:integer>", "Orders", function(cmd) sizes:observe(cmd.args.pieces) end))lua",
     "alice> order 12", Use::loading},
    {"Counter:add", "amount?: number, labels?: table<string, string>", "",
     "Adds to it, 1 if nothing is said, when the handler returns. Each label that was declared has a value of up to 64 bytes.",
     R"lua(local logins = P.metrics.counter("logins", "Logins.", { labels = { "how" } })

P.command("try", "Counts", function() logins:add(2, { how = "by token" }) end))lua",
     "alice> try", Use::loading},
    {"Gauge:set", "value: number, labels?: table<string, string>", "", "Its value from now on.",
     R"lua(local level = P.metrics.gauge("level", "Litres in the tank.")

P.command("level <litres:number>", "Notes it", function(cmd) level:set(cmd.args.litres) end))lua",
     "alice> level 3.5", Use::loading},
    {"Gauge:add", "amount: number, labels?: table<string, string>", "", "Adds to it, or takes off it.",
     R"lua(local guests = P.metrics.gauge("guests", "Who is here.")

P.command("leave", "Says goodbye", function() guests:add(-1) end))lua",
     "alice> leave", Use::loading},
    {"Histogram:observe", "value: number, labels?: table<string, string>", "", "One more value.",
     R"lua(local waits = P.metrics.histogram("wait_seconds", "How long the shop let us wait.")

P.command("waited <time:period>", "Notes it", function(cmd) waits:observe(cmd.args.time) end))lua",
     "alice> waited 2m", Use::loading},
    {"P.log.info", "format: string, ...: any", "", "A line in the gateway's log. No secrets, no message texts.",
     "P.log.info(\"%d orders\", 3)", "log: 3 orders"},
    {"P.log.warn", "format: string, ...: any", "", "The same, as a warning.", "P.log.warn(\"the shop is slow\")", "log: the shop is slow"},
    {"P.log.error", "format: string, ...: any", "", "The same, as an error.", "P.log.error(\"the shop is gone\")", "log: the shop is gone"},
};

constexpr Entry own_entries[] = {
    {"P.name", "", "string", "The plugin's name.", "P.name --> \"example\"", {}, Use::value},
    {"P.cfg", "", "table<string, any>", "Its configuration, checked, with the defaults of the manifest.", "P.cfg.greeting --> \"Hello\"", {}, Use::value},
    {"P.accounts", "", "string[]", "The names of the accounts that it may use, the default first.", "P.accounts[1] --> \"bot\"", {}, Use::value},
};

}  // namespace

const std::span<const Entry> texts = text_entries;
const std::span<const Entry> numbers = number_entries;
const std::span<const Entry> itself = own_entries;

}  // namespace omegate::plugin::reference
