// The whole command line as data: verbs, options, words, help texts. Manual pages and completions are made of it.
//
// Not here: how they look (scripts/make_manual.py).
#pragma once

#include <boost/json/object.hpp>

namespace CLI {
class App;
}

namespace omegate::app {

/// VERB    {name, about, notes?, words: [WORD], options: [OPTION], verbs: [VERB]}
/// WORD    {name, about, required, repeats}: what stands at a place of its own
/// OPTION  {names: ["-h", "--help"], about, value? (its name; none: a flag), default?, choices?: [text], repeats}
boost::json::object describe(const CLI::App& verb);

}  // namespace omegate::app
