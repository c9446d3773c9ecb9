#include "bridge/worker/expression.hpp"

#include <re2/re2.h>

#include <stdexcept>
#include <utility>

#include "bridge/worker/limits.hpp"

namespace omegate::worker {
namespace {

std::size_t alive_now = 0;

RE2::Options options_of(Expression::Options wanted) {
  RE2::Options options;
  options.set_case_sensitive(!wanted.ignore_case);
  options.set_literal(wanted.literal);
  options.set_max_mem(max_expression_memory);
  options.set_log_errors(false);  // stderr is closed, and writing to it would be the end of the process
  return options;
}

std::string fault_of(const RE2& program) {
  if (program.error_code() == RE2::ErrorPatternTooLarge)
    return "the pattern needs more memory than 512 KiB: repeat less, or less often within one another";
  return program.error();
}

}  // namespace

Expression::Expression(std::string_view pattern, Options options) {
  if (pattern.size() > max_expression_size) throw std::runtime_error("a pattern has 4 KiB at most");
  program_ = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options_of(options));
  if (!program_->ok()) throw std::runtime_error(fault_of(*program_));
  const int groups = program_->NumberOfCapturingGroups();
  if (groups > max_expression_groups) throw std::runtime_error("a pattern has 32 groups at most; (?:…) is none");
  names_.resize(static_cast<std::size_t>(groups));
  for (const auto& [group, name] : program_->CapturingGroupNames()) names_[static_cast<std::size_t>(group) - 1] = name;
  ++alive_now;
}

Expression::~Expression() { --alive_now; }

std::vector<Expression::Group> Expression::find(std::string_view text, std::size_t from) const {
  if (text.size() > max_expression_text) throw std::length_error("a text that is searched has 1 MiB at most");
  if (from > text.size()) return {};
  std::vector<re2::StringPiece> found(names_.size() + 1);
  const re2::StringPiece whole(text.data(), text.size());
  if (!program_->Match(whole, from, text.size(), RE2::UNANCHORED, found.data(), static_cast<int>(found.size()))) return {};
  std::vector<Group> groups;
  for (const re2::StringPiece& piece : found) {
    if (piece.data() == nullptr)
      groups.emplace_back();
    else
      groups.emplace_back(std::string_view(piece.data(), piece.size()));
  }
  return groups;
}

const std::string& Expression::pattern() const { return program_->pattern(); }

std::size_t Expression::alive() { return alive_now; }

}  // namespace omegate::worker
