// Reading our own message archive page by page: the query and what ends a page.
//
// Not here: the results themselves (message.hpp), where reading continues and what becomes of the messages
// (gateway/account/catch_up.hpp).
// Source: XEP-0313 1.1.3 §4, XEP-0059 §2.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/xml/element.hpp"

namespace omegate::xmpp {

/// Where a page begins.
struct AfterId {
  std::string id;  // of the archive, never of a message
};
struct SinceTime {
  WallTime time;
};
/// The page that ends with the newest message.
struct LastPage {};
using ArchiveStart = std::variant<AfterId, SinceTime, LastPage>;

/// `<query/>` for the account's own archive. `query_id` must be unguessable: it tells our results from forged
/// ones. The server may send less than `max` messages.
xml::Element archive_query(std::string_view query_id, const ArchiveStart& start, std::size_t max);

/// What came with a page.
struct ArchiveFin {
  bool complete = false;            // nothing newer is there
  bool stable = true;               // false: ids and order may still change
  std::optional<std::string> last;  // id of the page's newest message; nothing: the page is empty
};

/// `payload` of the answer to the query. Errors: `malformed`.
Result<ArchiveFin> parse_archive_fin(const xml::Element& iq);

}  // namespace omegate::xmpp
