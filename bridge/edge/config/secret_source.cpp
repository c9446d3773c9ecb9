#include "bridge/edge/config/secret_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "bridge/edge/config/file_descriptor.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/secret_command.hpp"

namespace omegate::config {
namespace {

crypto::SecretBytes read_file(const std::filesystem::path& file) {
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!opened) throw SecretError(file.string() + ": cannot be read: " + std::strerror(errno));
  if (std::filesystem::is_directory(file))
    throw SecretError(file.string() + ": is a folder, expected a file");
  return read_secret_bytes(opened.get(), file.string(), std::nullopt);
}

std::filesystem::path credential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr)
    throw SecretError("credential \"" + name +
                      "\": there is no $CREDENTIALS_DIRECTORY; start omegate as a systemd "
                      "service with LoadCredential=" +
                      name + ":… or use file:");
  return std::filesystem::path(folder) / name;
}

crypto::SecretBytes read_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr)
    throw SecretError("environment variable " + name + ": is not set; set it where omegate is started");
  const std::string_view text(value);
  if (text.size() > max_secret_size) throw SecretError("environment variable " + name + ": is too long");
  return crypto::SecretBytes(as_bytes(text));
}

crypto::SecretBytes read_any(const SecretSource& source) {
  switch (source.kind) {
    case SecretSource::Kind::file:
      return read_file(source.name);
    case SecretSource::Kind::credential:
      return read_file(credential(source.name));
    case SecretSource::Kind::environment:
      return read_environment(source.name);
    case SecretSource::Kind::command:
      return run_secret_command(source.command, secret_command_limit);
  }
  throw SecretError("unknown kind of secret source");
}

std::string describe(const SecretSource& source) {
  switch (source.kind) {
    case SecretSource::Kind::file:
      return source.name;
    case SecretSource::Kind::command:
      return "command " + source.command.at(0);
    case SecretSource::Kind::environment:
      return "environment variable " + source.name;
    case SecretSource::Kind::credential:
      return "credential \"" + source.name + "\"";
  }
  return "secret";
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

SecretText read_secret(const SecretSource& source) {
  try {
    const auto bytes = read_any(source);
    const auto text = without_line_end(as_text(bytes));
    if (text.empty()) throw SecretError(describe(source) + ": the secret is empty");
    return SecretText(text);
  } catch (const SecretError& error) {
    if (source.place.empty()) throw;
    throw SecretError(source.place + ": " + error.what());
  }
}

std::string secret_warning(const SecretSource& source) {
  if (source.kind != SecretSource::Kind::file) return {};
  struct stat status {};
  if (::stat(source.name.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & 077) == 0)
    return {};
  return source.name + ": others may read it; chmod 600 it";
}

}  // namespace omegate::config
