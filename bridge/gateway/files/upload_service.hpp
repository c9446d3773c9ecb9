// Which part of the server takes files.
//
// Source: XEP-0363 §4.
#pragma once

#include <optional>

#include "bridge/core/xmpp/upload.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// Asks the server of `own` and what belongs to it. Nothing: none does. The end of the stream passes through.
asio::awaitable<std::optional<xmpp::UploadService>> find_upload_service(Stream& stream, xmpp::Jid own);

}  // namespace omegate::gateway
