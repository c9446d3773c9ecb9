// Whose mail it is, and who sent it, where no envelope came along: what the server that took it wrote in front of it.
//
// Each server on the way writes above what is there, so the topmost field counts; a sender's own stands below, unless our
// server writes none. Not here: who wrote it (edge/mime).
// Source: RFC 5321 §4.4 (Return-Path), RFC 9228 (Delivered-To); Postfix and Exim for X-Original-To and Envelope-To.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/mail/address.hpp"

namespace omegate::mail {

/// The value of the topmost field of that name, unfolded. Nothing: there is none in the header.
std::optional<std::string> top_field(std::string_view message, std::string_view name);

/// Whom the topmost X-Original-To, Delivered-To and Envelope-To name, in this order. Each is an address.
std::vector<Address> delivered_to(std::string_view message);

struct ReturnPath {
  bool is_known = false;
  std::optional<Address> sender = {};  // nothing: `<>`
};
ReturnPath return_path(std::string_view message);

}  // namespace omegate::mail
