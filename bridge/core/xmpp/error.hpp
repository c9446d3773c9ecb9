// What a server or a peer can do wrong in XMPP. One name per cause, so a log line names the cause.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

namespace omegate::xmpp {

enum class Error {
  // negotiation
  out_of_order = 1,   // the server broke the order TLS, SASL, bind
  bad_stream_header,  // not an XMPP 1.0 client stream
  malformed,          // a stanza without what it must have
  // JIDs
  bad_jid,
  // SASL
  no_usable_mechanism,  // nothing we accept was offered
  downgrade_suspected,  // the offers contradict each other, or are weaker than what this account used before
  bad_challenge,        // not the SCRAM message that was due
  nonce_mismatch,
  bad_iteration_count,   // outside `min_scram_iterations` … `max_scram_iterations`
  offers_altered,        // XEP-0474: the server offered something else than what we saw
  server_refused,        // e= in place of the server's signature
  server_not_authentic,  // success without a valid server signature
  bad_password_text,     // the password cannot be prepared (SASLprep)
  // stream management
  acknowledged_too_much,
  acknowledged_backwards,
  unacknowledged_overflow,  // `max_unacknowledged_stanzas` or bytes are waiting; ask again after an ack
  // OMEMO stanzas
  too_many_keys,
  blob_too_large,
  bad_encoding,  // base64
  ambiguous,     // two elements where one is allowed
  // SCE
  wrong_sender,
  wrong_recipient,
  // disco
  bad_caps,
  // avatars
  wrong_hash,
};

boost::system::error_code make_error_code(Error error);

}  // namespace omegate::xmpp

template <>
struct boost::system::is_error_code_enum<omegate::xmpp::Error> : std::true_type {};
