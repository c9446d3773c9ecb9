// `omegate trust log`, `explain`, `verify`, `export`, `checkpoint`, `rotate` and `forget`.
#pragma once

namespace CLI {
class App;
}

namespace omegate::app {

class Invocation;

void add_trust_ledger(CLI::App& trust, Invocation& invocation);

}  // namespace omegate::app
