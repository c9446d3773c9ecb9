#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {

std::span<const Section> sections() {
  static const Section all[] = {
      {"Hearing", "Called while the plugin loads.", registering},
      {"Saying", "Called in handlers. What they do happens when the handler returns, or not at all.", messages},
      {"Later, and again", "Timers last over restarts. Times are milliseconds since 1970.", later},
      {"Keeping things", "What lasts over restarts (`grants: {kv: 1}`).", keeping},
      {"Other servers", "Requests and mails (`grants: {fetch: […]}`, `{mail_to: […]}`).", servers},
      {"Programs", "What the operator lists under `programs` of the plugin, outside of its sandbox (`grants: {run: [\"*\"]}`).", programs},
      {"Bridges", "Addresses of its own, and which message here is which there (`grants: {http: […], kv: 1}`).", bridging},
      {"Other plugins", "Topics that both sides declare (`grants: {publish: […], subscribe: […]}`).", others},
      {"Regular expressions", "RE2's syntax: time is linear in the text, whatever the pattern.", expressions},
      {"Texts and data", "", texts},
      {"Numbers and the log", "What the operator sees.", numbers},
      {"The plugin itself", "", itself},
  };
  return all;
}

std::span<const Type> types() {
  static constexpr Type all[] = {
      {"Trust", "How much a key is trusted.", R"lua(= "undecided" | "tofu" | "trusted" | "verified")lua"},
      {"Period", R"lua(A text like "90s", "10m", "2h30m", "7d", "1w", or a number of seconds.)lua", "= string | number"},
      {"Target", "A message: what P.send returned, an event, what an event is about, or { to =, name = }.", "= string | table"},
      {"Event", "What a handler gets. Which members there are depends on its kind: see the table in plugins/README.md.",
       R"lua(id: string, the same on every attempt
kind: string, "message", "command", "hook", "timer" …
time_ms: integer, when it happened
account?: string, the bot's account
from?: string, who wrote, a bare JID
text?: string, what was written
trust?: Trust, of the key that wrote it
device?: integer, of the sender
fingerprint?: string, of that key
encrypted?: boolean, whether it was
version?: string, the namespace of the OMEMO version it came in
shared?: boolean, OMEMO 0.3 and sealed for more devices than the bot's
message_id?: string, as its sender chose it
reply_to?: Reference, what it answers
room?: string, where it was said
nick?: string, how its writer is called there
stanza_id?: string, the number that the room gave it
files?: File[], what came with it
bridged?: boolean, its sender says that it came from elsewhere
name?: string, of the command, timer, question
args?: table<string, any>, of a command, by their names
rest?: string, what followed the command's name
words?: string[], the same, split
approved_by?: string[], who agreed, of a command with approvals
match?: Match, of P.hear with a regular expression
about?: Reference, which message an edit, reaction … is about
reactions?: string[], all of them now
moderated?: { by: string, reason: string }, of a retraction by a room
added?: string[], what was added
removed?: string[], what was removed
state?: any, of a timer or question; of a marker or typing a text
due_ms?: integer, when a timer should have gone off
yes?: boolean, the answer is a word for yes
no?: boolean, the answer is a word for no
timeout?: boolean, nobody answered
lost?: boolean, another question took its place
path?: string, of a hook, as registered
method?: string, of a request
content_type?: string, of its body
body?: string, of the request
query?: table<string, string>, of its address
headers?: table<string, string>, by name in lower case
params?: table<string, string>, the named parts of an endpoint's path
endpoint?: string, what followed the hook's path
json?: any, the body if it is JSON
form?: table<string, string>, the body if it is a form
request_id?: string, of the request
topic?: string, under which another plugin published
data?: any, what it published
publisher?: string, the plugin that did
hops?: integer, how many publications led here
program?: string, that ended
arguments?: table<string, string>, that it was given
outcome?: string, "ended", "killed", "too_long", "not_started" or "unknown"
status?: integer, the exit code, or the signal
output?: string, what the program said
cut?: boolean, it said more
took_ms?: integer, how long it ran
peer?: string, whose key the news is about
what?: string, what happened to the key
recipients?: table[], of a mail
authors?: table[], of a mail, each name and address
subject?: string, of a mail
html?: string, what a mail says in HTML only
nature?: string, of a mail: "ordinary", "auto_reply", "bounce" …
authentic?: string, of a mail: "pass", "fail", "unknown")lua"},
      {"Reference", "An earlier message.", R"lua(id: string, as its sender chose it
own?: boolean, the bot wrote it
handle?: string, of a message of this plugin
name?: string, as this plugin called it)lua"},
      {"File", "A file that came with a message.", R"lua(handle: string, names it, worth keeping
name: string, as its sender called it
media_type: string, as its sender says
size: integer, bytes
state: string, "here", "offered", "failed", "wanted"
reason?: string, why it is not here)lua"},
      {"Avatar", "What P.avatar returns.", R"lua(id: string, the hash of the picture: another one has another
file?: File, the picture, unless it is the known one)lua"},
      {"SendOptions", "Of P.send; replies take min_trust, priority, expires_in and files.", R"lua(account?: string, the name of the account to send from
min_trust?: Trust, leaves out keys below it
priority?: "low" | "normal" | "high", of messages that wait
expires_in?: integer, seconds (as of P.period) after which it is not sent any more
name?: string, how this plugin calls the message
update?: boolean, a message of that name that is there gets this text
files?: (File | string)[], go out after the text, 10 at most
answers?: Target, the message that this one answers)lua"},
      {"HearOptions", "Of P.hear and P.on.", R"lua(min_trust?: Trust, of the key that wrote it
emoji?: string, of a reaction that was added)lua"},
      {"CommandOptions", "Of P.command.", R"lua(min_trust?: Trust, of the key that gives it
role?: string, only for whom the operator named under it
aliases?: string[], other names
cooldown?: Period, between two of one person
approvals?: { need: integer, of: string, within?: Period }, how many of a role have to agree before it runs
confirm?: string, the question to ask first, a template)lua"},
      {"HookOptions", "Of P.hook.", R"lua(auth: string, "bearer:" and the operator's name of the secret: a token, or what signs)lua"},
      {"EndpointOptions", "Of P.http.", R"lua(auth: string, "bearer:" and the operator's name of the secret: a token, nothing signed
status?: integer, what is answered, 200
answer?: string, a JSON object as a text, "{}"
once?: string, this part of the path names the delivery
each?: string, each item of this list in the body is an event
id?: string, this member names an item
order?: string, items with the same here stay in their order
passing?: string[], of the first of these lists that is there each item is an event of now)lua"},
      {"FetchOptions", "Of P.fetch.", R"lua(json?: any, is sent as JSON
form?: table<string, any>, is sent as a form
body?: string, is sent as it is
body_file?: File | string, a file that is sent, with its Content-Type among the headers
save_as?: string | { name: string, media_type?: string }, what a 2xx brings is kept as a file
method?: string, "GET", or "POST" with something to send
headers?: table<string, string>, by their names
query?: table<string, any>, of the address
timeout?: Period, for all attempts together, a minute at most
retries?: integer, attempts after the first one, 5 at most
max_size?: integer, bytes of the answer)lua"},
      {"Response", "What P.fetch returns.", R"lua(ok: boolean, the status is 2xx
status: integer, 0: there is no answer
headers: table<string, string>, by name in lower case
body: string, of the answer
error?: string, why there is no answer
final?: boolean, there is no answer, and asking again would bring none
file?: File, what was kept with save_as)lua"},
      {"Mail", "Of P.mail.", R"lua(to: string | string[], addresses
subject: string, one line
text: string, what it says
files?: (File | string)[], go along
in_reply_to?: string, the Message-ID that it answers
references?: string[], of the thread, the oldest first
from_name?: string, beside our address
by_hand?: boolean, a person wrote it
tell_sent?: boolean, P.on("mail_sent") hears of it)lua"},
      {"Program", "One of P.programs.", R"lua(name: string, as P.run calls it
usage: string, with its arguments
help: string, what it does)lua"},
      {"Match", "What a regular expression found: [0] is the whole, [1] … the groups, and those with a name by it. A group that "
                "took no part is nil.",
       "[integer]: string, by number\n[string]: string, by name"},
      {"Calendar", "A time as a clock shows it.", R"lua(year: integer, four digits
month: integer, 1 to 12
day: integer, of the month
hour: integer, 0 to 23
minute: integer, 0 to 59
second: integer, 0 to 59
weekday: integer, 1 is Monday
offset: integer, seconds that the zone is ahead of UTC)lua"},
      {"Space", "What P.kv returns.", ""},
      {"Ids", "What P.ids returns.", ""},
      {"Expression", "What P.re returns.", ""},
      {"Counter", "What P.metrics.counter returns.", ""},
      {"Gauge", "What P.metrics.gauge returns.", ""},
      {"Histogram", "What P.metrics.histogram returns.", ""},
  };
  return all;
}

}  // namespace omegate::plugin::reference
