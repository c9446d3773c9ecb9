// Passphrases: asked for, or read from a file or standard input; never from the command line, where every
// user of the machine could read them.
//
// Not here: what they open (edge/store/key_slots.hpp).
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/edge/store/key_slots.hpp"

namespace omegate::app {

/// Unit: characters (bytes). Why: Argon2id makes a guess cost half a second; eleven random letters are then
/// beyond reach.
inline constexpr std::size_t shortest_passphrase = 12;

struct PassphraseOptions {
  std::string file;  // "-": standard input; empty: ask
  std::uint32_t memory_mib = 256;
};

/// --passphrase-file, and with `sets` also --memory.
void add_passphrase_options(Parser verb, PassphraseOptions& options, bool sets);

/// One that exists. Throws `UsageError`: nobody to ask; what reading the file throws.
config::SecretText get_passphrase(const PassphraseOptions& options, const std::string& question,
                                  Outside& outside);

/// A new one: asked for twice. Throws `UsageError`, also when it is too short or was typed in two ways.
config::SecretText get_new_passphrase(const PassphraseOptions& options, const std::string& question,
                                      Outside& outside);

/// A lock for it with the key that fits. Cost: half a second and the memory.
store::LockedBy lock_with(const config::SecretText& passphrase, const PassphraseOptions& options,
                          Random& random);

/// The key that a passphrase makes for this lock. Throws `std::runtime_error`: it asks for too much.
crypto::Secret<32> key_for(const config::SecretText& passphrase, const store::SlotLock& lock);

/// LOCK of verbs.hpp.
void put_lock(boost::json::object& args, const store::LockedBy& by);

}  // namespace omegate::app
