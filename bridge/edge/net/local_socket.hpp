// Unix sockets as files: what was left there, and who may come in.
//
// Both throw `std::system_error`, which names the path.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace omegate::net {

/// A socket nobody listens at is left from a process that died; it goes. Anything else stays, and is an error.
void clear_the_way(const std::filesystem::path& path);

/// Between `bind` and `listen`: until the mode is right nobody can connect. `group`: whose it becomes; empty: it stays.
void set_mode(const std::filesystem::path& path, mode_t mode, const std::string& group);

}  // namespace omegate::net
