#include "bridge/core/xml/stream_reader.hpp"

#include "bridge/core/xml/parser.hpp"

namespace omegate::xml {

StreamReader::StreamReader(const Limits& limits)
    : parser_(std::make_unique<Parser>(Parser::Input::stream, limits)) {}
StreamReader::StreamReader(StreamReader&&) noexcept = default;
StreamReader& StreamReader::operator=(StreamReader&&) noexcept = default;
StreamReader::~StreamReader() = default;

Result<> StreamReader::feed(ByteView bytes) { return parser_->feed(as_text(bytes)); }
std::optional<StreamEvent> StreamReader::next() { return parser_->next(); }
std::size_t StreamReader::cut() const { return parser_->cut(); }
void StreamReader::set_max_stanza(std::size_t bytes) { parser_->set_max_stanza(bytes); }

}  // namespace omegate::xml
