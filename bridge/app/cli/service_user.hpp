// Files that `omegate init` writes as root for the gateway that runs as a service, under a user of its own.
//
// Not here: that user (deploy/systemd/omegate.sysusers), the folders of its data (the unit makes them).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace omegate::app {

/// The folder of the system's configs, and where the unit keeps the data of the one in `folder`: of the one instance
/// (/etc/omegate) or of one of several (/etc/omegate/NAME). Empty: no unit reads a config there.
std::optional<std::filesystem::path> service_data_dir(const std::filesystem::path& folder);

/// The unit that reads the config in that folder: "omegate" or "omegate@NAME". Empty: none, or systemd does not run here.
std::string service_unit(const std::filesystem::path& folder);

/// Gives these files to the user omegate, and the folder to its group. Nothing happens unless we are root and there is
/// such a user. True if it was done. Throws `std::system_error` naming the file.
bool give_to_service(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& files);

}  // namespace omegate::app
