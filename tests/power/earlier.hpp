// A database that an earlier version of the program wrote (tests/data/databases), and what must be in it after today's
// program has opened it.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "bridge/edge/store/key_file.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::power {

class Earlier {
 public:
  /// The versions there are such databases of: numbers of the newest step of the schema, sorted.
  static std::vector<std::size_t> all();

  explicit Earlier(std::size_t schema);

  std::size_t schema() const { return schema_; }
  store::FileKey key() const;

  /// Puts the database into `folder` as omegate.db, as its version left it; `anchor`, a path, gets the anchor, if that
  /// version had one.
  void put(const std::string& folder, const std::string& anchor) const;

  /// Brings it as far as version `to` and not further, as the versions in between did.
  void carry(const std::string& folder, std::size_t to) const;

  /// What today's program does not find, or cannot go on with; empty: nothing. Opens and uses it.
  std::string fault(const std::string& folder, const std::string& anchor = {}) const;

 private:
  std::string missing(store::Tables& tables) const;
  std::string missing_identity(store::Tables& tables) const;
  std::string missing_trust(store::Tables& tables) const;
  std::string missing_rows(store::Tables& tables) const;
  std::string missing_of_later_tables(store::Tables& tables) const;
  std::string unsealed(store::Tables& tables) const;
  gateway::Sender sender(store::Tables& tables, std::string_view account) const;
  bool has(std::string_view thing) const;

  std::size_t schema_;
  std::string place_;
  boost::json::object content_;
};

}  // namespace omegate::power
