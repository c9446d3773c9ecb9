// `omegate trust stale` and `omegate trust purge`: devices that seem dead.
#pragma once

namespace CLI {
class App;
}

namespace omegate::app {

class Invocation;

void add_trust_stale(CLI::App& trust, Invocation& invocation);

}  // namespace omegate::app
