#include "bridge/app/cli/ledger_file.hpp"

#include <boost/json/parse.hpp>
#include <istream>
#include <stdexcept>

#include "bridge/app/cli/screen.hpp"
#include "bridge/core/crypto/encoding.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr std::string_view mark = "omegate_ledger";
constexpr std::size_t max_line = 64 * 1024;  // bytes; a row has a few texts of 4 KiB at most

[[noreturn]] void refuse(const std::string& name, std::uint64_t line, const std::string& what) {
  throw std::runtime_error(name + ":" + std::to_string(line) + ": " + what);
}

json::object parse_line(const std::string& text, const std::string& name, std::uint64_t line) {
  boost::system::error_code error;
  const auto value = text.size() > max_line ? json::value() : json::parse(text, error);
  if (error || !value.is_object()) refuse(name, line, "expected a JSON object in one line");
  return value.get_object();
}

template <std::size_t Size>
bool read_exactly(const Result<Bytes>& from, std::array<Byte, Size>& to) {
  if (!from || from->size() != Size) return false;
  std::copy(from->begin(), from->end(), to.begin());
  return true;
}

/// Nothing if a field is not what it should be.
std::optional<trust::Row> row_of(const json::object& line) {
  trust::Row row;
  if (has(line, "entry")) {
    auto entry = crypto::from_base64(text(line, "entry"));
    if (!entry || entry->empty()) return std::nullopt;
    row.entry = std::move(*entry);
  }
  if (has(line, "salt") && !read_exactly(crypto::from_base64(text(line, "salt")), row.salt.emplace()))
    return std::nullopt;
  if (has(line, "commitment") &&
      !read_exactly(crypto::from_base64(text(line, "commitment")), row.commitment.emplace()))
    return std::nullopt;
  const bool whole = read_exactly(crypto::from_hex(text(line, "hash")), row.hash) &&
                     read_exactly(crypto::from_base64(text(line, "signature")), row.signature);
  return whole ? std::optional(row) : std::nullopt;
}

}  // namespace

bool is_ledger_file(std::string_view content) {
  return content.substr(0, 40).find(mark) != std::string_view::npos;
}

json::object ledger_header(const std::string& first_key) { return {{mark, 1}, {"signed_by", first_key}}; }

LedgerFile read_ledger_file(std::istream& in, const std::string& name) {
  std::string text_line;
  if (!std::getline(in, text_line)) refuse(name, 1, "it is empty");
  const auto header = parse_line(text_line, name, 1);
  if (number(header, mark) != 1)
    refuse(name, 1, R"(expected {"omegate_ledger": 1, "signed_by": …}; is it an export of a newer omegate?)");
  LedgerFile file;
  file.first_key = text(header, "signed_by");
  crypto::PublicKey key{};
  if (!read_exactly(crypto::from_hex(file.first_key), key))
    refuse(name, 1, "signed_by: expected 64 hex digits");
  trust::Verifier verifier(key);
  for (std::uint64_t line = 2; std::getline(in, text_line); ++line) {
    if (text_line.empty()) continue;
    const auto row = row_of(parse_line(text_line, name, line));
    if (!row) refuse(name, line, "expected entry, hash and signature of a row");
    const auto entry = verifier.next(*row);
    if (!entry) {
      file.fault = {verifier.head().seq + 1, static_cast<trust::Error>(entry.error().value())};
      break;
    }
    ++file.rows;
    if (entry->fact == trust::Fact::forgotten) ++file.forgotten;
    file.view.apply(*entry);
  }
  file.last_key = crypto::to_hex(verifier.signed_by());
  file.head = verifier.head();
  return file;
}

}  // namespace omegate::app
