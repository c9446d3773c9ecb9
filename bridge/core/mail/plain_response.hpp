// What says who logs in, to a mail server: the message of SASL PLAIN.
//
// Inside core/mail only.
#pragma once

#include <string>

#include "bridge/core/crypto/secret.hpp"

namespace omegate::mail {

/// Source: RFC 4616 §2; RFC 4954 §4.
inline crypto::SecretBytes plain_response(const std::string& user, const crypto::SecretBytes& password) {
  Bytes message(1, 0);
  message.reserve(2 + user.size() + password.size());
  message.insert(message.end(), user.begin(), user.end());
  message.push_back(0);
  message.insert(message.end(), password.bytes().begin(), password.bytes().end());
  crypto::SecretBytes secret{ByteView(message)};
  crypto::wipe(message);
  return secret;
}

}  // namespace omegate::mail
