// `omegate trust stale` and `omegate trust purge`: devices that seem dead.
#pragma once

#include "bridge/app/cli/parser.hpp"

namespace omegate::app {

class Invocation;

void add_trust_stale(Parser trust, Invocation& invocation);

}  // namespace omegate::app
