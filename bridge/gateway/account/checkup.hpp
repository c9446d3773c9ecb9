// An account examined on its own stream: what its server can do, and whether contacts can reach its device.
//
// Looks and changes nothing; what is wrong with our nodes is repaired at the next connection (own_nodes.hpp).
// Not here: files and disks (app/cli/doctor_files.hpp), the gateway's other parts (operator_doctor.cpp).
// Source: XEP-0030, XEP-0163, XEP-0202, XEP-0384 §5.3, XEP-0478.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/gateway/account/finding.hpp"
#include "bridge/gateway/devices/own_device.hpp"
#include "bridge/gateway/signal.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

struct AccountMemory;

/// Somebody waits for the findings about an account.
struct CheckupRequest {
  explicit CheckupRequest(asio::any_io_executor strand) : done(std::move(strand)) {}
  std::optional<std::vector<Finding>> findings;
  Signal done;
};

/// One per examination. Used on the account's strand. The end of the stream passes through as
/// `StreamFailure`.
class Checkup {
 public:
  Checkup(AccountMemory& memory, Stream& stream) : memory_(memory), stream_(stream) {}

  asio::awaitable<std::vector<Finding>> run();

 private:
  void look_at_login();
  void look_at_stream();
  asio::awaitable<void> look_at_server();
  asio::awaitable<void> look_at_upload();
  asio::awaitable<void> look_at_clock();
  asio::awaitable<void> look_at_list(omemo::Version version, const OwnDevice& own);
  asio::awaitable<void> look_at_bundle(omemo::Version version, const OwnDevice& own);
  asio::awaitable<void> look_at_access(std::string check, std::string node);
  asio::awaitable<void> look_at_others();
  void add(Finding::Level level, std::string check, std::string evidence, std::string fix = {});

  AccountMemory& memory_;
  Stream& stream_;
  std::vector<Finding> findings_;
  std::vector<std::pair<omemo::Version, omemo::DeviceId>> others_;  // listed, of the account's other clients
};

/// Examines whenever somebody asks, until the stream ends.
asio::awaitable<void> examine_when_asked(AccountMemory& memory, Stream& stream);

}  // namespace omegate::gateway
