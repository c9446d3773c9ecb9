#include "bridge/app/cli/parser.hpp"

#include <CLI/CLI.hpp>

namespace omegate::app {

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::capture_default_str() {
  option_->capture_default_str();
  return *this;
}

Option& Option::range(int min, int max) {
  option_->check(CLI::Range(min, max));
  return *this;
}

Option& Option::one_of(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return *this;
}

Option& Option::needs(Option other) {
  option_->needs(other.option_);
  return *this;
}

Option& Option::excludes(Option other) {
  option_->excludes(other.option_);
  return *this;
}

Parser Parser::add_subcommand(const std::string& name, const std::string& about) {
  return Parser(*app_->add_subcommand(name, about));
}

Option Parser::add_option(const std::string& name, std::string& value, const std::string& about) {
  return Option(*app_->add_option(name, value, about));
}

Option Parser::add_option(const std::string& name, std::optional<std::string>& value,
                          const std::string& about) {
  return Option(*app_->add_option(name, value, about));
}

Option Parser::add_option(const std::string& name, std::vector<std::string>& values,
                          const std::string& about) {
  return Option(*app_->add_option(name, values, about));
}

Option Parser::add_option(const std::string& name, int& value, const std::string& about) {
  return Option(*app_->add_option(name, value, about));
}

Option Parser::add_option(const std::string& name, std::int64_t& value, const std::string& about) {
  return Option(*app_->add_option(name, value, about));
}

Option Parser::add_option(const std::string& name, std::uint32_t& value, const std::string& about) {
  return Option(*app_->add_option(name, value, about));
}

void Parser::add_flag(const std::string& name, bool& value, const std::string& about) {
  app_->add_flag(name, value, about);
}

void Parser::footer(const std::string& text) { app_->footer(text); }

void Parser::require_one_subcommand() { app_->require_subcommand(1); }

void Parser::callback(std::function<void()> named) { app_->callback(std::move(named)); }

bool Parser::subcommand_was_named() const { return !app_->get_subcommands().empty(); }

}  // namespace omegate::app
