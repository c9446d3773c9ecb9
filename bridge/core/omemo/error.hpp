// Everything a peer can do wrong in OMEMO. One name per cause, so a log line names the cause.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

namespace omegate::omemo {

enum class Error {
  device_id_out_of_range = 1,
  malformed,                  // bytes that are no message of this version
  bad_key,                    // a public key that is no usable point
  bad_signature,              // a signed prekey its identity key did not sign
  no_prekey,                  // a bundle without a usable one-time prekey
  bad_authentication_tag,     // wrong session or altered message; also every forgery
  message_already_received,   // its key was used; harmless after a crash, else a replay
  too_many_skipped_messages,  // more keys would have to be kept than we keep
  session_exhausted,          // 2^32 - 1 messages without an answer
  payload_not_authentic,      // the ratchet message was good, the payload was not
  bad_payload,                // lengths of payload, IV and key material that do not go together
  outdated_payload,           // the tag at the end of the payload, as clients of 2016 wrote it
  bad_state,                  // stored bytes that are no session or key of ours
  bad_fingerprint,
  bad_uri,
};

boost::system::error_code make_error_code(Error error);

}  // namespace omegate::omemo

template <>
struct boost::system::is_error_code_enum<omegate::omemo::Error> : std::true_type {};
