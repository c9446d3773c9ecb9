-- What a Prosody should have for a bot; the rest of its configuration stays as it is.
modules_enabled = {
  "pep";        -- device lists and key bundles live there: without it no OMEMO
  "mam";        -- the archive: what came while the bot was away
  "smacks";     -- a lost connection loses no message
  "carbons"; "blocklist"; "roster"; "disco"; "ping"; "saslauth"; "tls"; "limits";
}

-- Key bundles are fetched by people who are not in the bot's contact list: PEP nodes of the bot are open by themselves
-- (it publishes them so); nothing is to be set here.

-- Debian's default of 10 kB/s slows a bot down that sends to many: a message for five devices has about 3 kB.
limits = {
  c2s = { rate = "100kb/s"; burst = "2s" };
}

-- Keep a lost stream long enough for a restart of the bot, or of its machine.
smacks_hibernation_time = 600

archive_expires_after = "1w"
