// How often each event of the log has happened since the start, whatever the log's level.
//
// Not here: the log (log.hpp), how it is shown (metrics.hpp). Event names are constants of ours, so there is a fixed
// number of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace omegate::gateway {

/// `kind`: for the few events whose cause is a word of ours (`counted_field`); else empty.
struct EventKey {
  std::string event, kind;
  bool operator<(const EventKey& other) const {
    return event != other.event ? event < other.event : kind < other.kind;
  }
};

/// The field that names one of a few causes, for the events that have one; where it is empty "kind" stands for it.
/// Others: empty.
std::string_view counted_field(std::string_view event);

/// Safe from every thread.
void count_event(std::string_view event, std::string_view kind);
std::map<EventKey, std::uint64_t> event_counts();

}  // namespace omegate::gateway
