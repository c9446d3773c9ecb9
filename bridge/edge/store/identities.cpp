#include "bridge/edge/store/identities.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place secret_place(AccountId account) { return {"identities", "secret", account.value(), ""}; }

}  // namespace

std::optional<Identity> Identities::load(AccountId account) {
  Query find(db_, "SELECT device, secret FROM identities WHERE account = ?", account);
  if (!find.next()) return std::nullopt;
  const auto secret = omemo::PrivateKey::from(sealer_.open(secret_place(account), find.blob(1)));
  if (!secret) throw StoreError("database: identity of the wrong size");
  return Identity{omemo::OwnIdentity::from_secret(*secret),
                  omemo::DeviceId(static_cast<std::uint32_t>(find.integer(0)))};
}

void Identities::create(AccountId account, const Identity& identity) {
  const auto added =
      Query(db_, R"(INSERT INTO identities (account, device, secret) VALUES (?, ?, ?)
                                   ON CONFLICT (account) DO NOTHING)",
            account, identity.device, sealer_.seal(secret_place(account), identity.keys.secret().bytes()))
          .run();
  if (added == 0) throw StoreError("database: this account has an identity already");
}

void Identities::replace(AccountId account, const Identity& identity) {
  Query(db_, "UPDATE identities SET device = ?, secret = ? WHERE account = ?", identity.device,
        sealer_.seal(secret_place(account), identity.keys.secret().bytes()), account)
      .run();
}

void Identities::set_device(AccountId account, omemo::DeviceId device) {
  Query(db_, "UPDATE identities SET device = ? WHERE account = ?", device, account).run();
}

}  // namespace omegate::store
