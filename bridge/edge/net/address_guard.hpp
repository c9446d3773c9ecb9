// Which addresses a request on somebody's behalf may go to.
//
// Without it a URL from outside, or a name that its owner points anywhere, reaches what only this machine can see:
// databases on the loopback interface, the router, the metadata service of a cloud. It judges addresses and not names:
// ask it after the lookup, and connect to exactly what it let pass.
//
// Not here: looking names up (dns.hpp), connecting (connect.hpp).
// Source: RFC 6890 and the IANA special-purpose address registries, RFC 6052, RFC 3056.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace omegate::net {

enum class AddressKind {
  everywhere,    // a public unicast address
  here,          // loopback, private, shared (CGNAT) and unique local ones: an operator may want them
  never,         // link-local (cloud metadata), multicast, unspecified, reserved, embedded IPv4 of those
};

/// What kind it is and, if it is not public, its name: "a loopback address". IPv4 inside IPv6 (mapped, NAT64, 6to4)
/// counts as what is inside; mapped ones never count as public.
struct AddressVerdict {
  AddressKind kind = AddressKind::never;
  std::string_view name;
};

AddressVerdict look_at(const boost::asio::ip::address& address);

class AddressGuard {
 public:
  /// `allow_private`: the operator named the host and wants it reached wherever in their network it is.
  explicit AddressGuard(bool allow_private = false) : allow_private_(allow_private) {}

  bool allows(const boost::asio::ip::address& address) const {
    const AddressKind kind = look_at(address).kind;
    return kind == AddressKind::everywhere || (allow_private_ && kind == AddressKind::here);
  }
  bool allows_private() const { return allow_private_; }

 private:
  bool allow_private_;
};

}  // namespace omegate::net
