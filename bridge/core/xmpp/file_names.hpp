// What files are called, and what that says of them. Names come from outside and end up before people and
// plugins, and as the suggestion of a command line; they never say where anything lies.
//
// Source: XEP-0446 §3; RFC 6838 §4.2 (media types).
#pragma once

#include <string>
#include <string_view>

namespace omegate::xmpp {

/// `text` as the name of a file: no folder, no control character or turn of direction, no dot in front, at
/// most `max_file_name` bytes, whole characters. "file" if nothing is left.
std::string safe_file_name(std::string_view text);

/// The last part of the path, decoded, as `safe_file_name`.
std::string name_in_url(std::string_view url);

/// "type/subtype" in lower case; "application/octet-stream" for everything that is none.
std::string safe_media_type(std::string_view text);

/// What the end of a name says: "image/png" for "a.PNG". "application/octet-stream" if it says nothing.
std::string media_type_of(std::string_view name);

}  // namespace omegate::xmpp
