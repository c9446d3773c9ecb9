#include "bridge/edge/mime/gmime.hpp"

#include <mutex>

namespace omegate::mime {

void use_gmime() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

}  // namespace omegate::mime
