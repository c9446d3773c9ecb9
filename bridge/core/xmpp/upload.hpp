// A place for a file on the server's upload service: which service there is, the request, its answer.
//
// Not here: the HTTP request (edge/http), what is uploaded (gateway/files/uploads.hpp).
// Source: XEP-0363 1.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/disco.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

/// Payload of a get to a server: what belongs to it.
xml::Element items_request();
/// The JIDs of the answer, without those that name a node; `max_server_items` at most. Errors: `malformed`.
Result<std::vector<Jid>> parse_items(const xml::Element& iq);

struct UploadService {
  Jid jid;
  std::optional<std::uint64_t> max_size{};  // of one file as it is uploaded; nothing: it names none. Unit: bytes

  friend bool operator==(const UploadService&, const UploadService&) = default;
};

/// What `info`, the answer of `jid` to disco#info, says. Nothing: it takes no files.
std::optional<UploadService> upload_service(const Jid& jid, const DiscoInfo& info);

/// Payload of a get. `size`: of exactly the bytes that will be sent.
xml::Element slot_request(std::string_view file_name, std::uint64_t size, std::string_view media_type);

struct UploadSlot {
  std::string put, get;  // both https, no fragment
  std::vector<std::pair<std::string, std::string>> headers;  // Authorization, Cookie, Expires; no line breaks in them
};

/// Of a result. Errors: `malformed` (no slot, an address that is not https, a header that could break out of
/// its line or is too long). Headers of other names are skipped.
Result<UploadSlot> parse_slot(const xml::Element& iq);

/// Why there is no slot.
struct SlotRefusal {
  bool too_large = false;
  std::optional<std::uint64_t> max_size{};  // with `too_large`, if the service says so
  std::optional<WallTime> retry{};          // when to ask again
  bool for_good = false;                    // asking again is of no use
  std::string text;                         // for logs and people
};

/// `iq` is an answer of type error.
SlotRefusal parse_slot_refusal(const xml::Element& iq);

}  // namespace omegate::xmpp
