// What is known about a file besides its content: the sealed details of a row of `files`.
//
// Not here: the row (edge/store/file_table.hpp), the content (file_desk.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/xmpp/file_sharing.hpp"
#include "bridge/edge/store/file_table.hpp"

namespace omegate::gateway {

/// A received file has `sources`, where it lies; one of ours has none. Holds keys: never print it.
struct FileRecord {
  xmpp::SharedFile file;  // name, type, and what its sender claims of size and hashes
  std::string from{};     // bare JID of who sent it; empty: it is ours
  Bytes sha256{};         // of the content, once it is here
  std::string reason{};   // why it could not be fetched
};

Bytes encode(const FileRecord& record);
/// Rows are written by us: throws `std::runtime_error` for what is none.
FileRecord decode_file(ByteView bytes);

/// The same for one place, as an outbox row keeps where it was uploaded to.
std::string encode_source(const xmpp::FileSource& source);
xmpp::FileSource decode_source(std::string_view text);

/// Of a file that somebody offers in a message from `from`.
store::NewFile offered_file(store::AccountId account, const std::string& from, const xmpp::SharedFile& file,
                            WallTime expires);

}  // namespace omegate::gateway
