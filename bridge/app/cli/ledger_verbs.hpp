// `omegate trust log`, `explain`, `verify`, `export`, `checkpoint`, `rotate` and `forget`.
#pragma once

#include "bridge/app/cli/parser.hpp"

namespace omegate::app {

class Invocation;

void add_trust_ledger(Parser trust, Invocation& invocation);

}  // namespace omegate::app
