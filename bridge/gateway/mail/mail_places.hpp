// Where mail comes from: the listeners and the folders there are now, for whoever counts or shows them.
//
// Not here: who makes them (gateway_mail.cpp), how they are shown (operator/operator_mail_places.cpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bridge/edge/config/mail_settings.hpp"

namespace omegate::gateway {

class Mailbox;

/// A listener of the settings.
struct MailDoor {
  config::MailListenerSettings settings;
  std::shared_ptr<const std::atomic<std::size_t>> connections;  // null: it does not listen
  std::string trouble = {};                                     // why not
};

struct MailPlaces {
  std::vector<std::shared_ptr<Mailbox>> mailboxes = {};
  std::vector<MailDoor> doors = {};
};

}  // namespace omegate::gateway
