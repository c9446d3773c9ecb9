// The parts of a message: which is its text, which are attachments. Inside edge/mime only.
#pragma once

#include "bridge/edge/mime/gmime.hpp"
#include "bridge/edge/mime/read.hpp"

namespace omegate::mime {

/// Throws `Refused`: too many, too deep.
void read_parts(GMimeMessage& message, Message& read);

}  // namespace omegate::mime
