-- Adds code='404' (XEP-0086) to item-not-found errors, as ejabberd does and Prosody does not.
-- Profanity 0.13 publishes the first device list of an account only when it sees that code.
local filters = require "util.filters";
local stanzas_ns = "urn:ietf:params:xml:ns:xmpp-stanzas";

local function add_code(stanza)
	local error = stanza.attr and stanza.attr.type == "error" and stanza:get_child("error");
	if error and error:get_child("item-not-found", stanzas_ns) then error.attr.code = error.attr.code or "404"; end
	return stanza;
end

local function watch(session) filters.add_filter(session, "stanzas/out", add_code); end

function module.load() filters.add_filter_hook(watch); end
function module.unload() filters.remove_filter_hook(watch); end
