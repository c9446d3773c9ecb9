// A mail that came, as the event that a plugin hears.
//
// Not here: where its files are put (mail_intake.hpp).
#pragma once

#include <string_view>
#include <vector>

#include "bridge/core/mail/server_session.hpp"
#include "bridge/core/plugin/mail_event.hpp"
#include "bridge/edge/mime/read.hpp"

namespace omegate::gateway {

/// What it is, by its header and its envelope.
mail::Nature nature_of(const mime::Message& message, const mail::Envelope& envelope);

/// May whoever logged in write as this mail's author? One who is bound to addresses may as one author, whose address is among them.
bool may_write_as_author(const mime::Message& message, const mail::Envelope& envelope);

/// All but `recipients` and `files`. `authserv_id`: whose Authentication-Results are believed; empty: nobody's.
plugin::Mail mail_event(const mime::Message& message, const mail::Envelope& envelope, std::string_view authserv_id, WallTime now);

}  // namespace omegate::gateway
