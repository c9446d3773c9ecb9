#include "bridge/core/omemo/error.hpp"

#include <string>

namespace omegate::omemo {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "omemo"; }
  std::string message(int code) const override {
    switch (static_cast<Error>(code)) {
      case Error::device_id_out_of_range:
        return "device id is not in 1 .. 2^31-1";
      case Error::malformed:
        return "bytes are no message of this OMEMO version";
      case Error::bad_key:
        return "public key is not usable";
      case Error::bad_signature:
        return "signed prekey is not signed by the identity key";
      case Error::no_prekey:
        return "no one-time prekey";
      case Error::bad_authentication_tag:
        return "message does not authenticate";
      case Error::message_already_received:
        return "message key was already used";
      case Error::too_many_skipped_messages:
        return "message skips more keys than we keep";
      case Error::session_exhausted:
        return "session has sent 2^32-1 messages without an answer";
      case Error::payload_not_authentic:
        return "payload does not authenticate";
      case Error::bad_payload:
        return "payload, IV and key material do not go together";
      case Error::outdated_payload:
        return "payload of an outdated sender: its tag is not protected by the session";
      case Error::bad_state:
        return "stored bytes are no OMEMO state";
      case Error::bad_fingerprint:
        return "text is no fingerprint: 64 hex digits are due";
      case Error::bad_uri:
        return "text is no xmpp: URI";
    }
    return "unknown OMEMO error";
  }
};

}  // namespace

boost::system::error_code make_error_code(Error error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

}  // namespace omegate::omemo
