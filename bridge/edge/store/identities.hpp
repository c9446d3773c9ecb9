// The table `identities`: each account's own OMEMO identity and device id.
//
// Not here: prekeys (prekeys.hpp), keys of others (devices.hpp).
#pragma once

#include <optional>

#include "bridge/core/omemo/keys.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

struct Identity {
  omemo::OwnIdentity keys;
  omemo::DeviceId device;
};

class Identities {
 public:
  Identities(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// Nothing before `create`.
  std::optional<Identity> load(AccountId account);

  /// Once per account; a second call throws `StoreError`: an identity is never replaced in silence.
  void create(AccountId account, const Identity& identity);

  /// Another identity in the place of the one there is: nothing can be read with that any more.
  void replace(AccountId account, const Identity& identity);

  /// When the server's list turns out to have our id for another device.
  void set_device(AccountId account, omemo::DeviceId device);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
