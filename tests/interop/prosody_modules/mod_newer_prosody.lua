-- What Debian's mod_sasl2 and mod_sasl2_fast expect of a Prosody newer than 0.12: methods of a connection that ask
-- its TLS layer, and the stream's attributes in "stream-features". Tokens are then bound by tls-exporter; SCRAM is not,
-- because the Prosody's own knows tls-unique alone. Then a date of a time with fractions, and a shortcut of stanzas.
local datetime = require "util.datetime";
local whole_datetime = datetime.datetime;
function datetime.datetime(time) return whole_datetime(time and math.floor(time)); end

local stanza_methods = getmetatable(require "util.stanza".stanza("any")).__index;
function stanza_methods:get_child_attr(name, xmlns, attr)
	local child = self:get_child(name, xmlns);
	return child and child.attr[attr];
end

local function teach(conn)
	local methods = getmetatable(conn).__index;
	if methods.ssl_info then return end
	function methods:ssl_info() return self:socket():info(); end
	function methods:ssl_exportkeyingmaterial(...)
		local socket = self:socket();
		return socket.exportkeyingmaterial and socket:exportkeyingmaterial(...);
	end
end

local function exporter(handler)
	return handler.userdata["tls-exporter"]:ssl_exportkeyingmaterial("EXPORTER-Channel-Binding", 32, "");
end

-- Before mod_sasl2.
module:hook("stream-features", function (event)
	if event.origin.type ~= "c2s_unauthed" or not event.origin.secure then return end
	teach(event.origin.conn);
	event.stream = event.stream or { from = "somebody@"..module.host };  -- it only looks for an account's name
end, 100);

-- Before mod_sasl2_fast, which binds as the password's mechanism would; mod_saslauth has replaced that one since.
module:hook_tag("urn:xmpp:sasl:2", "authenticate", function (session, request)
	if not request:get_child("fast", "urn:xmpp:fast:0") then return end
	if session.conn:ssl_info().protocol ~= "TLSv1.3" then return end
	session.sasl_handler:add_cb_handler("tls-exporter", exporter);
	session.sasl_handler.userdata = { ["tls-exporter"] = session.conn };
end, 200);
