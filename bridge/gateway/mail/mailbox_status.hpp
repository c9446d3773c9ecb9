// A folder whose mail is fetched, as an operator sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bridge/core/base/time.hpp"

namespace omegate::gateway {

struct MailboxStatus {
  bool is_open = false;
  bool is_told = false;                           // open: the server tells of new mail by itself; else it is asked
  WallTime since{};                               // it is open, or it is not
  std::string trouble = {};                       // why it is not; empty: the first try goes on
  bool is_lasting = false;                        // and somebody has to mend it: the login, the settings
  std::optional<WallTime> next_try = {};          // not open: when it is tried again
  std::optional<WallTime> last_mail = {};         // that was taken since we started
  std::optional<std::uint32_t> failing = {};      // the number of a mail that the server cannot show
  int tries = 0;                                  // of that one
};

}  // namespace omegate::gateway
