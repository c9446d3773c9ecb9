// The typed configuration of a plugin: what `plugin.yaml` promises and what the operator wrote, compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omegate::plugin {

enum class FieldType { string, integer, boolean, jid, secret, account, host, mail, mail_to, trust, priority, list, map, record };

std::string_view to_text(FieldType type);
std::optional<FieldType> field_type(std::string_view text);

/// One value of the configuration. A `list` and a `map` have the field of their elements in `of`, a `record`
/// its named fields in `fields`.
struct Field {
  std::string name;
  FieldType type = FieldType::string;
  bool required = false;
  std::string default_json;  // empty: none
  std::string help;
  std::vector<Field> of;  // one element, or none
  std::vector<Field> fields;
};

/// Something in the operator's configuration does not fit.
struct Problem {
  std::vector<std::string> path;  // {"hooks", "alerts", "to", "0"}
  std::string what;               // "expected a bare JID, found \"bob\""

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// "hooks.alerts.to[0]: expected …", for people.
std::string to_text(const Problem& problem);

struct CheckedConfig {
  std::string json = "{}";                           // with the defaults filled in
  std::vector<Problem> problems;                     // all of them; empty means usable
  std::vector<std::string> jids, secrets, accounts;  // named by fields of these types
  std::vector<std::string> hosts = {}, mail_to = {};  // the same
  std::vector<std::string> mail = {};                // patterns of addresses, the same
};

/// `config` is the JSON object the operator wrote. Unknown keys are problems.
CheckedConfig check_config(const std::vector<Field>& schema, std::string_view config);

}  // namespace omegate::plugin
