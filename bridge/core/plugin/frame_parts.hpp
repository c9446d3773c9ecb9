// Effects and calls as members of frames. Internal to core/plugin: frame.hpp is what others use.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/plugin/avatar.hpp"
#include "bridge/core/plugin/call.hpp"
#include "bridge/core/plugin/effect.hpp"
#include "bridge/core/plugin/endpoint.hpp"
#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/event_parts.hpp"
#include "bridge/core/plugin/fetch.hpp"
#include "bridge/core/plugin/json.hpp"
#include "bridge/core/plugin/program.hpp"
#include "bridge/core/plugin/schedule.hpp"

namespace omegate::plugin {

/// The objects in an array, each read by `read`.
template <class Read>
auto read_objects(Members& members, std::string_view name, Read read) {
  std::vector<decltype(read(members))> values;
  for (const boost::json::value& value : members.array(name)) {
    if (!value.is_object()) {
      members.fail(Error::wrong_member);
      break;
    }
    Members inner(value.get_object());
    values.push_back(read(inner));
    if (inner.error()) members.fail(inner.error());
  }
  return values;
}

boost::json::object effect_object(const Effect& effect);
Effect read_effect(Members& members);

boost::json::array programs_array(const std::vector<ProgramUsage>& programs);
ProgramUsage read_program_usage(Members& members);
boost::json::object run_object(const RunProgram& run);
RunProgram read_run(Members& members);

boost::json::array reads_array(const std::vector<KvRead>& reads);
KvRead read_kv_read(Members& members);

Result<boost::json::object> to_object(const KvGet& get);
Result<boost::json::object> to_object(const KvKeys& keys);
Result<boost::json::object> to_object(const KvValue& value);
Result<boost::json::object> to_object(const KvPage& page);
Result<boost::json::object> to_object(const ZoneAsk& ask);
Result<boost::json::object> to_object(const ZoneTime& time);
Result<boost::json::object> to_object(const FileAsk& ask);
Result<boost::json::object> to_object(const FileText& text);
FileAsk read_file_ask(Members& members);
FileText read_file_text(Members& members);
Result<boost::json::object> to_object(const AvatarAsk& ask);
Result<boost::json::object> to_object(const AvatarSeen& seen);
AvatarAsk read_avatar_ask(Members& members);
AvatarSeen read_avatar_seen(Members& members);
Result<boost::json::object> to_object(const Fetch& fetch);
Result<boost::json::object> to_object(const Fetched& fetched);
Fetch read_fetch(Members& members);
Fetched read_fetched(Members& members);
ZoneAsk read_zone_ask(Members& members);
ZoneTime read_zone_time(Members& members);
boost::json::object endpoint_object(const Endpoint& endpoint);
Endpoint read_endpoint(Members& outer);
boost::json::object schedule_object(const Schedule& schedule);
Schedule read_schedule(Members& members);
KvGet read_kv_get(Members& members);
KvKeys read_kv_keys(Members& members);
KvValue read_kv_value(Members& members);
KvPage read_kv_page(Members& members);

}  // namespace omegate::plugin
