local P = ...

P.command("mail <to:word> <text>", "Writes one", function(cmd)
  local id = P.mail { to = P.json.decode(cmd.args.to) or cmd.args.to, subject = "From " .. cmd.from, text = cmd.args.text,
                      in_reply_to = "<question@example.net>", references = { "<question@example.net>" }, tell_sent = true }
  cmd:reply("written " .. id)
end)

P.command("inject <text>", "Tries to write a header", function(cmd)
  P.mail { to = "juliet@example.net", subject = cmd.args.text .. "\r\nBcc: eve@example.com", text = "x" }
end)

P.command("attach <file:word>", "Writes one with a file", function(cmd)
  P.mail { to = "juliet@example.net", subject = "A file", files = { cmd.args.file }, by_hand = true, tell_sent = true }
end)

P.on("mail_sent", function(ev)
  ev:reply("sent " .. ev.message_id .. " to " .. ev.recipients[1].address)
end)

P.on("mail_failed", function(ev)
  for _, recipient in ipairs(ev.recipients) do ev:reply("failed " .. recipient.address .. ": " .. recipient.reason) end
end)
