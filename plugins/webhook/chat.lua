-- What is meant for another chat: Slack (and what speaks like it: Mattermost, Rocket.Chat), Discord, Teams' cards.
--
-- Source: docs.slack.dev "Sending messages using incoming webhooks", "Formatting message text"; Discord "Execute webhook".

local P = ...
local text = require "text"
local pictures = require "pictures"
local chat = {}

local entities = { amp = "&", lt = "<", gt = ">", quot = '"' }
local longest_list = 20 -- fields, blocks or embeds of one message
local longest_pieces = 200 -- of what is written in one block

-- `<url|label>`, `<!channel>`, `&amp;`, `:warning:`: to what a person reads.
local function plain(value)
  local function link(inner)
    local target, label = inner:match("^(.-)|(.*)$")
    target = target or inner
    if target:match("^!") then return "@" .. (label or target:sub(2):match("^%a+") or "all") end
    if target:match("^[@#]") then return label or target end
    target = target:gsub("^mailto:", "")
    if not label or label == target then return target end
    return label .. " (" .. target .. ")"
  end
  value = value:gsub("<([^<>\n]+)>", link)
  value = value:gsub("%f[:%w]:([%w_+-]+):%f[^:%w]", pictures)
  return (value:gsub("&(%a+);", entities))
end

local function of(value)
  local found = text.of(value)
  return found and text.of(plain(found))
end

local function fields_of(list, name, value)
  local lines = {}
  for i, field in ipairs(text.table(list)) do
    if i > longest_list then break end
    field = text.table(field)
    local title, content = of(field[name]), of(field[value])
    if title or content then lines[#lines + 1] = (title and title .. ": " or "") .. (content or "") end
  end
  return table.concat(lines, "\n")
end

local colours = { danger = text.firing, warning = text.warning, good = text.resolved }

-- Blocks and attachments hold one another.
local function each_of(list, read)
  local shown = {}
  for i, each in ipairs(text.table(list)) do
    if i > longest_list then break end
    local one = read(text.table(each))
    if one and one ~= "" then shown[#shown + 1] = one end
  end
  return table.concat(shown, "\n")
end

-- The pieces of one line, one after the other: texts, links, names of people and pictures. Sections and lists are lines of their own.
local function rich(element)
  local kind = element.type
  if kind == "emoji" then return pictures[element.name] or element.name and ":" .. tostring(element.name) .. ":" end
  if kind == "link" then
    local label, url = text.of(element.text), text.link(element.url)
    return label and url and label ~= url and label .. " (" .. url .. ")" or url or label
  end
  if kind == "broadcast" then return "@" .. (text.of(element.range) or "all") end
  if kind == "user" or kind == "usergroup" or kind == "channel" then return "@" .. (text.first(element, { "user_id", "usergroup_id", "channel_id" }) or kind) end
  if type(element.text) == "string" then return element.text end
  local parts = {}
  for i, each in ipairs(text.table(element.elements)) do
    if i > longest_pieces then break end
    parts[#parts + 1] = rich(text.table(each))
  end
  if kind ~= "rich_text" and kind ~= "rich_text_list" then return table.concat(parts) end
  return (kind == "rich_text_list" and #parts > 0 and "• " or "") .. table.concat(parts, kind == "rich_text_list" and "\n• " or "\n")
end

local function button(element)
  local url = text.link(text.at(element, "url"))
  return url and (of(text.at(element, "text.text")) or "open") .. ": " .. url
end

local function block(each)
  local kind = each.type
  if kind == "section" or kind == "header" then
    local fields = {}
    for _, field in ipairs(text.table(each.fields)) do fields[#fields + 1] = of(text.at(field, "text")) end
    return text.lines(of(text.at(each, "text.text")), table.concat(fields, "\n"), button(text.table(each.accessory)))
  elseif kind == "context" then
    local parts = {}
    for _, element in ipairs(text.table(each.elements)) do parts[#parts + 1] = of(text.at(element, "text")) end
    return table.concat(parts, " ")
  elseif kind == "actions" then
    return each_of(each.elements, button)
  elseif kind == "rich_text" then
    return text.trim(rich(each))
  elseif kind == "markdown" then
    return of(each.text)
  elseif kind == "image" or kind == "video" then
    return text.lines(of(text.at(each, "title.text")) or of(each.alt_text), text.link(each.image_url) or text.link(each.title_url))
  end
end

local function attachment(each)
  local title, link = of(each.title), text.link(each.title_link)
  local body = of(each.text)
  local shown = text.lines(of(each.pretext), title and (colours[each.color] and colours[each.color] .. " " or "") .. title,
    body, each_of(each.blocks, block), fields_of(each.fields, "title", "value"), link, each_of(each.actions, function(action)
      local url = text.link(action.url)
      return url and (of(action.text) or "open") .. ": " .. url
    end), text.link(each.image_url))
  return shown ~= "" and shown or of(each.fallback)
end

function chat.fits_slack(json)
  local first = text.table(text.table(json.attachments)[1])
  local is_attachment = first.fallback ~= nil or first.text ~= nil or first.title ~= nil or first.fields ~= nil or first.blocks ~= nil
  return is_attachment and json.version == nil and json.embeds == nil
    or type(json.blocks) == "table"
    or text.of(json.text) ~= nil and (json.channel ~= nil or json.username ~= nil or json.icon_emoji ~= nil or json.mrkdwn ~= nil)
end

function chat.read_slack(json)
  local blocks = each_of(json.blocks, block)
  -- With blocks `text` is only the notification's line, and repeats them.
  local body = blocks ~= "" and blocks or of(json.text)
  return { title = of(json.title), text = text.lines(body, each_of(json.attachments, attachment)) }
end

-- A text that only says `text` may still use Slack's links.
function chat.plain(value)
  if value:match("<https?://[^>%s]+|[^>]*>") or value:match("<!%a+>") then return plain(value) end
  return value
end

function chat.fits_discord(json)
  return type(json.embeds) == "table" or text.of(json.content) ~= nil and (json.username ~= nil or json.avatar_url ~= nil)
end

function chat.read_discord(json)
  local function embed(each)
    return text.lines(text.get(each, "author.name"), text.of(each.title), text.of(each.description),
      fields_of(each.fields, "name", "value"), text.link(each.url), text.link(text.at(each, "image.url")), text.get(each, "footer.text"))
  end
  return { text = text.lines(text.of(json.content), each_of(json.embeds, embed)) }
end

-- Telegram's `sendMessage`, in what is written for it. Source: core.telegram.org/bots/api, "Formatting options".
function chat.fits_telegram(json)
  return json.chat_id ~= nil and text.of(json.text) ~= nil
end

function chat.read_telegram(json)
  local is_html = (text.of(json.parse_mode) or ""):lower() == "html"
  return { text = is_html and P.html_to_text((json.text:gsub("\n", "<br>"))) or text.of(json.text) }
end

function chat.fits_card(json)
  return json["@type"] == "MessageCard"
end

function chat.read_card(json)
  local function section(each)
    return text.lines(text.of(each.activityTitle), text.of(each.activitySubtitle), text.of(each.text),
      fields_of(each.facts, "name", "value"))
  end
  local function action(each)
    return text.link(text.at(text.table(each.targets)[1], "uri"))
  end
  return {
    title = text.first(json, { "title", "summary" }),
    text = text.lines(text.of(json.text), each_of(json.sections, section), each_of(json.potentialAction, action)),
  }
end

-- Teams' newer cards, alone or in a message; what lies in containers and columns is told in its order.
local function adaptive(element)
  local kind = element.type
  if kind == "TextBlock" then return text.of(element.text) end
  if kind == "FactSet" then return fields_of(element.facts, "title", "value") end
  if kind == "RichTextBlock" then
    local parts = {}
    for _, run in ipairs(text.table(element.inlines)) do parts[#parts + 1] = type(run) == "table" and text.of(run.text) or text.of(run) end
    return table.concat(parts, " ")
  end
  return text.lines(each_of(element.body, adaptive), each_of(element.items, adaptive), each_of(element.columns, adaptive),
    each_of(element.actions, function(action)
      local url = text.link(action.url)
      return url and (text.of(action.title) or "open") .. ": " .. url or nil
    end))
end

local function is_adaptive(json)
  return type(json) == "table" and json.type == "AdaptiveCard"
end

function chat.fits_adaptive(json)
  return is_adaptive(json) or is_adaptive(text.at(text.table(json.attachments)[1], "content"))
end

function chat.read_adaptive(json)
  if is_adaptive(json) then return { text = adaptive(json) } end
  return { text = text.lines(text.of(json.text), each_of(json.attachments, function(each) return adaptive(text.table(each.content)) end)) }
end

-- Google Chat: cards, or cardsV2, beside a text or not. Source: developers.google.com/workspace/chat, "Card".
local function html(value)
  local found = text.of(value)
  return found and text.of(P.html_to_text(found))
end

local function google_widget(widget)
  local labelled = text.table(widget.decoratedText or widget.keyValue)
  local label, value = of(labelled.topLabel), html(labelled.text or labelled.content)
  local links = each_of(widget.buttons or text.at(widget, "buttonList.buttons"), function(button)
    local shown = text.table(button.textButton or button)
    local url = text.link(text.at(shown, "onClick.openLink.url"))
    return url and (of(shown.text) or "open") .. ": " .. url or nil
  end)
  return text.lines(html(text.at(widget, "textParagraph.text")), value and (label and label .. ": " or "") .. value, links)
end

local function google_card(card)
  card = text.table(card.card or card)
  return text.lines(html(text.at(card, "header.title")), html(text.at(card, "header.subtitle")), each_of(card.sections, function(section)
    return text.lines(html(section.header), each_of(section.widgets, google_widget))
  end))
end

function chat.fits_google(json)
  return type(json.cards) == "table" or type(json.cardsV2) == "table"
end

function chat.read_google(json)
  return { text = text.lines(of(json.text), each_of(json.cards, google_card), each_of(json.cardsV2, google_card)) }
end

return chat
