// `omegate trust import`.
#pragma once

#include "bridge/app/cli/invocation.hpp"

namespace omegate::app {

void add_trust_import(Parser trust, Invocation& invocation);

}  // namespace omegate::app
