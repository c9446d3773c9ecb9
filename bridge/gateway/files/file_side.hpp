// What an account needs to send and receive files.
#pragma once

#include "bridge/edge/http/client.hpp"

namespace omegate::net {
class Names;
class TlsTrust;
}  // namespace omegate::net

namespace omegate::gateway {

class FileDesk;

struct FileSide {
  FileDesk* desk = nullptr;  // outlives the account
  net::Names* names = nullptr;
};

/// Connections for files: https only, and into the own network only to hosts that the settings name. Everything
/// referenced must outlive it.
http::Connect file_connect(net::Names& names, net::TlsTrust& trust, const FileDesk& desk);

/// How long a transfer of so many bytes may take, and how large it may be.
http::ClientLimits transfer_limits(std::uint64_t size);

/// The host of an address for the log: what follows it may be a secret.
std::string host_of(const std::string& url);

}  // namespace omegate::gateway
