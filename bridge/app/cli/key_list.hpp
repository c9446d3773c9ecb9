// Keys, contacts and the ledger, as text for people.
#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "bridge/app/cli/screen.hpp"

namespace omegate::app {

/// KEYs, grouped by contact.
void print_keys(Screen& screen, const std::vector<boost::json::object>& keys);
void print_contact(Screen& screen, const boost::json::object& contact);  // CONTACT
void print_facts(Screen& screen, const boost::json::object& page);       // {rows: [FACT], more}
/// EXPLAINED
void print_explained(Screen& screen, const boost::json::object& explained);
void print_ledger(Screen& screen, const boost::json::object& ledger);    // LEDGER

}  // namespace omegate::app
