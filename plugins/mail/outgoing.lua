-- Mail that goes out: an answer to a mail in a chat becomes a mail in its thread, and `mail ADDRESS SUBJECT` writes a new
-- one. Only people and rooms that the operator named as writers may; only to addresses that they named.
--
-- What came in is known by what incoming.lua keeps of it under its Message-ID; what went out is remembered here, so that a
-- report about it comes back to whoever wrote it.

local P = ...
local words = require "words"

local mails = P.kv "mails" -- Message-ID → { to, subject, references }: as incoming.lua keeps them
local written = P.kv "written" -- Message-ID → { to = jid or room, account, subject, with = addresses }: what was written here

local longest_subject, longest_id = 200, 200 -- bytes
local remembered = "30d"

local outgoing = {}

local function is_in(list, value)
  for _, each in ipairs(list) do
    if value and each:lower() == value:lower() then return true end
  end
  return false
end

local function may_write(ev) return is_in(P.cfg.writers, ev.room or ev.from) end

-- As the gateway compares them; asked beforehand so that a person is told what is wrong.
local function may_get(address)
  for _, pattern in ipairs(P.cfg.write_to) do
    local domain = pattern:match "^%*(@.+)$"
    if pattern == "*" or address:lower() == pattern:lower() or domain and address:lower():sub(-#domain) == domain:lower() then
      return true
    end
  end
  return false
end

local function in_brackets(id)
  if not id or id == "" then return nil end
  return id:sub(1, 1) == "<" and id or "<" .. id .. ">"
end

local function bare(id) return (id or ""):match "^<?(.-)>?$" end

local function answer_subject(subject)
  if subject:lower():match "^re:" or subject:lower():match "^aw:" then return subject end
  return "Re: " .. subject
end

local function writer_name(ev)
  if not P.cfg.show_writer then return nil end
  return words.line(ev.nick or ev.from:match "^[^@]*", 100) .. " (chat)"
end

-- The files that are here, and a sentence about the others.
local function sort_files(ev)
  local here, missing = {}, {}
  for _, file in ipairs(ev.files or {}) do
    if file.state == "here" then
      here[#here + 1] = file
    else
      missing[#missing + 1] = ("%s did not come along: %s"):format(words.line(file.name, 100), file.reason or file.state)
    end
  end
  return here, missing
end

-- Writes it, or says why not. `thread` has in_reply_to and references.
local function write(ev, to, subject, text, thread)
  for _, address in ipairs(to) do
    if not may_get(address) then P.fail("I may not write to %s: write_to in the settings does not name it.", words.line(address, 200)) end
  end
  local here, missing = sort_files(ev)
  if #missing > 0 then P.fail("Nothing was sent: %s", table.concat(missing, "; ")) end
  local id = P.mail {
    to = to, subject = words.line(subject, longest_subject), text = text, files = here, by_hand = true, from_name = writer_name(ev),
    in_reply_to = thread and thread.in_reply_to, references = thread and thread.references,
  }
  written:put(bare(id), {
    to = ev.room or ev.from, account = ev.account, subject = words.line(subject, longest_subject), with = P.json.array(to),
  }, { expires_in = remembered })
  return id
end

-- Kept by whoever passes a mail on and does not call its message "mail MESSAGE-ID": `sent` is the handle of that message,
-- `mail` has message_id, subject, references and either reply_to and authors (lists of {address=}) or from (an address).
function outgoing.remember(sent, mail)
  local people = {}
  local named = mail.reply_to and #mail.reply_to > 0 and mail.reply_to or mail.authors or { { address = mail.from } }
  for place, someone in ipairs(named) do
    if place <= 5 then people[place] = { address = someone.address } end
  end
  mails:put("sent " .. sent, {
    id = bare(mail.message_id), to = P.json.array(people), subject = words.line(mail.subject or "", 300),
    references = P.json.array(mail.references or {}),
  }, { expires_in = remembered })
end

-- What is known of the mail that this message of ours passed on, and its Message-ID; nil if it passed on none.
local function mail_behind(reply_to)
  if not reply_to or not reply_to.own then return nil end
  local kept = reply_to.handle and mails:get("sent " .. reply_to.handle)
  if kept then return kept, kept.id end
  local id = (reply_to.name or ""):match "^mail (.+)$"
  if id then return mails:get(id) or false, id end
end

-- An answer in a chat to a mail that was passed on. False: it is none, and may be for somebody else.
function outgoing.answer(ev)
  local mail, id = mail_behind(ev.reply_to)
  if mail == nil then return false end
  if not may_write(ev) then P.fail "You are not among those who may write mails (writers in the settings)." end
  if not mail then P.fail "I do not remember that mail any more, so I do not know whom to answer." end
  local to, references = {}, {}
  for _, someone in ipairs(mail.to) do to[#to + 1] = someone.address end
  if #to == 0 then P.fail "That mail names nobody to answer." end
  for _, reference in ipairs(mail.references or {}) do references[#references + 1] = in_brackets(reference) end
  references[#references + 1] = in_brackets(id)
  while #references > 20 do table.remove(references, 2) end -- the first one is the thread's
  write(ev, to, answer_subject(mail.subject), ev.text, { in_reply_to = in_brackets(id), references = references })
  P.react(ev, "📨")
  return true
end

-- The chat in which the thread of an incoming mail began here, as { to, account }; nil if it did not. Only for those whom
-- that mail was for: its Message-ID is no secret.
function outgoing.chat_of(mail)
  for _, id in ipairs { mail.in_reply_to or "", table.unpack(mail.references or {}) } do
    local found = #bare(id) > 0 and #bare(id) <= longest_id and written:get(bare(id))
    for _, author in ipairs(found and mail.authors or {}) do
      if is_in(found.with, author.address) then return found end
    end
  end
end

-- A report about a mail of ours goes to whoever wrote it. False: it is about none of ours.
function outgoing.bounced(mail)
  local id = bare(mail.reported_id)
  if #id == 0 or #id > longest_id then return false end
  local about = written:get(id)
  if not about then return false end
  local lines = { ("📮 About your mail \"%s\":"):format(about.subject) }
  for place, report in ipairs(mail.reports or {}) do
    if place <= 10 then
      lines[#lines + 1] = words.line(("%s: %s %s %s"):format(report.recipient, report.action, report.status, report.diagnostic), 400)
    end
  end
  if #lines == 1 then lines[2] = words.line(mail.subject or "", 200) end
  P.send(about.to, table.concat(lines, "\n"), { account = about.account })
  return true
end

if #P.cfg.writers > 0 then
  P.command("mail <to:word> <subject>", "Writes a mail: the first line is its subject, the lines below its text",
    { min_trust = P.cfg.writers_trust }, function(cmd)
      if not may_write(cmd) then P.fail "You are not among those who may write mails (writers in the settings)." end
      local subject, text = cmd.args.subject:match "^([^\n]*)\n(.*)$"
      write(cmd, { cmd.args.to }, subject or cmd.args.subject, text or cmd.args.subject)
      cmd:reply(("📨 On its way to %s."):format(words.line(cmd.args.to, 200)))
    end)

  P.on("message", { min_trust = P.cfg.writers_trust }, function(ev)
    if ev.encrypted then outgoing.answer(ev) end
  end)
end

P.on("mail_failed", function(ev)
  local about = written:get(bare(ev.message_id))
  if not about then return end
  local lines = { ("❌ Your mail \"%s\" did not arrive:"):format(about.subject) }
  for _, recipient in ipairs(ev.recipients) do
    lines[#lines + 1] = words.line(recipient.address .. ": " .. recipient.reason, 500)
  end
  P.send(about.to, table.concat(lines, "\n"), { account = about.account })
end)

return outgoing
