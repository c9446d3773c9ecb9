// What a mail server tells of a delivery: multipart/report with message/delivery-status. Inside edge/mime only.
//
// Source: RFC 3464 §2, RFC 6522.
#pragma once

#include "bridge/edge/mime/gmime.hpp"
#include "bridge/edge/mime/read.hpp"

namespace omegate::mime {

void read_report(GMimeMultipart& report, Message& read);

}  // namespace omegate::mime
