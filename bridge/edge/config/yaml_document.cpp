#include "bridge/edge/config/yaml_document.hpp"

#include <vector>

namespace omegate::config {

YAML::Node load_document(Reading& reading, const std::string& text) {
  const std::vector<YAML::Node> documents = YAML::LoadAll(text);
  if (documents.empty()) return YAML::Node();
  if (documents.size() > 1)
    reading.fault(documents[1].Mark(),
                  "a second document begins here; expected one, without a line \"---\" in it");
  return documents.front();
}

}  // namespace omegate::config
