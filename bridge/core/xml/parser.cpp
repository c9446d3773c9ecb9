#include "bridge/core/xml/parser.hpp"

#define XML_DTD  // expat.h hides the functions that limit amplification from whoever does not say this
#include <dlfcn.h>
#include <expat.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "bridge/core/xml/text.hpp"

namespace omegate::xml {
namespace {

// No character of a name or a namespace that expat accepts: nobody can write a namespace that reads as
// another one plus a name.
constexpr char separator = '\n';

// What expat may allocate, as a multiple of what it read, once it holds this much. The largest stanza, all of
// it open tags, makes it hold about 25 MiB; more is an attack on expat itself.
constexpr float max_amplification = 20;
constexpr unsigned long long amplification_threshold = 32 * 1024 * 1024;  // bytes

// Debian 12's expat got these with security updates. A program that was built beside an early revision runs with a later
// one after the next upgrade, which defers unless it is told not to: so it is asked what it can when the program runs, not when
// it is built.
struct LaterExpat {
  template <class Function>
  static Function* find(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
  }
  XML_Bool (*set_reparse_deferral)(XML_Parser, XML_Bool) = find<XML_Bool(XML_Parser, XML_Bool)>("XML_SetReparseDeferralEnabled");
  XML_Bool (*set_allocation_amplification)(XML_Parser, float) =
      find<XML_Bool(XML_Parser, float)>("XML_SetAllocTrackerMaximumAmplification");
  XML_Bool (*set_allocation_threshold)(XML_Parser, unsigned long long) =
      find<XML_Bool(XML_Parser, unsigned long long)>("XML_SetAllocTrackerActivationThreshold");
};

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_white_space(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_utf8_name(std::string_view encoding) {
  constexpr std::string_view expected = "utf-8";
  return std::equal(encoding.begin(), encoding.end(), expected.begin(), expected.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

Element without_content(const Element& element) {
  Element bare(element.local(), element.space());
  for (const Attribute& attribute : element.attributes()) bare.append_attribute(attribute);
  return bare;
}

}  // namespace

struct Parser::Handlers {
  static Parser& self(void* parser) { return *static_cast<Parser*>(parser); }

  static void XMLCALL start_element(void* parser, const char* name, const char** attributes) {
    self(parser).guarded([&] { self(parser).start_element(name, attributes); });
  }
  static void XMLCALL end_element(void* parser, const char*) {
    self(parser).guarded([&] { self(parser).end_element(); });
  }
  static void XMLCALL characters(void* parser, const char* text, int size) {
    self(parser).guarded(
        [&] { self(parser).characters(std::string_view(text, static_cast<std::size_t>(size))); });
  }
  static void XMLCALL start_namespace(void* parser, const char*, const char*) {
    self(parser).guarded([&] {
      if (++self(parser).namespaces_ > self(parser).limits_.namespaces) {
        self(parser).exceed(Error::too_many_namespaces);
      }
    });
  }
  static void XMLCALL declaration(void* parser, const char* version, const char* encoding, int) {
    self(parser).guarded([&] {
      const bool plain = version && std::string_view(version) == "1.0";
      if (!plain || (encoding && !is_utf8_name(encoding))) self(parser).refuse(Error::invalid_characters);
    });
  }
  static void XMLCALL doctype(void* parser, const char*, const char*, const char*, int) { forbid(parser); }
  static void XMLCALL comment(void* parser, const char*) { forbid(parser); }
  static void XMLCALL instruction(void* parser, const char*, const char*) { forbid(parser); }

  static void forbid(void* parser) {
    self(parser).guarded([&] { self(parser).refuse(Error::forbidden_construct); });
  }
};

Parser::Parser(Input input, const Limits& limits)
    : expat_(XML_ParserCreateNS("UTF-8", separator), &XML_ParserFree), input_(input), limits_(limits) {
  XML_Parser expat = expat_.get();
  if (!expat) throw std::bad_alloc();
  XML_SetUserData(expat, this);
  XML_SetElementHandler(expat, &Handlers::start_element, &Handlers::end_element);
  XML_SetCharacterDataHandler(expat, &Handlers::characters);
  XML_SetStartNamespaceDeclHandler(expat, &Handlers::start_namespace);
  XML_SetXmlDeclHandler(expat, &Handlers::declaration);
  XML_SetStartDoctypeDeclHandler(expat, &Handlers::doctype);
  XML_SetCommentHandler(expat, &Handlers::comment);
  XML_SetProcessingInstructionHandler(expat, &Handlers::instruction);
  [[maybe_unused]] bool set =
      XML_SetBillionLaughsAttackProtectionMaximumAmplification(expat, max_amplification) &&
      XML_SetBillionLaughsAttackProtectionActivationThreshold(expat, amplification_threshold);
  assert(set);
  static const LaterExpat later;
  // Deferral would hold back a stanza that is complete until the next one comes.
  if (later.set_reparse_deferral) set = later.set_reparse_deferral(expat, XML_FALSE);
  assert(set);
  if (later.set_allocation_amplification && later.set_allocation_threshold)
    set = later.set_allocation_amplification(expat, max_amplification) &&
          later.set_allocation_threshold(expat, amplification_threshold);
  assert(set);
}

Parser::~Parser() = default;

template <class Body>
void Parser::guarded(Body body) {
  progressed_ = true;
  if (failed_ || thrown_) return;  // expat may call once more after it was stopped
  try {
    body();
  } catch (...) {
    thrown_ = std::current_exception();
    XML_StopParser(expat_.get(), XML_FALSE);
  }
}

void Parser::refuse(error_code why) {
  failed_ = why;
  XML_StopParser(expat_.get(), XML_FALSE);
}

/// A stanza may come from anybody, and a server hands it out again after each reconnect: ending the stream
/// for it would let a stranger keep us offline. Its content goes, its name and addresses stay to be counted
/// and answered.
void Parser::exceed(error_code why) {
  const bool in_stanza = depth_ > 1 || (depth_ == 1 && namespaces_ > 0);
  if (input_ == Input::document || !in_stanza) return refuse(why);
  if (cutting_) return;
  cutting_ = true;
  ++cut_;
  if (open_.empty()) return;  // the stanza's own start tag: `envelope` follows
  Element bare = without_content(open_.front());
  open_.clear();
  open_.push_back(std::move(bare));
}

Result<> Parser::feed(std::string_view bytes) {
  if (failed_) return failed_;
  std::string joined;
  if (!cut_off_.empty()) {
    joined = cut_off_;
    joined += bytes;
    bytes = joined;
  }
  const Utf8Scan scan = scan_utf8(bytes);
  cut_off_ = scan.valid ? std::string(bytes.substr(scan.complete)) : std::string();
  if (const auto fed = feed_valid(bytes.substr(0, scan.complete)); !fed) return fed;
  if (!scan.valid) failed_ = Error::invalid_characters;
  return failed_ ? Result<>(failed_) : Result<>();
}

Result<> Parser::feed_valid(std::string_view bytes) {
  if (fed_ == 0 && bytes.starts_with(byte_order_mark)) failed_ = Error::invalid_characters;
  while (!failed_ && !bytes.empty()) {
    const std::size_t used = fed_ + held_.size() - unit_start_;
    if (used >= limits_.element_bytes) {
      if (const auto parsed = parse_held(); !parsed) return parsed;
      if (fed_ - unit_start_ < limits_.element_bytes) continue;  // the stanza ended in what was held
      failed_ = Error::stanza_too_large;
      break;
    }
    const std::size_t slice = std::min({bytes.size(), limits_.element_bytes - used, max_stanza});
    if (const auto fed = feed_slice(bytes.substr(0, slice)); !fed) return fed;
    bytes.remove_prefix(slice);
  }
  return failed_ ? Result<>(failed_) : Result<>();
}

/// Expat reads a token from its start each time more of it comes. Whoever makes that expensive, with small
/// pieces of a large one, waits until there is as much again.
Result<> Parser::feed_slice(std::string_view bytes) {
  held_ += bytes;
  if (scanned_ > max_scanned && held_.size() < waiting_) return {};
  return parse_held();
}

Result<> Parser::parse_held() {
  if (held_.empty()) return {};
  const std::string bytes = std::exchange(held_, {});
  fed_ += bytes.size();
  progressed_ = false;
  const auto status = XML_Parse(expat_.get(), bytes.data(), static_cast<int>(bytes.size()), XML_FALSE);
  waiting_ = progressed_ ? bytes.size() : waiting_ + bytes.size();
  scanned_ = progressed_ ? 0 : scanned_ + waiting_;
  if (thrown_) std::rethrow_exception(thrown_);
  if (status == XML_STATUS_OK) return {};
  if (!failed_) {
    const XML_Error error = XML_GetErrorCode(expat_.get());
    const bool memory = error == XML_ERROR_NO_MEMORY || error == XML_ERROR_AMPLIFICATION_LIMIT_BREACH;
    failed_ = memory ? Error::stanza_too_large : Error::malformed;
  }
  return failed_;
}

Result<> Parser::finish() {
  if (!failed_ && !cut_off_.empty()) failed_ = Error::invalid_characters;
  if (!failed_) {
    if (const auto parsed = parse_held(); !parsed) return parsed;
  }
  if (!failed_ && XML_Parse(expat_.get(), "", 0, XML_TRUE) != XML_STATUS_OK && !failed_) {
    failed_ = Error::malformed;
  }
  if (thrown_) std::rethrow_exception(thrown_);
  return failed_ ? Result<>(failed_) : Result<>();
}

std::optional<StreamEvent> Parser::next() {
  if (events_.empty()) return std::nullopt;
  std::optional<StreamEvent> event = std::move(events_.front());
  events_.pop_front();
  return event;
}

Parser::QName Parser::split(const char* name) {
  const std::string_view whole(name);
  const std::size_t at = whole.rfind(separator);
  if (at == std::string_view::npos) return {{}, whole};
  return {whole.substr(0, at), whole.substr(at + 1)};
}

Result<Element> Parser::make_element(const char* name, const char** attributes) const {
  const QName qname = split(name);
  if (qname.local.size() > limits_.name_bytes) return Error::name_too_long;
  Element element(qname.local, qname.space);
  std::size_t count = 0;
  for (; attributes[0]; attributes += 2) {
    if (++count > limits_.attributes) return Error::too_many_attributes;
    const QName attribute = split(attributes[0]);
    if (attribute.local.size() > limits_.name_bytes) return Error::name_too_long;
    element.append_attribute({std::string(attribute.local), std::string(attribute.space), attributes[1]});
  }
  return element;
}

/// What addresses and answers a stanza whose own start tag is over a limit.
Element Parser::envelope(const char* name, const char** attributes) {
  constexpr std::array<std::string_view, 4> kept{"from", "to", "id", "type"};
  const QName qname = split(name);
  Element element(qname.local, qname.space);
  for (; attributes[0]; attributes += 2) {
    if (std::find(kept.begin(), kept.end(), attributes[0]) != kept.end())
      element.set(attributes[0], attributes[1]);
  }
  return element;
}

void Parser::start_element(const char* name, const char** attributes) {
  namespaces_ = 0;
  if (++depth_ > limits_.depth) exceed(Error::too_deep);
  if (failed_ || (cutting_ && !open_.empty())) return;
  auto element = make_element(name, attributes);
  if (!element) exceed(element.error());
  if (failed_ || (cutting_ && !open_.empty())) return;
  if (cutting_) return open_.push_back(envelope(name, attributes));
  if (input_ == Input::document || depth_ > 1) {
    const bool second_header =
        depth_ == 2 && input_ == Input::stream && element->is(root_local_, root_space_);
    if (second_header) return refuse(Error::malformed);
    open_.push_back(*std::move(element));
    return;
  }
  root_local_ = element->local();
  root_space_ = element->space();
  emit(StreamOpened{*std::move(element)});
}

void Parser::end_element() {
  --depth_;
  if (open_.empty()) return emit(StreamClosed{});
  if (cutting_ && depth_ > 1) return;
  cutting_ = false;
  Element element = std::move(open_.back());
  open_.pop_back();
  if (open_.empty()) {
    emit(std::move(element));
  } else {
    open_.back().add(std::move(element));
  }
}

void Parser::characters(std::string_view text) {
  if (cutting_) return;
  if (!open_.empty()) {
    open_.back().add_text(text);
  } else if (is_white_space(text)) {
    unit_start_ = position_behind_token();  // keepalives do not add up to a large stanza
  } else {
    refuse(Error::malformed);
  }
}

void Parser::emit(StreamEvent event) {
  events_.push_back(std::move(event));
  unit_start_ = position_behind_token();
}

std::size_t Parser::position_behind_token() const {
  const XML_Index token = XML_GetCurrentByteIndex(expat_.get());
  assert(token >= 0);
  return static_cast<std::size_t>(token) + static_cast<std::size_t>(XML_GetCurrentByteCount(expat_.get()));
}

}  // namespace omegate::xml
