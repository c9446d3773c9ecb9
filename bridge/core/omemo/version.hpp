// The two versions of OMEMO in use.
#pragma once

#include <string_view>

namespace omegate::omemo {

enum class Version {
  legacy,  // eu.siacs.conversations.axolotl, XEP-0384 0.3
  omemo2,  // urn:xmpp:omemo:2, XEP-0384 0.8 and later
};

/// "legacy", "omemo2": for logs, tables and the command line.
constexpr std::string_view name(Version version) { return version == Version::legacy ? "legacy" : "omemo2"; }

}  // namespace omegate::omemo
