// The ledger in a file: one JSON object a line, each row with its place in the chain and its signature.
//
// The first line is {"omegate_ledger": 1, "signed_by": hex of the key that signed the first row}. What the
// rows say in words is for reading; what counts is `entry`, which is verified. Not here: what is done with it
// (ledger_verbs.hpp, import_verb.hpp).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/trust/chain.hpp"
#include "bridge/core/trust/view.hpp"

namespace omegate::app {

struct LedgerFile {
  std::string first_key;  // hex: signed the first row
  std::string last_key;   // hex: would sign the next one
  std::uint64_t rows = 0, forgotten = 0;
  trust::Head head;
  std::optional<trust::Fault> fault;  // the first bad row; then `view` ends before it
  trust::View view;
};

/// Whether a text begins as such a file does.
bool is_ledger_file(std::string_view content);

boost::json::object ledger_header(const std::string& first_key);

/// Reads and verifies. Throws `std::runtime_error` naming the line that is not of such a file.
LedgerFile read_ledger_file(std::istream& in, const std::string& name);

}  // namespace omegate::app
