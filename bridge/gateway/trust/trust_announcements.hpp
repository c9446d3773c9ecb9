// What other devices are told when a person here verifies or revokes a key (XEP-0450).
//
// Only devices that are authenticated themselves hear of it, and only in OMEMO 2, whose form of keys the
// messages speak. Works inside a transaction. Not here: sealing and sending (key_news.cpp), what comes in
// (trust_messages.hpp).
#pragma once

#include <vector>

#include "bridge/core/trust/entry.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

struct Announcement {
  store::DeviceRef to;
  xml::Element message;
};

/// Devices of contacts that are verified and know us in OMEMO 2.
std::vector<store::DeviceRef> verified_devices(store::Tables& tables, const Sender& self);

/// Nothing if the entry is no decision of a person, or a key's Edwards form is not known.
std::vector<Announcement> announcements_of(store::Tables& tables, const Sender& self,
                                           const trust::Entry& entry);

}  // namespace omegate::gateway
