-- Tells what it hears of files, reads them and sends them on; for tests.

local P = ...

P.on("message", function(ev)
  if not ev.files then return end
  for _, file in ipairs(ev.files) do
    if file.state ~= "here" then
      ev:reply(file.name .. " is " .. file.state .. ": " .. (file.reason or ""))
    else
      local text, why = P.file_text(file)
      ev:reply(("%s, %s, %d bytes: %s"):format(file.name, file.media_type, file.size, text or why))
      P.send("bob@example.net", "from " .. ev.from, { files = { file } })
    end
  end
end)
