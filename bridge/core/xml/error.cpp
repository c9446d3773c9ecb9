#include "bridge/core/xml/error.hpp"

#include <string>

namespace omegate::xml {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "xml"; }
  std::string message(int code) const override {
    switch (static_cast<Error>(code)) {
      case Error::malformed:
        return "XML is not well-formed";
      case Error::invalid_characters:
        return "text is not UTF-8 or has characters XML forbids";
      case Error::forbidden_construct:
        return "DTD, entity, comment or processing instruction";
      case Error::stanza_too_large:
        return "stanza is larger than we accept";
      case Error::too_deep:
        return "elements are nested too deep";
      case Error::too_many_attributes:
        return "element has too many attributes";
      case Error::too_many_namespaces:
        return "element declares too many namespaces";
      case Error::name_too_long:
        return "name is too long";
    }
    return "unknown XML error";
  }
};

}  // namespace

boost::system::error_code make_error_code(Error error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

}  // namespace omegate::xml
