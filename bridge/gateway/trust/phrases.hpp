// What a bot says to people by itself, in the language of its account.
//
// Pure. Not here: when it says it (key_news.hpp, chat_desk.hpp, tell_sender.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/core/base/language.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/gateway/messages/unread.hpp"

namespace omegate::gateway {

/// To the sender of a message that nobody here could read; what to do is part of it.
std::string cannot_read(Language language, UnreadCause cause);

/// To a contact, on devices that are trusted already. `code`: the first digits of the new key.
std::string is_this_yours(Language language, std::uint32_t device, std::string_view code);
std::string answer_counts(Language language, bool yes, std::string_view code);

/// To a contact, with the old key, before it goes. `fingerprint`: of the next one, in groups.
struct KeyChange {
  std::uint32_t before = 0, device = 0;
  std::string fingerprint;
  bool stolen = false;
};
std::string my_key_changes(Language language, const KeyChange& change);

/// About a command that several people have to agree to. `given` of `need` have.
struct ApprovalWords {
  std::string code, giver, text;
  std::size_t given = 0, need = 0;
  WallTime until{};
};
std::string waits_for_approval(Language language, const ApprovalWords& words);  // to who gave it
std::string approve_this(Language language, const ApprovalWords& words);        // to who may agree
std::string counted(Language language, const ApprovalWords& words);             // to who did
std::string was_denied(Language language, const std::string& text, const std::string& by);
std::string too_many_requests(Language language);
/// To who agreed in a message that another of its readers could have changed.
std::string could_be_forged(Language language);

/// Before the text of a message that is sent to a device which was not there, or not trusted, when it was said.
std::string again(Language language, WallTime said);
/// The same of what was said in a room, for it comes from us alone.
std::string again_from_room(Language language, WallTime said, const std::string& room);

/// To an admin's device whose key is trusted less than orders need.
std::string not_trusted_enough(Language language, std::string_view needed);

}  // namespace omegate::gateway
