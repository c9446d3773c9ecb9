// Fetching what others publish about their devices.
//
// Not here: our own nodes (own_nodes.hpp), what becomes of the answers (device_directory.hpp).
// Source: XEP-0384 §5.3, XEP-0163.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/omemo/bundle.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

enum class Fetch {
  ok,
  absent,       // there is no such node or item
  forbidden,    // the access model keeps us out: the contact has to change it, or we need its presence
  unreachable,  // may work later
  broken,       // there is something, and it is unusable
};

struct FetchedList {
  Fetch status = Fetch::unreachable;
  std::vector<xmpp::ListedDevice> devices;
  std::string reason;  // unless ok
};

struct FetchedBundle {
  Fetch status = Fetch::unreachable;
  std::optional<omemo::Bundle> bundle;  // verified
  std::string reason;
};

/// The end of the stream passes through as `StreamFailure`; everything else is in the answer.
asio::awaitable<FetchedList> fetch_device_list(Stream& stream, xmpp::Jid owner, omemo::Version version);
asio::awaitable<FetchedBundle> fetch_bundle(Stream& stream, xmpp::Jid owner, omemo::Version version,
                                            omemo::DeviceId device);

/// Asks; an answer that does not come in time is a `wait` error of ours.
asio::awaitable<xml::Element> ask(Stream& stream, xml::Element iq,
                                  std::chrono::milliseconds limit = Stream::default_request_limit);

/// Whether the answer is an error, and which.
std::optional<xmpp::StanzaError> error_in(const xml::Element& answer);

}  // namespace omegate::gateway
