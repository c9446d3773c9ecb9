-- Sonarr, Radarr and their siblings, which send one shape: what they did with which film or episode, and how they are.
--
-- Source: wiki.servarr.com, "Connections"; what their webhooks send is in their source, Notifications/Webhook.

local text = require "text"
local media = {}

local longest_list = 5 -- episodes named in one message

local deeds = { Grab = "grabbed", Download = "imported", Upgrade = "upgraded", Rename = "renamed", Test = "the hook works",
                SeriesAdd = "added", SeriesDelete = "deleted", EpisodeFileDelete = "deleted a file of", MovieAdded = "added",
                MovieDelete = "deleted", MovieFileDelete = "deleted a file of", ArtistAdd = "added", ArtistDelete = "deleted",
                AlbumDelete = "deleted", AuthorAdded = "added", AuthorDelete = "deleted", BookDelete = "deleted",
                ManualInteractionRequired = "needs a person for", ImportFailure = "could not import", DownloadFailure = "could not load" }

local function thing_of(json)
  local film, series = text.table(json.movie), text.table(json.series)
  local title = text.first(film, { "title" }) or text.first(series, { "title" }) or text.get(json, "artist.name")
    or text.get(json, "artist.artistName") or text.get(json, "author.name") or text.get(json, "album.title")
  local year = text.of(film.year) or text.of(series.year)
  return title and year and year ~= "0" and ("%s (%s)"):format(title, year) or title
end

local function episodes_of(json)
  local list, lines = text.table(json.episodes), {}
  for i, each in ipairs(list) do
    each = text.table(each)
    if i > longest_list then
      lines[#lines + 1] = ("… and %d more"):format(#list - longest_list)
      break
    end
    local season, number = math.tointeger(tonumber(each.seasonNumber)), math.tointeger(tonumber(each.episodeNumber))
    local place = season and number and ("S%02dE%02d"):format(season, number)
    lines[#lines + 1] = text.of(text.lines(place, text.of(each.title)):gsub("\n", " "))
  end
  return table.concat(lines, "\n")
end

function media.fits_arr(json)
  return text.of(json.eventType) ~= nil and text.of(json.instanceName) ~= nil
end

local function health(json, name)
  local restored = json.eventType == "HealthRestored"
  local level = (text.of(json.level) or "warning"):lower()
  return {
    title = ("%s %s: %s"):format(restored and text.resolved or text.sign(level) or text.warning, name,
      restored and "healthy again" or level),
    text = text.lines((restored and "was: " or "") .. (text.of(json.message) or "?"), not restored and text.link(json.wikiUrl) or nil),
    priority = not restored and text.priority(level) or nil,
    state = restored and "ok" or "firing",
    incident = text.incident("health " .. name .. " " .. (text.of(json.type) or ""), restored and "ok" or "firing"),
  }
end

function media.read_arr(json)
  local event, name = json.eventType, text.of(json.instanceName)
  if event == "Health" or event == "HealthRestored" then return health(json, name) end
  if event == "ApplicationUpdate" then
    return { title = ("%s: updated to %s"):format(name, text.of(json.newVersion) or "?"), text = text.of(json.message) or "" }
  end
  if event == "Download" and json.isUpgrade == true then event = "Upgrade" end
  local thing = thing_of(json)
  if event == "Test" then thing = nil end
  local release, file = text.table(json.release), text.table(json.episodeFile or json.movieFile)
  local why = {}
  for _, each in ipairs(text.table(json.downloadStatusMessages)) do
    for _, message in ipairs(text.table(text.table(each).messages)) do
      if #why < longest_list then why[#why + 1] = text.of(message) end
    end
  end
  local needs_person = event == "ManualInteractionRequired" or event == "ImportFailure" or event == "DownloadFailure"
  return {
    title = ("%s%s: %s%s"):format(needs_person and text.warning .. " " or "", name, deeds[event] or event, thing and " " .. thing or ""),
    text = text.lines(event ~= "Test" and episodes_of(json) or nil, table.concat(why, "\n"),
      text.of(release.quality) or text.of(file.quality), text.of(release.releaseTitle)),
    priority = "normal",
  }
end

return media
