-- Names of pictures: ntfy's tags, and :names: in what is meant for Slack and its like. Those that are not here stay words.
--
-- Source: docs.ntfy.sh/emojis, github.com/ikatyang/emoji-cheat-sheet, the usual ones.

local pictures = {
  warning = "⚠️", rotating_light = "🚨", skull = "💀", fire = "🔥", no_entry = "⛔", no_entry_sign = "🚫", x = "❌", boom = "💥",
  white_check_mark = "✅", heavy_check_mark = "✔️", ballot_box_with_check = "☑️", tada = "🎉", partying_face = "🥳", ["+1"] = "👍",
  ["-1"] = "👎", computer = "💻", floppy_disk = "💾", cd = "💿", package = "📦", mag = "🔍", key = "🔑", lock = "🔒", bell = "🔔",
  no_bell = "🔕", loudspeaker = "📢", mailbox = "📫", email = "📧", house = "🏠", door = "🚪", car = "🚗", battery = "🔋",
  electric_plug = "🔌", bulb = "💡", droplet = "💧", thermometer = "🌡️", snowflake = "❄️", sunny = "☀️", cloud = "☁️", zap = "⚡",
  clock1 = "🕐", hourglass = "⌛", calendar = "📅", chart_with_upwards_trend = "📈", chart_with_downwards_trend = "📉",
  red_circle = "🔴", orange_circle = "🟠", yellow_circle = "🟡", green_circle = "🟢", blue_circle = "🔵", red_square = "🟥",
  green_heart = "💚", heart = "❤️", broken_heart = "💔", robot = "🤖", rocket = "🚀", bug = "🐛", construction = "🚧", arrow_up = "⬆️",
  arrow_down = "⬇️", information_source = "ℹ️", question = "❓", exclamation = "❗", wave = "👋", eyes = "👀", coffee = "☕",
  alarm_clock = "⏰", stopwatch = "⏱️", large_blue_circle = "🔵", large_green_circle = "🟢", large_yellow_circle = "🟡",
  large_orange_circle = "🟠", white_circle = "⚪", black_circle = "⚫", bangbang = "‼️", link = "🔗", memo = "📝", shield = "🛡️",
  chart = "📈", ambulance = "🚑", helmet_with_white_cross = "⛑️", point_right = "👉", sos = "🆘", siren = "🚨",
}

return pictures
