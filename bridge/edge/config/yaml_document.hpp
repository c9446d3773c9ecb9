// A file's text as YAML.
//
// Inside edge/config only.
#pragma once

#include <string>

#include "bridge/edge/config/yaml_section.hpp"

namespace omegate::config {

/// Null if the text is empty. A second document, behind a line "---", is a fault: nobody would read it.
/// Throws `YAML::Exception`.
YAML::Node load_document(Reading& reading, const std::string& text);

}  // namespace omegate::config
