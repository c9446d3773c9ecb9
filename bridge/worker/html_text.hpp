// HTML to text for a chat: feeds and webhooks bring it.
//
// Not here: rendering. Tags go, blocks and <br> become line breaks, list items get a dash, links keep their
// address.
#pragma once

#include <string>
#include <string_view>

namespace omegate::worker {

/// Linear in time. What is not HTML comes back as it is, with blanks put together.
std::string html_to_text(std::string_view html);

}  // namespace omegate::worker
