-- Writes every stanza that crosses this server to a file, as the server itself sees it: after TLS.
-- What must stay secret from the server must not be found in there.
local filters = require "util.filters";
local path = module:get_option_string("stanza_log_file");
local file = assert(io.open(path, "a"));
file:setvbuf("line");

local function note(direction, session)
	return function(stanza)
		file:write(direction, " ", session.full_jid or session.username or "?", " ", tostring(stanza), "\n");
		return stanza;
	end;
end

local function watch(session)
	filters.add_filter(session, "stanzas/in", note("from", session), 1000);
	filters.add_filter(session, "stanzas/out", note("to", session), -1000);
end

function module.load() filters.add_filter_hook(watch); end
function module.unload() filters.remove_filter_hook(watch); end
