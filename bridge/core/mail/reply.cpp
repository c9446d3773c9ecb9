#include "bridge/core/mail/reply.hpp"

#include "bridge/core/mail/text.hpp"

namespace omegate::mail {

std::string to_line(const Reply& reply) {
  std::string line = std::to_string(reply.code) + " ";
  if (!reply.status.empty()) line += reply.status + " ";
  for (const char c : reply.text) line += is_ascii(c) && !is_control(c) ? c : '?';
  return line + "\r\n";
}

}  // namespace omegate::mail
