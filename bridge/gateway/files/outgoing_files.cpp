#include "bridge/gateway/files/outgoing_files.hpp"

#include "bridge/gateway/files/file_record.hpp"

namespace omegate::gateway {

std::optional<OutgoingFile> outgoing_file(store::Tables& tables, std::string_view handle) {
  const auto stored = tables.files.find(handle);
  if (!stored || stored->state != store::FileState::here) return std::nullopt;
  const FileRecord record = decode_file(stored->details);
  return OutgoingFile{stored->id.value(), record.file.name, record.file.media_type, stored->size, record.sha256};
}

}  // namespace omegate::gateway
