// Files in what somebody said, and what becomes of them before a plugin hears of it.
//
// Runs inside transactions. Not here: fetching (downloads.hpp).
// Source: XEP-0447, XEP-0448, XEP-0454.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/xmpp/file_sharing.hpp"
#include "bridge/core/xmpp/sce.hpp"
#include "bridge/edge/config/file_settings.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/message_events.hpp"

namespace omegate::gateway {

/// What a message says, and the files in it, which are not in the tables yet.
struct Said {
  SaidContent content;
  std::vector<xmpp::SharedFile> files;
};

/// A text that is a link to a file is no text.
Said said_in_legacy(std::string_view plaintext, const xmpp::Annotations& annotations);
/// Neither is one that only repeats a file for clients that do not know better.
Said said_in_envelope(const xmpp::Envelope& envelope);

/// Each gets a row and a handle.
std::vector<plugin::File> note_offered(store::Tables& tables, store::AccountId account, const std::string& from,
                                       const std::vector<xmpp::SharedFile>& files, WallTime expires, WallTime now);

/// How an event with files goes on.
struct FilesOfEvent {
  std::optional<WallTime> look_again{};  // some are on their way
  bool wanted = false;                   // that is new
  std::string payload{};                 // else: as it is now
};

/// `payload` of an event that a plugin is about to hear. Files that the settings allow for a key so trusted are fetched
/// first. Nothing: it has none.
std::optional<FilesOfEvent> look_at_files(store::Tables& tables, std::string_view payload,
                                          const config::FileSettings& settings, WallTime now);

/// As plugins and operators see it.
plugin::File as_seen(const store::StoredFile& file);

}  // namespace omegate::gateway
