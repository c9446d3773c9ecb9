#include "bridge/core/trust/entry.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/trust/limits.hpp"

namespace omegate::trust {

namespace {

constexpr std::array<std::pair<Fact, std::string_view>, 17> facts{{
    {Fact::seen, "seen"},
    {Fact::tofu, "tofu"},
    {Fact::trusted, "trusted"},
    {Fact::verified, "verified"},
    {Fact::revoked, "revoked"},
    {Fact::undecided, "undecided"},
    {Fact::policy, "policy"},
    {Fact::device_gone, "device_gone"},
    {Fact::device_back, "device_back"},
    {Fact::changed_key, "changed_key"},
    {Fact::restored, "restored"},
    {Fact::signing_key, "signing_key"},
    {Fact::forgot, "forgot"},
    {Fact::own_key, "own_key"},
    {Fact::set_aside, "set_aside"},
    {Fact::taken_back, "taken_back"},
    {Fact::approval, "approval"},
}};

bool is_fact(std::uint64_t number) {
  return std::any_of(facts.begin(), facts.end(),
                     [&](const auto& known) { return static_cast<std::uint64_t>(known.first) == number; });
}

/// Writes fields with their length in front.
class FieldWriter {
 public:
  void number(std::uint64_t value, std::size_t size) {
    length(size);
    big_endian(value, size);
  }
  void bytes(ByteView value) {
    length(value.size());
    out_.insert(out_.end(), value.begin(), value.end());
  }
  void text(std::string_view value) { bytes(as_bytes(value.substr(0, max_text))); }
  Bytes take() { return std::move(out_); }

 private:
  void length(std::size_t size) { big_endian(size, 4); }
  void big_endian(std::uint64_t value, std::size_t size) {
    while (size-- > 0) out_.push_back(static_cast<Byte>(value >> (8 * size)));
  }

  Bytes out_;
};

/// Reads them back. After the first mistake everything reads as empty and `fits` is false.
class FieldReader {
 public:
  explicit FieldReader(ByteView in) : in_(in) {}

  std::uint64_t number(std::size_t size) {
    const ByteView field = next();
    if (field.size() != size) return fail(), 0;
    return big_endian(field);
  }
  std::string text() {
    const ByteView field = next();
    if (field.size() > max_text) return fail(), std::string();
    return std::string(as_text(field));
  }
  void array(std::span<Byte> out) {
    const ByteView field = next();
    if (field.size() != out.size()) return fail();
    std::copy(field.begin(), field.end(), out.begin());
  }
  void fail() { fits_ = false; }
  bool at_end() const { return fits_ && in_.empty(); }

 private:
  static std::uint64_t big_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (const Byte byte : bytes) value = value << 8 | byte;
    return value;
  }
  ByteView next() {
    if (in_.size() < 4) return fail(), ByteView();
    const std::uint64_t size = big_endian(in_.first(4));
    in_ = in_.subspan(4);
    if (size > in_.size()) return fail(), ByteView();
    const ByteView field = in_.first(static_cast<std::size_t>(size));
    in_ = in_.subspan(field.size());
    return field;
  }

  ByteView in_;
  bool fits_ = true;
};

}  // namespace

std::string_view name(Fact fact) {
  for (const auto& [known, text] : facts)
    if (known == fact) return text;
  return fact == Fact::forgotten ? "forgotten" : "unknown";
}

std::optional<Fact> fact_named(std::string_view text) {
  for (const auto& [fact, known] : facts)
    if (known == text) return fact;
  return std::nullopt;
}

Bytes encode(const Entry& entry) {
  FieldWriter out;
  out.number(entry.seq, 8);
  out.number(static_cast<std::uint64_t>(to_ms(entry.time)), 8);
  out.text(entry.actor);
  out.text(entry.account);
  out.text(entry.peer);
  out.number(entry.device, 4);
  out.bytes(entry.key);
  out.number(static_cast<std::uint64_t>(entry.fact), 1);
  out.text(entry.value);
  out.text(entry.reason);
  return out.take();
}

Result<Entry> decode(ByteView row) {
  FieldReader in(row);
  Entry entry;
  entry.seq = in.number(8);
  entry.time = from_ms(static_cast<std::int64_t>(in.number(8)));
  entry.actor = in.text();
  entry.account = in.text();
  entry.peer = in.text();
  entry.device = static_cast<std::uint32_t>(in.number(4));
  in.array(entry.key);
  const std::uint64_t fact = in.number(1);
  if (!is_fact(fact)) return Error::undecodable_row;
  entry.fact = static_cast<Fact>(fact);
  entry.value = in.text();
  entry.reason = in.text();
  if (!in.at_end()) return Error::undecodable_row;
  return entry;
}

std::string fingerprint(const crypto::PublicKey& key) { return crypto::to_hex(key); }

}  // namespace omegate::trust
