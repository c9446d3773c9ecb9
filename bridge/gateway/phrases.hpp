// What a bot says to people by itself, in the language of its account.
//
// Pure. Not here: when it says it (key_news.hpp, chat_desk.hpp, tell_sender.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/core/base/language.hpp"
#include "bridge/gateway/unread.hpp"

namespace omegate::gateway {

/// To the sender of a message that nobody here could read; what to do is part of it.
std::string cannot_read(Language language, UnreadCause cause);

/// To a contact, on devices that are trusted already. `code`: the first digits of the new key.
std::string is_this_yours(Language language, std::uint32_t device, std::string_view code);
std::string answer_counts(Language language, bool yes, std::string_view code);

/// To an admin's device whose key is trusted less than orders need.
std::string not_trusted_enough(Language language, std::string_view needed);

}  // namespace omegate::gateway
