// What the bot publishes about itself, and what it makes of what others publish.
#include <algorithm>

#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/gateway/stream/server_anchor.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Version versions[] = {Version::legacy, Version::omemo2};

struct NodeFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};

  std::ptrdiff_t place_of(const std::string& node) {
    const auto& published = rig.xmpp.published();
    return std::find(published.begin(), published.end(), node) - published.begin();
  }
  std::size_t publications_of(const std::string& node) {
    const auto& published = rig.xmpp.published();
    return static_cast<std::size_t>(std::count(published.begin(), published.end(), node));
  }
  std::string bundle_node(Version version) { return xmpp::bundle_node(version, rig.self().device); }
  omemo::Bundle published_bundle(Version version) {
    return xmpp::parse_bundle(version, rig.xmpp.nodes.at({bot_jid, bundle_node(version)}).items.back().second)
        .value();
  }
  std::vector<std::uint32_t> published_devices(Version version) {
    const auto& item = rig.xmpp.nodes.at({bot_jid, xmpp::device_list_node(version)}).items.back().second;
    std::vector<std::uint32_t> ids;
    for (const auto& device : xmpp::parse_device_list(version, item).value())
      ids.push_back(device.id.value());
    return ids;
  }
  std::size_t ledger_rows() {
    return rig.store().run(
        [](store::Tables& tables) { return static_cast<std::size_t>(tables.ledger.view().seq()); });
  }
};

// --- our own

// case 136
TEST_F(NodeFlow, ABundleIsThereBeforeItsDeviceIsListed) {
  rig.start();
  for (const Version version : versions) {
    EXPECT_LT(place_of(bundle_node(version)), place_of(xmpp::device_list_node(version)));
    EXPECT_THAT(published_devices(version), testing::ElementsAre(rig.self().device.value()));
    EXPECT_TRUE(omemo::verify(published_bundle(version)));
    EXPECT_EQ(rig.xmpp.nodes.at({bot_jid, xmpp::device_list_node(version)}).access, "open");
  }
  EXPECT_THAT(rig.xmpp.published(), SizeIs(4 + 1)) << "and the anchor";
}

TEST_F(NodeFlow, WhatIsRightIsNotPublishedAgain) {
  rig.start();
  rig.restart();
  EXPECT_THAT(rig.xmpp.published(), SizeIs(4 + 2)) << "the anchor at each start";
}

TEST_F(NodeFlow, ABundleSomebodyTookAwayIsPublishedAtTheNextStart) {
  rig.start();
  rig.xmpp.nodes.erase({bot_jid, bundle_node(Version::legacy)});
  rig.restart();
  EXPECT_TRUE(omemo::verify(published_bundle(Version::legacy)));
}

TEST_F(NodeFlow, OtherDevicesOfTheAccountStayInTheList) {
  const std::vector<xmpp::ListedDevice> others{{omemo::DeviceId(77), {}, {}}};
  rig.xmpp.put(bot_jid, xmpp::device_list_node(Version::legacy), "current",
               xmpp::build_device_list(Version::legacy, others));
  rig.start();
  EXPECT_THAT(published_devices(Version::legacy), testing::ElementsAre(77u, rig.self().device.value()));
}

TEST_F(NodeFlow, ADeviceIdThatAnotherClientHasIsChangedBeforeTheFirstPublication) {
  rig.begin();  // the server is not asked for anything before the clock of this thread goes on
  const std::uint32_t taken = rig.self().device.value();
  const std::vector<xmpp::ListedDevice> others{{omemo::DeviceId(taken), {}, {}}};
  for (const Version version : versions) {
    rig.xmpp.put(bot_jid, xmpp::device_list_node(version), "current",
                 xmpp::build_device_list(version, others));
  }
  rig.until("the bot is online", [&] { return rig.xmpp.online(); });
  const std::uint32_t own = rig.self().device.value();
  EXPECT_NE(own, taken);
  EXPECT_THAT(published_devices(Version::legacy), testing::ElementsAre(taken, own));
  alice.say("ping");
  rig.until("what is for the new id is read at once", [&] { return alice.times_heard("pong") == 1; });
}

TEST_F(NodeFlow, AListThatCannotBeReadIsLeftAlone) {
  rig.xmpp.interfere = [](const xml::Element& iq) -> std::optional<xml::Element> {
    const bool about_lists = iq.to_string().find("axolotl.devicelist") != std::string::npos;
    if (!about_lists || iq.attr("type") != "get") return std::nullopt;
    return error_answer(iq, "wait", "internal-server-error");
  };
  rig.start();
  EXPECT_EQ(publications_of(xmpp::device_list_node(Version::legacy)), 0u);
  EXPECT_EQ(publications_of(xmpp::device_list_node(Version::omemo2)), 1u);
}

// case 60
TEST_F(NodeFlow, NodesThatAreClosedToStrangersAreOpened) {
  rig.start();
  for (auto& [name, node] : rig.xmpp.nodes) {
    if (name.first == bot_jid) node.access = "presence";
  }
  rig.restart();
  for (const auto& [name, node] : rig.xmpp.nodes) {
    if (name.first != bot_jid || name.second == gateway::anchor_node) continue;
    EXPECT_EQ(node.access, "open") << name.second;
  }
}

TEST_F(NodeFlow, AClosedNodeIsOpenedBeforeItIsPublishedTo) {
  rig.xmpp.nodes[{bot_jid, xmpp::device_list_node(Version::omemo2)}].access = "whitelist";
  rig.start();
  EXPECT_EQ(rig.xmpp.nodes.at({bot_jid, xmpp::device_list_node(Version::omemo2)}).access, "open");
  EXPECT_THAT(published_devices(Version::omemo2), SizeIs(1));
}

// case 61
TEST_F(NodeFlow, WhoeverKeepsRemovingOurDeviceMeetsSilenceInTheEnd) {
  rig.start();
  const std::string node = xmpp::device_list_node(Version::legacy);
  const std::size_t before = publications_of(node);
  for (std::size_t i = 1; i <= 6; ++i) {
    rig.xmpp.put(bot_jid, node, "current", xmpp::build_device_list(Version::legacy, {}));
    rig.xmpp.push(bot_jid, node);
    if (i <= 5) rig.until("it is put back", [&] { return publications_of(node) == before + i; });
  }
  rig.until("the last one is read", [&] { return rig.xmpp.unacknowledged() == 0; });
  rig.let_pass(100ms);
  EXPECT_EQ(publications_of(node), before + 5);
}

// case 136
TEST_F(NodeFlow, AUsedPrekeyIsNeverPublishedAgain) {
  for (const Version version : versions) {
    Rig each;
    Contact peer(each.xmpp, alice_jid, {version});
    each.start();
    const auto bundle = [&] {
      const auto& node = each.xmpp.nodes.at({bot_jid, xmpp::bundle_node(version, each.self().device)});
      return xmpp::parse_bundle(version, node.items.back().second).value();
    };
    const omemo::Bundle before = bundle();
    peer.say("ping");
    each.until("peer has an answer", [&] { return peer.times_heard("pong") == 1; });
    each.until("a bundle is published",
               [&] { return bundle().prekeys.back().id != before.prekeys.back().id; });
    EXPECT_THAT(bundle().prekeys, SizeIs(100));
    std::size_t kept = 0;
    for (const auto& prekey : bundle().prekeys) {
      kept += static_cast<std::size_t>(std::count_if(before.prekeys.begin(), before.prekeys.end(),
                                                     [&](const auto& old) { return old.id == prekey.id; }));
    }
    EXPECT_EQ(kept, 99u);
    const std::uint32_t fresh = bundle().prekeys.back().id;
    for (const auto& old : before.prekeys) EXPECT_NE(old.id, fresh);
  }
}

// --- those of others

TEST_F(NodeFlow, WithoutABundleTheMessageWaitsUntilThereIsOne) {
  const std::string node = xmpp::bundle_node(Version::legacy, alice.device());
  rig.xmpp.nodes.erase({alice_jid, node});
  rig.start();
  rig.hook("hello");
  rig.until_state(MessageState::held);
  alice.publish_bundle();
  rig.now = rig.now.load() + 61min;  // the bundle is not asked for all the time
  rig.ask("outbox.retry", {{"id", rig.outbox()[0].id.value()}});
  rig.until_state(MessageState::delivered);
}

TEST_F(NodeFlow, AContactWithoutDevicesGetsItsMessageWhenOneIsListed) {
  alice.publish_list(Version::legacy, {});
  rig.start();
  rig.hook("hello");
  rig.until_state(MessageState::held);
  EXPECT_THAT(rig.reason(), HasSubstr("no OMEMO device"));
  alice.publish_list();
  rig.xmpp.push(alice_jid, xmpp::device_list_node(Version::legacy));
  rig.until_state(MessageState::delivered);
}

// case 82
TEST_F(NodeFlow, ABundleWithABadSignatureIsNotUsed) {
  omemo::Bundle bundle = alice.bundle();
  bundle.signature[5] ^= 1;
  rig.xmpp.put(alice_jid, xmpp::bundle_node(Version::legacy, alice.device()), "current",
               xmpp::build_bundle(bundle));
  rig.start();
  rig.hook("hello");
  rig.until_state(MessageState::held);
  EXPECT_THAT(json::serialize(rig.ask("outbox.show", {{"id", rig.outbox()[0].id.value()}})),
              HasSubstr("bundle is refused"));
  EXPECT_THAT(rig.xmpp.messages_to(alice_jid), IsEmpty());
}

// case 113
TEST_F(NodeFlow, AListThatComesAndGoesFillsNoLedgerAndLosesNoTrust) {
  rig.start();
  rig.hook("before");
  rig.until_state(MessageState::delivered);
  const std::size_t before = ledger_rows();
  const std::string node = xmpp::device_list_node(Version::legacy);
  for (int i = 0; i < 40; ++i) {
    alice.publish_list(Version::legacy, {});
    rig.xmpp.push(alice_jid, node);
    alice.publish_list();
    rig.xmpp.push(alice_jid, node);
  }
  rig.until("all are read", [&] { return rig.xmpp.unacknowledged() == 0; });
  EXPECT_LE(ledger_rows(), before + 10);
  rig.hook("after");
  rig.until("alice has read it", [&] { return alice.times_heard("after") == 1; });
}

// case 60
TEST_F(NodeFlow, AListOfSomebodyElseInAContactsNameIsIgnored) {
  rig.start();
  xml::Element event("event", xmpp::ns::pubsub_event);
  xml::Element items =
      xml::Element("items", xmpp::ns::pubsub_event).set("node", xmpp::device_list_node(Version::legacy));
  const std::vector<xmpp::ListedDevice> forged{{omemo::DeviceId(666), {}, {}}};
  items.add(xml::Element("item", xmpp::ns::pubsub_event)
                .set("id", "current")
                .with(xmpp::build_device_list(Version::legacy, forged)));
  event.add(items);
  xml::Element message = xml::Element("message", "jabber:client").set("type", "headline").with(event);
  rig.xmpp.send(message.set("from", alice_jid + "/forged"));
  rig.xmpp.send(message.set("from", "mallory@example.com"));
  rig.until("both are read", [&] { return rig.xmpp.unacknowledged() == 0; });
  const auto account = rig.self().account;
  for (const std::string& peer : {alice_jid, std::string("mallory@example.com")}) {
    const auto known = rig.store().run(
        [&](store::Tables& tables) { return tables.devices.all(account, peer, Version::legacy).size(); });
    EXPECT_EQ(known, 0u) << peer;
  }
}

}  // namespace
}  // namespace omegate::flow
