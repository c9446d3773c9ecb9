-- Passes on made-up mails, as incoming.lua does with real ones.
local P = ...
local outgoing = require "outgoing"

local mails = P.kv "mails"

P.command("arrives <id:word> <from:word> <subject>", "A mail comes", function(cmd)
  local mail = { message_id = cmd.args.id, authors = { { address = cmd.args.from } }, subject = cmd.args.subject, references = { "start@example.net" } }
  P.send(cmd.from, "✉️ " .. mail.subject, { name = "mail " .. mail.message_id })
  mails:put(mail.message_id, { to = mail.authors, subject = mail.subject, references = mail.references })
end)

P.command("remembered <id:word> <from:word> <subject>", "A mail comes, known by its message", function(cmd)
  local sent = P.send(cmd.from, "✉️ " .. cmd.args.subject)
  outgoing.remember(sent, { message_id = cmd.args.id, from = cmd.args.from, subject = cmd.args.subject })
end)

P.command("bounces <id:word> <recipient:word>", "A report comes", function(cmd)
  local known = outgoing.bounced { reported_id = cmd.args.id,
                                   reports = { { recipient = cmd.args.recipient, action = "failed", status = "5.1.1", diagnostic = "no such user" } } }
  if not known then cmd:reply "about none of ours" end
end)

P.command("home <id:word>", "Whose thread is that", function(cmd)
  local chat = outgoing.chat_of { in_reply_to = cmd.args.id, references = {} }
  cmd:reply(chat and chat.to or "nobody's")
end)
