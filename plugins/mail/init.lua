-- Brings mail into chats, and answers and mails written there out.

local _ = ...
require "incoming"
