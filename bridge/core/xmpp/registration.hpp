// Making an account on a server that lets anybody do so, in the stream before the login.
//
// Not here: changing a password, giving an account up. Whoever wants more than a name and a password (an address of mail, a
// riddle for people) is not answered: a person has to do that.
// Source: XEP-0077 §3.1, §4.
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

xml::Element registration_request(std::string_view id, const Jid& server);

/// What a server wants to know before it makes an account.
struct RegistrationForm {
  bool takes_name = false;    // else it makes none in a stream
  bool is_data_form = false;  // it is filled in as one (XEP-0004), not by plain elements
  std::string more;           // what is wanted besides name and password: "email, ocr"; empty: nothing
  std::string url;            // where a person can make an account; empty: not said
};

/// Of the server's answer to the request.
RegistrationForm parse_registration(const xml::Element& iq);

xml::Element registration(std::string_view id, const Jid& server, const RegistrationForm& form, std::string_view name,
                          std::string_view password);

}  // namespace omegate::xmpp
