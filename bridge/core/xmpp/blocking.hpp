// The list of blocked contacts.
//
// Source: XEP-0191 1.3.
#pragma once

#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

struct BlockingPush {
  bool block = true;      // false: unblock
  std::vector<Jid> jids;  // empty with `block == false`: all
};

bool is_blocking_push(const xml::Element& iq);
/// Errors: `wrong_sender`, `malformed`.
Result<BlockingPush> parse_blocking_push(const xml::Element& iq, const Jid& own);

}  // namespace omegate::xmpp
