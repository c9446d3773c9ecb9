#include "bridge/core/xmpp/error.hpp"

#include <string>

namespace omegate::xmpp {
namespace {

const char* text_of(Error error) {
  switch (error) {
    case Error::out_of_order:
      return "server broke the order TLS, SASL, bind";
    case Error::bad_stream_header:
      return "server's stream header is not of XMPP 1.0";
    case Error::malformed:
      return "stanza lacks what it must have";
    case Error::bad_jid:
      return "not an XMPP address";
    case Error::no_usable_mechanism:
      return "server offers no login mechanism that we accept";
    case Error::downgrade_suspected:
      return "server's login offers contradict each other or are weaker than before";
    case Error::bad_challenge:
      return "server's SCRAM message is malformed";
    case Error::nonce_mismatch:
      return "server's SCRAM nonce does not continue ours";
    case Error::bad_iteration_count:
      return "server asks for too few or too many SCRAM iterations";
    case Error::offers_altered:
      return "login offers were altered on the way";
    case Error::server_refused:
      return "server refused the login";
    case Error::server_not_authentic:
      return "server did not prove that it knows the password";
    case Error::bad_password_text:
      return "password has characters that cannot be used";
    case Error::acknowledged_too_much:
      return "server acknowledged more stanzas than were sent";
    case Error::acknowledged_backwards:
      return "server took back an acknowledgement";
    case Error::unacknowledged_overflow:
      return "too many stanzas wait for an acknowledgement";
    case Error::too_many_keys:
      return "encrypted message has too many keys";
    case Error::blob_too_large:
      return "encrypted message key is too large";
    case Error::bad_encoding:
      return "not base64";
    case Error::ambiguous:
      return "an element stands twice where one is allowed";
    case Error::wrong_sender:
      return "sender is not who it must be";
    case Error::wrong_recipient:
      return "envelope is addressed to somebody else";
    case Error::bad_caps:
      return "entity capabilities cannot be verified";
    case Error::wrong_hash:
      return "picture is not the one that its hash names";
  }
  return "unknown XMPP error";
}

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "xmpp"; }
  std::string message(int code) const override { return text_of(static_cast<Error>(code)); }
};

}  // namespace

boost::system::error_code make_error_code(Error error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

}  // namespace omegate::xmpp
