#include "bridge/app/cli/passphrase.hpp"

#include <istream>

#include "bridge/core/crypto/encoding.hpp"

namespace omegate::app {
namespace {

config::SecretText read_line(std::istream& in) {
  std::string line;
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  config::SecretText passphrase(line);
  crypto::wipe({reinterpret_cast<Byte*>(line.data()), line.size()});
  if (passphrase.empty()) throw UsageError("standard input holds no passphrase");
  return passphrase;
}

std::optional<config::SecretText> given(const PassphraseOptions& options, Outside& outside) {
  if (options.file == "-") return read_line(outside.in);
  if (!options.file.empty())
    return config::read_secret({config::SecretSource::Kind::file, options.file, {}, ""});
  if (!outside.asks)
    throw UsageError(
        "there is nobody to ask for the passphrase; give --passphrase-file FILE, or - for standard input");
  return std::nullopt;
}

}  // namespace

void add_passphrase_options(Parser verb, PassphraseOptions& options, bool sets) {
  verb.add_option("--passphrase-file", options.file,
                  "A file with the passphrase, - for standard input [asks]")
      .type_name("FILE");
  if (!sets) return;
  verb.add_option("--memory", options.memory_mib, "What each guess at the passphrase must cost, in MiB")
      .range(8, 1024)
      .type_name("MIB")
      .capture_default_str();
}

config::SecretText get_passphrase(const PassphraseOptions& options, const std::string& question,
                                  Outside& outside) {
  if (auto passphrase = given(options, outside)) return std::move(*passphrase);
  return outside.ask_secret(question);
}

config::SecretText get_new_passphrase(const PassphraseOptions& options, const std::string& question,
                                      Outside& outside) {
  auto passphrase = given(options, outside);
  if (!passphrase) {
    passphrase = outside.ask_secret(question);
    if (!(outside.ask_secret("The same again") == *passphrase))
      throw UsageError("the two passphrases differ; nothing was changed");
  }
  if (passphrase->reveal().size() < shortest_passphrase)
    throw UsageError("the passphrase is shorter than " + std::to_string(shortest_passphrase) +
                     " characters; take five or six random words");
  return std::move(*passphrase);
}

store::LockedBy lock_with(const config::SecretText& passphrase, const PassphraseOptions& options,
                          Random& random) {
  const crypto::PassphraseCost cost{crypto::PassphraseCost().passes, options.memory_mib * 1024};
  const store::SlotLock lock = store::new_lock(cost, random);
  return {lock, key_for(passphrase, lock)};
}

crypto::Secret<32> key_for(const config::SecretText& passphrase, const store::SlotLock& lock) {
  const auto key = store::outer_key(as_bytes(passphrase.reveal()), lock);
  if (!key) throw std::runtime_error(key.error().message());
  return *key;
}

void put_lock(boost::json::object& args, const store::LockedBy& by) {
  args["outer"] = crypto::to_base64(by.outer.bytes());
  args["salt"] = crypto::to_base64(by.lock.salt);
  args["passes"] = by.lock.cost.value().passes;
  args["memory_kib"] = by.lock.cost->memory_kib;
}

}  // namespace omegate::app
